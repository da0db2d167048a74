"""Measures how often 95 % intervals cover the truth: ours, and those that are found elsewhere.

    python -m benchmarks.coverage [--people 5 10 28 100] [--laws spread] [--repeats 1000]

Over simulated people, see `benchmarks.simulated_people`. What is estimated is what a metric tends
to with ever more people; crops weigh the same, so people weigh as much as they bring crops. Prints
a Markdown table for each law of mistakes, with coverage in per cent; a dash where there never is an
interval.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulated_people import BETTER, LAWS, Law, World, draw_world
from blink.evaluation.statistics import (
    RATE,
    TITLES,
    Estimate,
    Sample,
    Support,
    difference,
    draw_people,
    estimate,
    group_difference,
    measure,
)
from blink.evaluation.statistics.metrics import balanced_accuracy, support

DRAWS = 1000
THRESHOLD = 0.5
ACCURACY = TITLES["balanced_accuracy"]
RECALLS = (TITLES["recall_closed"], TITLES["recall_open"])
OF_ROWS = "Balanced accuracy, percentiles over rows"
OF_PEOPLE = "Balanced accuracy, percentiles over people"
PAIRED = "Paired difference of balanced accuracy"
GAP = "Gap of a group"
MISTAKES = "Mistakes a day"


class Enough(Support):
    """People taken for enough, however few they are: their coverage is wanted, too."""

    too_few = None


@cache
def find_truth(law: Law) -> dict[str, float]:
    """What is estimated.

    People's crops, groups and days are drawn without regard to how hard they are, so that most of
    it follows from the mean rate of mistakes. The rest is measured on 20,000 people, where it
    hardly moves any more.
    """
    error = float(law(np.random.default_rng(1), 5_000_000).mean())
    crowd = draw_world(law, 20_000, np.random.default_rng(1)).one
    in_one = replace(crowd, person=np.zeros_like(crowd.person), people=1)
    values = measure(in_one, THRESHOLD, np.ones((1, 1)))
    return {
        **{title: float(values[name][0]) for name, title in TITLES.items()},
        **dict.fromkeys((ACCURACY, *RECALLS, OF_ROWS, OF_PEOPLE), 1 - error),
        PAIRED: (BETTER - 1) * error,
        GAP: 0.0,
        MISTAKES: error,
    }


def find_intervals(world: World, seed: int) -> Iterator[tuple[str, Estimate]]:
    """Name, as in `find_truth`, and estimate with its interval."""
    one, people = world.one, world.one.people
    weights = draw_people(people, DRAWS, seed)
    values = measure(one, THRESHOLD, weights)
    for name, title in TITLES.items():
        enough = Enough(*support(one, name))
        yield title, estimate(values[name], people, "", support=enough)
    accuracy = values["balanced_accuracy"]
    others = balanced_accuracy(world.other, THRESHOLD, weights)
    yield PAIRED, difference(accuracy - others, people, "", Enough(people)).estimate
    yield GAP, group_difference(one, world.inside, THRESHOLD, DRAWS, seed).estimate
    mistakes = (weights @ world.mistakes) / (weights @ world.days)
    yield MISTAKES, estimate(mistakes, people, "", support=Enough(people), scale=RATE)
    drawn = accuracy[1 + people :]
    yield OF_PEOPLE, Estimate(float(accuracy[0]), *_percentiles(drawn))
    yield OF_ROWS, Estimate(float(accuracy[0]), *_percentiles(_draw_rows(one, seed)))


def cover(law: Law, people: int, repeats: int, truth: dict[str, float]) -> dict[str, float]:
    """How often each interval covers the truth, among those that there are.

    Returns:
        Name, as in `find_truth`, to share; NaN where there never is an interval.
    """
    random = np.random.default_rng(people)
    hits: dict[str, list[bool]] = {name: [] for name in truth}
    for seed in range(repeats):
        for name, found in find_intervals(draw_world(law, people, random), seed):
            if found.low is not None:
                high = np.inf if found.high is None else found.high
                hits[name].append(bool(found.low <= truth[name] <= high))
    return {name: float(np.mean(hit)) if hit else np.nan for name, hit in hits.items()}


def _percentiles(drawn: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def _draw_rows(sample: Sample, seed: int) -> NDArray[np.float64]:
    """Balanced accuracy where crops are drawn as if each were a person."""
    right = (sample.score >= THRESHOLD) == sample.closed
    cells = np.bincount(2 * sample.closed + right, minlength=4)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(cells.sum(), cells / cells.sum(), DRAWS).reshape(DRAWS, 2, 2)
    return (drawn[:, :, 1] / drawn.sum(axis=2)).mean(axis=1)  # type: ignore[no-any-return]


def parse(arguments: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Measures how often intervals cover the truth.")
    parser.add_argument(
        "--people", nargs="+", type=int, default=[5, 7, 8, 10, 12, 15, 20, 28, 50, 100]
    )
    parser.add_argument("--laws", nargs="+", choices=LAWS, default=list(LAWS))
    parser.add_argument("--repeats", type=int, default=1000)
    options = parser.parse_args(arguments)
    if options.repeats < 1 or min(options.people) < 2:
        parser.error("--repeats must be at least 1, --people at least 2")
    return options


def main(arguments: list[str]) -> int:
    """Measures and prints the tables; returns the exit code."""
    options = parse(arguments)
    for name in options.laws:
        law = LAWS[name]
        truth = find_truth(law)
        columns = [cover(law, people, options.repeats, truth) for people in options.people]
        print(f"\n{law.__doc__}\n")
        print(f"| {name}: coverage in %, people | {' | '.join(map(str, options.people))} |")
        print("|---" + "|--:" * len(columns) + "|")
        for row in truth:
            cells = [
                "–" if np.isnan(column[row]) else f"{100 * column[row]:.1f}" for column in columns
            ]
            print(f"| {row} | {' | '.join(cells)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
