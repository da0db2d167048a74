"""What the data know of scores in time: the held-out people's own frames, in order, by state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.contract import CLOSED, OPEN

FEWEST_FRAMES: Final = 10
"""Of each state that a take or a person must show to be played from in time."""

FEWEST_HALVES: Final = 8
"""Half-closed frames of known openness, from which those of a session can be drawn."""

_TAKE = ["dataset", "subject", "session", "clip", "sensor"]


@dataclass(frozen=True, eq=False)
class Pool:
    """Frames of one person in one state, in the order in which they were taken.

    Attributes:
        rows: (F, 2) rows of the predictions table: the frame's two eyes, or, where the table does
            not tell the eyes apart, a picture and the next one.
    """

    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, eq=False)
class Take:
    """One recording of one person: the same light, camera and glasses throughout.

    Attributes:
        opened: Frames with open eyes.
        closed: Frames with closed eyes.
    """

    opened: Pool
    closed: Pool


@dataclass(frozen=True, eq=False)
class SimulatedUser:
    """A held-out person who plays a user.

    Attributes:
        name: Data set and subject.
        takes: Recordings, at least one.
        half_rows: Rows of half-closed eyes by rising openness; empty where too few are known.
        half_openness: Of these rows.
    """

    name: str
    takes: Sequence[Take]
    half_rows: NDArray[np.int64]
    half_openness: NDArray[np.float64]


def find_users(table: pd.DataFrame, *, in_time: bool = True) -> list[SimulatedUser]:
    """The people of a predictions table who show both states, by name.

    A take that shows one state alone borrows the other from the person's other takes.

    Args:
        table: A predictions table, with row numbers as its index.
        in_time: Whether frames follow each other; else all pictures of a person are one take, and
            one of each state is enough.
    """
    known = table[table["subject"].notna()]
    take = known.groupby(_TAKE, sort=True, dropna=False, observed=True).ngroup()
    series = take if in_time else known.groupby(_TAKE[:2], observed=True).ngroup()
    frames = _pair_up(known.assign(take=take, series=series))
    rows = frames[["left", "right"]].to_numpy(np.int64)
    label, number = frames["label"].to_numpy(), frames["series"].to_numpy()
    halves = known[known["label"].isna() & known["openness"].notna()].sort_values("openness")
    half_rows, openness = halves.index.to_numpy(np.int64), halves["openness"].to_numpy(np.float64)
    half, fewest = _places(halves), fewest_pictures(in_time=in_time)
    found = []
    for (dataset, subject), places in sorted(_places(frames).items()):
        if takes := _takes(rows[places], label[places], number[places], fewest):
            own = half.get((dataset, subject), np.empty(0, np.int64))
            own = own if len(own) >= FEWEST_HALVES else own[:0]
            found.append(
                SimulatedUser(f"{dataset}/{subject}", takes, half_rows[own], openness[own])
            )
    return found


def fewest_pictures(*, in_time: bool) -> int:
    """Of each state that a person must show to be played from."""
    return FEWEST_FRAMES if in_time else 1


def find_in_time(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the data sets whose pictures are numbered in the order of taking; maybe none."""
    numbered = table["frame"].notna().groupby(table["dataset"]).transform("all")
    return table[numbered.to_numpy(bool)]


def _pair_up(known: pd.DataFrame) -> pd.DataFrame:
    """One row a frame and state, in order: whose, which series, and the rows of its two eyes.

    Where a frame's other eye is in another state a picture's partner is itself; where eyes are not
    told apart it is the next one of the series, or itself where it is alone.
    """
    ordered = known[known["label"].notna()].sort_values(["take", "frame", "side"], kind="stable")
    number = pd.Series(ordered.index, ordered.index)
    state = [ordered["series"], ordered["label"]]
    is_sided = (ordered["side"].notna() & ordered["frame"].notna()).to_numpy(bool)
    following = number.groupby(state).shift(-1)
    following = following.fillna(number.groupby(state).transform("first"))
    moment = ordered.groupby(["take", "label", "frame"], sort=False, dropna=False).ngroup()
    moment = moment.where(is_sided, -1 - number)
    eyes = [
        number.where((ordered["side"] == side).fillna(False)).groupby(moment).transform("max")
        for side in ("left", "right")
    ]
    left = eyes[0].fillna(eyes[1]).where(is_sided, number)
    right = eyes[1].fillna(eyes[0]).where(is_sided, following)
    paired = ordered[[*_TAKE[:2], "series", "label"]].assign(left=left, right=right)
    return paired[~moment.duplicated()].astype({"left": np.int64, "right": np.int64})


def _places(table: pd.DataFrame) -> dict[tuple[str, str], NDArray[np.int64]]:
    """Data set and subject → the places of their rows, in the table's order."""
    groups = table.groupby(_TAKE[:2], observed=True)
    return groups.indices  # type: ignore[return-value] # pandas-stubs know keys of one column


def _takes(
    rows: NDArray[np.int64], labels: NDArray[np.float64], takes: NDArray[np.int64], fewest: int
) -> list[Take]:
    """A person's recordings; none where the person shows too little of one state."""
    whole = _take(rows, labels)
    if min(len(whole.opened), len(whole.closed)) < fewest:
        return []
    found = [_take(rows[takes == one], labels[takes == one]) for one in np.unique(takes)]
    return [
        Take(_enough(take.opened, whole.opened), _enough(take.closed, whole.closed))
        for take in found
        if max(len(take.opened), len(take.closed)) >= FEWEST_FRAMES
    ] or [whole]


def _take(rows: NDArray[np.int64], labels: NDArray[np.float64]) -> Take:
    return Take(Pool(rows[labels == OPEN]), Pool(rows[labels == CLOSED]))


def _enough(own: Pool, all_: Pool) -> Pool:
    return own if len(own) >= FEWEST_FRAMES else all_
