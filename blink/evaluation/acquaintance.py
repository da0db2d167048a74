"""Whether those who are judged may be people whom an intelligence has learnt from.

A bundle that was trained on another split of the same data has seen some of them, and looks better
than it is. What it was trained on is read off its provenance; what cannot be ruled out is said.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from blink.contract.wording import plural
from blink.data.split import Split
from blink.evaluation.contender import Contender
from blink.evaluation.judging import HeldOut
from blink.evaluation.origin import Origin


def introduce(
    held_out: HeldOut, split: Split, contenders: Sequence[Contender], splits: Path
) -> HeldOut:
    """People held out, with a protocol that says who of the contenders may know them.

    Args:
        held_out: Test people or validation people, as `find_held_out` found them.
        split: The one that holds them out.
        contenders: Who will be judged on them; the first is what the run is about.
        splits: Where earlier splits may lie, see `Origin.split_in`.
    """
    origins = {contender.name: contender.origin for contender in contenders}
    main = contenders[0].name
    dataset = held_out.dataset
    met = {name: _met(one, held_out, split, splits) for name, one in origins.items()}
    is_transfer = _is_stranger(origins[main], dataset)
    sentences = [_who(held_out, split, main, met[main], is_transfer=is_transfer)]
    for reason in dict.fromkeys(filter(None, met.values())):
        names = [name for name, why in met.items() if why == reason]
        sentences.append(f"CAUTION: {', '.join(names)} {reason}")
    return replace(held_out, protocol=". ".join(sentences), is_transfer=is_transfer)


def _who(
    held_out: HeldOut, split: Split, main: str, reason: str | None, *, is_transfer: bool
) -> str:
    if split.is_leaky:
        return held_out.protocol
    rows = split.table[
        (split.table["dataset"] == held_out.dataset) & (split.table["subject"] != "")
    ]
    whose = (
        f"{int((rows['role'] == held_out.role).sum())} of {plural(len(rows), 'person', 'people')}"
    )
    on = f" on sensor {split.sensor} alone" if split.sensor is not None else ""
    if is_transfer:
        return f"cross-dataset: {whose}{on}; {main} was trained on nothing of this data set"
    if reason is not None:
        return f"{whose}{on}; NOT KNOWN to be other people than those whom {main} was trained on"
    if held_out.role == "val":
        return (
            f"validation: {whose}{on}, whom {main} was never trained on; its temperature and "
            "threshold follow from them, so that this flatters"
        )
    return f"subject-disjoint: {whose}{on}, whom {main} was never trained on"


def _is_stranger(origin: Origin, dataset: str) -> bool:
    if origin.datasets is None:
        return False
    # A bundle lists names in one text: of those with commas nobody knows where one ends.
    return f", {dataset}, " not in f", {', '.join(origin.datasets)}, "


def _met(origin: Origin, held_out: HeldOut, split: Split, splits: Path) -> str | None:
    """Why an intelligence may know people who are judged; None where that is ruled out."""
    dataset = held_out.dataset
    if origin.datasets is None:
        return "may have been trained on the people judged here: it does not say on whom it was"
    if _is_stranger(origin, dataset):
        return None
    if origin.is_leaky or split.is_leaky:
        return "knows the people judged here: crops were dealt out, not people"
    role = held_out.role
    theirs = origin.people.get(role, {}).get(dataset)
    if theirs == split.people_hash(dataset, role) or origin.split == split.fingerprint:
        return None
    judged = set(split.people(dataset, role))
    return _met_in_another_split(origin, dataset, judged, role, splits)


def _met_in_another_split(
    origin: Origin, dataset: str, judged: set[str], role: str, splits: Path
) -> str | None:
    kept_out = _kept_out(origin, dataset, role, splits)
    if kept_out:
        known = plural(len(judged - kept_out), "person", "people")
        met = f"learnt from {known} of those judged here, or was tuned on them"
        return met if judged - kept_out else None
    if dataset in origin.held_out:
        return (
            "may have been trained on people judged here: its split was another one, which is not "
            "at hand"
        )
    return "may have been trained on the people judged here: it held nobody of this data set out"


def _kept_out(origin: Origin, dataset: str, role: str, splits: Path) -> set[str]:
    """Who was not learnt from, as far as it is known; a bundle names none but its test people."""
    if role == "test" and (named := origin.names_held_out(dataset)):
        return named
    split = origin.split_in(splits)
    if split is None:
        return set()
    return {name for kept in {"test", "aside", role} for name in split.people(dataset, kept)}
