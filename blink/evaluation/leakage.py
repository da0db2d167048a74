"""Whether those who are judged may be people whom an intelligence has learnt from.

A bundle that was trained on another split of the same data has seen some of them, and looks better
than it is. What it was trained on is read off its provenance; what cannot be ruled out is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from blink.contract.wording import plural
from blink.data.split import Split
from blink.evaluation.evaluated_model import EvaluatedModel
from blink.evaluation.judging import HeldOut, tell_whose
from blink.evaluation.origin import Origin


def annotate_leakage(
    held_out: HeldOut, split: Split, models: Sequence[EvaluatedModel], splits: Path
) -> HeldOut:
    """People held out, with a protocol that says who of the models may know them.

    Args:
        held_out: Test people or validation people, as `find_held_out` found them.
        split: The one that holds them out.
        models: Who will be judged on them; the first is what the run is about.
        splits: Where earlier splits may lie, see `Origin.split_in`.
    """
    dataset, role = held_out.dataset, held_out.role
    known = {one.name: _know(one.origin, held_out, split, splits) for one in models}
    main = models[0]
    is_transfer = _is_stranger(main.origin, dataset)
    sentences = [_who(held_out, split, main.name, known[main.name], is_transfer=is_transfer)]
    for reason in dict.fromkeys(filter(None, (one.doubt for one in known.values()))):
        names = [name for name, one in known.items() if one.doubt == reason]
        sentences.append(f"CAUTION: {', '.join(names)} {reason}")
    if role == "val" and (tuned := [name for name, one in known.items() if one.is_tuned]):
        sentences.append(
            f"Temperature, threshold and what is refused follow from these people, which flatters "
            f"{', '.join(tuned)}"
        )
    return replace(held_out, protocol=". ".join(sentences), is_transfer=is_transfer)


@dataclass(frozen=True)
class _Knowledge:
    """What an intelligence may have had of the people who are judged.

    Attributes:
        doubt: Why it may have learnt from them; None where that is ruled out.
        is_tuned: Whether they, or some of them, validated while it was trained.
    """

    doubt: str | None = None
    is_tuned: bool = False


def _who(
    held_out: HeldOut, split: Split, main: str, known: _Knowledge, *, is_transfer: bool
) -> str:
    if split.is_leaky:
        return held_out.protocol
    whose = tell_whose(split, held_out.dataset, held_out.role)
    if is_transfer:
        return f"cross-dataset: {whose}; {main} was trained on no data set of this name"
    if known.doubt is not None:
        return f"{whose}; NOT KNOWN to be other people than those whom {main} was trained on"
    kind = "validation" if held_out.role == "val" else "subject-disjoint"
    return f"{kind}: {whose}, whom {main} was never trained on"


def _is_stranger(origin: Origin, dataset: str) -> bool:
    if origin.datasets is None:
        return False
    # A bundle lists names in one text: of those with commas nobody knows where one ends.
    return f", {dataset}, " not in f", {', '.join(origin.datasets)}, "


def _know(origin: Origin, held_out: HeldOut, split: Split, splits: Path) -> _Knowledge:
    dataset, role = held_out.dataset, held_out.role
    if _is_stranger(origin, dataset):
        return _Knowledge()
    if doubt := _doubt(origin, split, dataset, role):
        return _Knowledge(doubt)
    theirs = origin.people.get(role, {}).get(dataset)
    if theirs == split.people_hash(dataset, role) or origin.is_of(split):
        return _Knowledge(is_tuned=role == "val")
    judged, own = set(split.people(dataset, role)), origin.split_in(splits)
    if own is None:
        return _guess(origin, dataset, judged, role)
    return _compare(origin, own, dataset, judged, role)


def _doubt(origin: Origin, split: Split, dataset: str, role: str) -> str | None:
    """Why it may know those who are judged, whomever it held out itself."""
    if origin.datasets is None:
        return "may have been trained on the people judged here: it does not say on whom it was"
    if origin.is_leaky or split.is_leaky:
        return "knows the people judged here: crops were dealt out, not people"
    rows = split.table[split.table["dataset"] == dataset]
    if ((rows["subject"] == "") & (rows["role"] == role)).any():  # as a rule they train
        return "may have been trained on crops of people unknown that are judged here"
    return None


def _guess(origin: Origin, dataset: str, judged: set[str], role: str) -> _Knowledge:
    """By what it says itself, which names at most the people who were tested."""
    tested = origin.names_held_out(dataset)
    if tested and (role == "test" or judged <= tested):
        return _learnt_from(judged - tested)
    if dataset in origin.held_out:
        return _Knowledge(
            "may have been trained on people judged here: its split was another one, which is not "
            "at hand"
        )
    return _Knowledge(
        "may have been trained on the people judged here: it tested nobody of this data set"
    )


def _compare(origin: Origin, own: Split, dataset: str, judged: set[str], role: str) -> _Knowledge:
    """By the split of the training; to be tuned on those who are tested is as bad as to learn."""
    unseen = set(own.people(dataset, "test"))
    if own.fingerprint == origin.split:  # one that is like it may set others aside
        unseen |= set(own.people(dataset, "aside"))
    validated = judged & set(own.people(dataset, "val"))
    if role == "test":
        return _learnt_from(judged - unseen)
    return replace(_learnt_from(judged - unseen - validated), is_tuned=bool(validated))


def _learnt_from(people: set[str]) -> _Knowledge:
    if not people:
        return _Knowledge()
    known = plural(len(people), "person", "people")
    return _Knowledge(f"learnt from {known} of those judged here, or was tuned on them")
