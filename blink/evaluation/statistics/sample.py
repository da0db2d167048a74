"""The labelled crops of some people, as arrays."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.contract import CLOSED

MOST_LOTS: Final = 500
"""More people than this are put together at random in so many lots, which are drawn as people are.

Lots of people are as independent of each other as people are, and tables of who scores higher than
whom stay small.
"""

BINS: Final = 15
"""Equal-width bins of the calibration error; the last one holds 1."""


@dataclass(frozen=True)
class Sample:
    """The labelled crops of some people.

    Nobody knows which crops of people unknown belong together, so each of them stands for a person
    of its own.

    Attributes:
        closed: (N,) the truth.
        score: (N,) p_closed.
        person: (N,) whole numbers from 0 to people - 1, each of them used.
        people: How many people, crops that stand for one, or lots of these: what is drawn.
        whose: (N,) numbers of the people themselves, never of lots; -1 where not known.
    """

    closed: NDArray[np.bool_]
    score: NDArray[np.float32]
    person: NDArray[np.int64]
    people: int
    whose: NDArray[np.int64]

    @classmethod
    def of(cls, table: pd.DataFrame) -> "Sample":
        """The sample of a predictions table; crops without a label are left out."""
        labelled = table[table["label"].notna()]
        # `ngroup` gives no number where the subject is null.
        person = (
            labelled.groupby(["dataset", "subject"], sort=True)
            .ngroup()
            .fillna(-1)
            .to_numpy()
            .astype(np.int64)
        )
        whose = person.copy()
        known = int(person.max(initial=-1)) + 1
        nobody = np.flatnonzero(person < 0)
        # Ids are hashes, so their order is random, and the same on every machine.
        shuffled = nobody[np.argsort(labelled["id"].iloc[nobody].to_numpy(str))]
        person[shuffled] = known + np.arange(len(nobody))
        people = known + len(nobody)
        if people > MOST_LOTS:
            lots = np.random.default_rng(0).permutation(people) % MOST_LOTS
            person, people = lots[person], MOST_LOTS
        return cls(
            closed=(labelled["label"] == CLOSED).to_numpy(np.bool_),
            score=labelled["p_closed"].to_numpy(np.float32),
            person=person,
            people=people,
            whose=whose,
        )

    @property
    def known(self) -> int:
        """How many people these crops show, as far as they are known."""
        return _known(self.whose)

    @property
    def unknown(self) -> int:
        """How many of these crops are of people unknown."""
        return int(np.count_nonzero(self.whose < 0))

    @property
    def owner(self) -> NDArray[np.int64]:
        """(N,) as `whose`, with a number of its own for each crop of people unknown."""
        own = self.whose.max(initial=-1) + 1 + np.arange(len(self.whose))
        return np.where(self.whose < 0, own, self.whose)

    @property
    def is_blind(self) -> bool:
        """Whether every crop got the same score, as by colour of grey pictures."""
        return bool((self.score == self.score[:1]).all())

    def bins(self) -> NDArray[np.int64]:
        """The calibration bin of each crop: (N,), from 0 to `BINS` - 1."""
        return np.minimum((self.score * np.float32(BINS)).astype(np.int64), BINS - 1)

    def per_person(self, amounts: NDArray[np.generic]) -> NDArray[np.float64]:
        """Sums of an amount per crop over each person: (people,)."""
        return np.bincount(self.person, amounts, self.people).astype(np.float64)

    def per_person_and_bin(self, amounts: NDArray[np.generic]) -> NDArray[np.float64]:
        """Sums of an amount per crop over each person and calibration bin: (people, BINS)."""
        cell = self.person * BINS + self.bins()
        sums = np.bincount(cell, amounts, self.people * BINS).astype(np.float64)
        return sums.reshape(-1, BINS)

    def only(self, rows: NDArray[np.bool_]) -> "Sample":
        """Some of the crops; people keep their numbers, so that some may have no crops left."""
        return replace(
            self,
            closed=self.closed[rows],
            score=self.score[rows],
            person=self.person[rows],
            whose=self.whose[rows],
        )

    def people_with(self, rows: NDArray[np.bool_]) -> int:
        """How many people show any of some crops; each crop of people unknown stands for one."""
        whose = self.whose[rows]
        return _known(whose) + int(np.count_nonzero(whose < 0))


def _known(whose: NDArray[np.int64]) -> int:
    return int(np.count_nonzero(np.bincount(whose[whose >= 0])))
