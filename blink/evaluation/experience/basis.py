"""Whether the people of a predictions table can play a target's users, and how well they fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.contract.attributes import RENDERED
from blink.contract.wording import percent, plural
from blink.evaluation.experience.takes import (
    FEWEST_HALVES,
    SimulatedUser,
    fewest_pictures,
    find_in_time,
    find_users,
)
from blink.target import Target

_MOST_OUTSIDE = 0.5  # of crops whose width the target's distance does not give, before it is said


@dataclass(frozen=True, eq=False)
class Basis:
    """The people who play a target's users.

    Attributes:
        people: In the order of their names.
        p_closed: (N,) of the whole predictions table.
        label: (N,) likewise; NaN where not known.
        words: How sessions are drawn from them, in words.
        warnings: Where the data do not match the target.
        gap: Why nobody can play; None where somebody can.
        is_rendered: Whether none of the people exists.
        sources: The data sets that they are of.
    """

    people: Sequence[SimulatedUser]
    p_closed: NDArray[np.float32]
    label: NDArray[np.float64]
    words: str
    warnings: tuple[str, ...]
    gap: str | None
    is_rendered: bool
    sources: str


def find_basis(target: Target, table: pd.DataFrame, pictures: pd.DataFrame | None = None) -> Basis:
    """Finds out who of a predictions table can play the users of a target.

    Crops of the target's spectrum are taken alone, where there are any; for a clip or a stream, so
    are data sets whose pictures are in time.

    Args:
        target: The product.
        table: Predictions of one intelligence.
        pictures: Properties of the same crops; without them their size is not compared.
    """
    table = table.reset_index(drop=True)
    spectrum = target.environment.sensor.spectrum
    fits = (table["spectrum"] == spectrum).fillna(False).to_numpy(bool)
    seen = table[fits] if fits.any() else table
    in_time = target.product.in_time
    used = find_in_time(seen) if in_time else seen
    people = find_users(used, in_time=in_time)
    shown = used if len(used) else seen
    return Basis(
        people=people,
        p_closed=table["p_closed"].to_numpy(np.float32),
        label=table["label"].to_numpy(np.float64, na_value=np.nan),
        words=_describe(target, people, used),
        warnings=tuple(_mismatches(target, shown, pictures)),
        gap=_gap(people, used, in_time=in_time),
        is_rendered=bool(shown["dataset"].isin(RENDERED).all()),
        sources=_names(shown),
    )


def _gap(people: Sequence[SimulatedUser], used: pd.DataFrame, *, in_time: bool) -> str | None:
    if in_time and used.empty:
        return (
            "the pictures are single ones, which do not tell how mistakes follow each other in time"
        )
    if not people:
        return (
            "a user is played by a person who shows open eyes and closed ones, in "
            f"{fewest_pictures(in_time=in_time)} or more pictures each, and nobody here does"
        )
    return None


def _describe(target: Target, people: Sequence[SimulatedUser], used: pd.DataFrame) -> str:
    if not people:
        return ""
    whose = f"{plural(len(people), 'held-out person', 'held-out people')} of {_names(used)}"
    if not target.product.in_time:
        play = f"Every use is played with pictures of one of {whose}"
    else:
        takes = plural(sum(len(person.takes) for person in people), "recording", "recordings")
        play = (
            f"Every session walks through the pictures of one recording of one of {whose} "
            f"({takes}), in the order in which they were taken, one a frame, so that mistakes "
            "cluster as they do there"
        )
    return f"{play}; {'; '.join([_half_closed(people), *_second_eye(target, used)])}."


def _half_closed(people: Sequence[SimulatedUser]) -> str:
    own = sum(len(person.half_rows) > 0 for person in people)
    guessed = "get a score between the person's open and closed ones"
    if not own:
        return (
            f"half-closed eyes, of which nobody shows {FEWEST_HALVES} of known openness, {guessed}"
        )
    others = f"; those of the others {guessed}" if own < len(people) else ""
    return f"half-closed eyes are the person's own where they are known ({own}){others}"


def _second_eye(target: Target, used: pd.DataFrame) -> Iterator[str]:
    is_told = (used["side"].notna() & used["frame"].notna()).all()
    if target.product.eyes == 2 and not is_told:
        yield (
            "where the data do not say which two eyes were taken together, the second one is the "
            "person's next picture in the same state, or the same one where there is no other"
        )


def _mismatches(target: Target, used: pd.DataFrame, pictures: pd.DataFrame | None) -> Iterator[str]:
    sensor = target.environment.sensor
    names = _names(used)
    wants = f"the target's camera is {sensor.spectrum}"
    if used["dataset"].isin(RENDERED).any():
        yield f"{names}: rendered people, who do not exist. Real users may fare otherwise."
    spectra = sorted(used["spectrum"].dropna().unique())
    if not spectra:
        yield f"Spectrum: {wants}; that of {names} is not known."
    elif sensor.spectrum not in spectra:
        yield f"Spectrum: {wants}; {names} is {', '.join(spectra)}."
    found = sorted(used["sensor"].dropna().unique())
    if sensor.models and not set(found) <= set(sensor.models):
        others = ", ".join(sorted(set(found) - set(sensor.models)))
        yield f"Sensor: the target's is {' or '.join(sensor.models)}; {names} is also by {others}."
    if sensor.models and not found:
        yield f"Sensor: the target's is {' or '.join(sensor.models)}; that of {names} is not known."
    if pictures is not None:
        low, high = sensor.eye_width_px
        widths = pictures.set_index("id")["width"].reindex(used["id"])
        outside = float(((widths < low) | (widths > high)).mean())
        if outside > _MOST_OUTSIDE:
            yield (
                f"Distance: the target's eyes are {low} to {high} pixels wide; "
                f"{percent(outside)} % of those in {names} are not (median {widths.median():.0f})."
            )


def _names(used: pd.DataFrame) -> str:
    return " and ".join(sorted(used["dataset"].unique()))
