"""From what a person writes at a prompt to models: bundles, runs, adapters."""

import os
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from blink.contract import ConfigError
from blink.evaluation.evaluated_model import EvaluatedModel, load_models
from blink.evaluation.foreign import open_foreign
from blink.evaluation.foreign.adapter import ENDINGS
from blink.runtime import load_bundle
from blink.runtime.bundle import FILE
from blink.runtime.packed import SUFFIX


def open_models(places: Sequence[Path], precisions: Sequence[str] = ()) -> list[EvaluatedModel]:
    """Opens intelligences, in the order given.

    What two runs called by one name is told apart by the folders of the runs. What two runs hold
    alike, as a heuristic that was fitted to the same people, is taken once.

    Args:
        places: Bundles' folders, runs' folders (all bundles in them), adapters of foreign models.
        precisions: Which are judged; all where none is named.

    Raises:
        ConfigError: There is no such thing, it is none of these, it is named twice, nothing has
            such a precision, or nothing of a place has any of them; see `open_foreign` too.
        BundleError: See `blink.runtime.load_bundle`.
    """
    twice = [place for place, n in Counter(place.resolve() for place in places).items() if n > 1]
    if twice:
        raise ConfigError(f"{twice[0]} is named twice. Name each intelligence once.")
    found = {place: [one for path in _expanded(place) for one in _open(path)] for place in places}
    _check_precisions(found, precisions)
    once: dict[tuple[str, str], EvaluatedModel] = {}
    for one in chain.from_iterable(found.values()):
        if not precisions or one.precision in precisions:
            once.setdefault((one.fingerprint, one.title), one)
    return _told_apart(list(once.values()))


def _check_precisions(
    found: Mapping[Path, Sequence[EvaluatedModel]], wanted: Sequence[str]
) -> None:
    """Checks that all wanted precisions are there, and that no place is left out without a word."""
    held = {place: sorted({one.precision for one in those}) for place, those in found.items()}
    if missing := set(wanted).difference(*held.values()):
        there = sorted(set().union(*held.values()))
        raise ConfigError(f"Nothing here is {', '.join(sorted(missing))}; there are {there}.")
    for place, precisions in held.items():
        if wanted and not set(precisions) & set(wanted):
            raise ConfigError(
                f"{place} holds nothing in {', '.join(wanted)}, but in {', '.join(precisions)}. "
                "Leave it out, or name one of its precisions too."
            )


def _expanded(place: Path) -> list[Path]:
    # `Path.is_file` ends in an error where a folder is another user's.
    is_packed = place.suffix == SUFFIX and os.path.isfile(place)  # noqa: PTH113 - refused later
    if place.suffix in ENDINGS or is_packed or os.path.isfile(place / FILE):  # noqa: PTH113
        return [place]
    bundles = sorted(path.parent for path in place.glob(f"bundles/*/{FILE}"))
    if bundles:  # what the run was about comes first, the heuristics after it
        return sorted(bundles, key=lambda folder: load_bundle(folder).kind == "heuristic")
    raise ConfigError(
        f"{place} is {'no intelligence' if place.exists() else 'missing'}. Name a bundle's folder "
        f"(with {FILE}), a run's folder (with bundles/), or the adapter of a foreign model "
        "(a .yaml file, see conf/adapter)."
    )


def _open(place: Path) -> list[EvaluatedModel]:
    if place.suffix in ENDINGS:
        return [open_foreign(place)]
    return load_models([load_bundle(place)])


def _told_apart(models: Sequence[EvaluatedModel]) -> list[EvaluatedModel]:
    """Models with titles of their own; all precisions of a bundle go by one name."""
    folders: dict[str, set[Path]] = {}
    for one in models:
        folders.setdefault(one.name, set()).add(one.folder.resolve())
    named = [
        one
        if len(folders[one.name]) == 1
        else replace(one, name=f"{one.name}@{_where(one, folders[one.name])}")
        for one in models
    ]
    twice = [title for title, n in Counter(one.title for one in named).items() if n > 1]
    if twice:
        raise _alike(twice[0])
    return named


def _where(model: EvaluatedModel, folders: Collection[Path]) -> str:
    """The folder, from the innermost out, that tells a model from its namesakes."""
    namesakes = [folder.parts for folder in folders]
    mine = model.folder.resolve().parts
    for depth in range(1, 1 + min(map(len, namesakes))):
        if [parts[-depth] for parts in namesakes].count(mine[-depth]) == 1:
            return mine[-depth]
    raise _alike(model.title)


def _alike(title: str) -> ConfigError:
    return ConfigError(
        f"{title} is there more than once, in folders that nothing tells apart. Rename one of the "
        "folders, or the `name` in an adapter."
    )
