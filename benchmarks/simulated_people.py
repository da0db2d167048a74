"""People who were never photographed, and what two intelligences make of their eyes.

For measuring statistics, whose truth has to be known: mistakes cluster within people, few people
make most of them, and people bring between 20 and 1,000 crops, some of one class only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from blink.evaluation.statistics import Sample

Rates = NDArray[np.float64]
"""(people, 2): how often open and closed eyes of each person are called wrongly."""

BETTER: Final = 0.9
"""So many mistakes the other intelligence makes, on average, for one of the one."""

Law = Callable[[np.random.Generator, int], Rates]


def spread(random: np.random.Generator, people: int) -> Rates:
    """Most people have next to no mistakes, some have many: a beta law, mean 6 %."""
    return _tied(random, random.beta(0.4, 6, (people, 2)))


def minority(random: np.random.Generator, people: int) -> Rates:
    """One person in seven is hard, every fourth crop of theirs is wrong; of others, every 200th."""
    hard = random.random((people, 1)) < 0.15
    return np.where(hard, random.beta(2, 6, (people, 2)), random.beta(1, 200, (people, 2)))


def tail(random: np.random.Generator, people: int) -> Rates:
    """A long tail: log-normal, mean 3 %, cut at one half."""
    return _tied(random, np.minimum(random.lognormal(np.log(0.03) - 0.72, 1.2, (people, 2)), 0.5))


LAWS: Final[dict[str, Law]] = {"spread": spread, "minority": minority, "tail": tail}


def _tied(random: np.random.Generator, rates: Rates) -> Rates:
    """Half of the people are as hard with open eyes as with closed ones."""
    return np.where(random.random((len(rates), 1)) < 0.5, rates[:, :1], rates)


@dataclass(frozen=True)
class World:
    """Crops of some people, judged by two intelligences at a threshold of one half.

    Attributes:
        one: With the scores of the one.
        other: With those of the other, which errs a little less often, mostly on the same crops.
        inside: (N,) whether a crop belongs to a group: all of some people's, part of others'.
        days: (people,) how long each uses the product.
        mistakes: (people,) how many happen to each in that time; they are rare.
    """

    one: Sample
    other: Sample
    inside: NDArray[np.bool_]
    days: NDArray[np.float64]
    mistakes: NDArray[np.float64]


def draw_world(law: Law, people: int, random: np.random.Generator) -> World:
    """Draws people, their crops, and the mistakes on them."""
    rates = law(random, people)
    crops = np.clip(random.lognormal(4.6, 1.0, people), 20, 1000).astype(np.int64)
    person = np.repeat(np.arange(people), crops)
    share = random.choice([0.0, 1.0, np.nan], people, p=[0.08, 0.06, 0.86])
    share = np.where(np.isnan(share), random.beta(2, 2, people), share)
    closed = random.random(len(person)) < share[person]
    better = rates * random.uniform(BETTER - 0.4, BETTER + 0.4, (people, 1))
    luck = random.random(len(person))
    again = np.where(random.random(len(person)) < 0.7, luck, random.random(len(person)))
    label = closed.astype(np.int64)
    samples = [
        Sample(closed, _score(random, closed, fate < rate[person, label]), person, people, person)
        for fate, rate in ((luck, rates), (again, better))
    ]
    part = random.choice([0.0, 0.5, 1.0], people, p=[0.5, 0.2, 0.3])
    days = np.ceil(random.lognormal(2.5, 0.7, people))
    return World(
        one=samples[0],
        other=samples[1],
        inside=random.random(len(person)) < part[person],
        days=days,
        mistakes=random.poisson(rates.mean(axis=1) * days).astype(np.float64),
    )


def _score(
    random: np.random.Generator, closed: NDArray[np.bool_], wrong: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Right answers are mostly sure, of wrong ones every degree is as frequent."""
    sure = np.where(wrong, random.beta(1, 1, len(wrong)), random.beta(5, 0.5, len(wrong))) / 2
    # Off one half, to which float32 would round it.
    sure = np.clip(sure, 1e-3, 0.5)
    return np.where(closed ^ wrong, 0.5 + sure, 0.5 - sure).astype(np.float32)
