"""What a run hands to its report: who was judged, on which people, at which price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from blink.contract import ConfigError, OperatingPoint
from blink.contract.wording import plural
from blink.data.manifest import Manifest
from blink.evaluation.abstention.results import Abstention
from blink.evaluation.evaluate import Evaluation, evaluate
from blink.evaluation.experience.aim import Aim
from blink.evaluation.experience.assess import assess, cost_of_crops
from blink.evaluation.experience.results import Assessment
from blink.evaluation.mistakes.results import CropCosts, MistakeStudy
from blink.evaluation.mistakes.study import study_mistakes
from blink.evaluation.populations.find import find_populations
from blink.evaluation.populations.results import Populations
from blink.evaluation.populations.stand_ins import fill_all
from blink.evaluation.wording import sentence, times
from blink.latency import Latency
from blink.latency.slot import give_way


@dataclass(frozen=True, eq=False)
class Row:
    """One intelligence on one test set.

    Attributes:
        name: What people call it.
        kind: `net`, `heuristic`, or another word for what it is.
        precision: `fp32`, `int8`.
        parameters: Trained or fitted numbers in it; None where that means nothing.
        size_bytes: Of the file that ships.
        latency: None where it was not measured.
        operating_point: Frozen before this test set was looked at.
        table: Its predictions.
        is_main: Whether this is what the run is about and what would ship.
        licence: What may be done with it, in words; None where it does not say.
    """

    name: str
    kind: str
    precision: str
    parameters: int | None
    size_bytes: int
    latency: Latency | None
    operating_point: OperatingPoint
    table: pd.DataFrame
    is_main: bool = False
    licence: str | None = None

    @cached_property
    def evaluation(self) -> Evaluation:
        """Computed once: report, metrics file and closing table show the same numbers."""
        give_way()
        return evaluate(self.table, self.operating_point)

    @property
    def title(self) -> str:
        """Name and precision, which together tell the rows of a test set apart."""
        return f"{self.name} {self.precision}"


@dataclass(frozen=True, eq=False)
class TestSet:
    """People whom no row has seen before.

    Attributes:
        name: What people call it.
        protocol: Who was held out and why, in words.
        manifest: Where the pictures lie.
        rows: In the order in which they are shown; one of them is the main one.
        is_transfer: Whether nothing of a data set of this name was trained on.
        looks: How often it was looked at, this time included; None where nobody counts.
        pictures: Properties and embedding of every crop, see `blink.evaluation.pictures`; None
            where they were not noted.
        aim: The target that it is judged for; None for none.
        abstention: What the main row refuses to answer; None where nothing was inspected.
        role: `test`, or `val` where validation people are judged.

    Raises:
        ConfigError: Two rows have the same title, or judge other crops, or not exactly one is the
            main one.
    """

    __test__ = False  # pytest: not a test case, whatever its name

    name: str
    protocol: str
    manifest: Manifest
    rows: Sequence[Row]
    is_transfer: bool = False
    looks: int | None = None
    pictures: pd.DataFrame | None = None
    aim: Aim | None = None
    abstention: Abstention | None = None
    role: str = "test"

    def __post_init__(self) -> None:
        titles = [row.title for row in self.rows]
        if len(titles) != len(set(titles)):
            raise ConfigError(f"Test set {self.name}: two rows have the same title, see {titles}.")
        mains = [row.title for row in self.rows if row.is_main]
        if len(mains) != 1:
            raise ConfigError(
                f"Test set {self.name}: exactly one row is the main one, not {mains or 'none'}."
            )
        crops = set(self.main.table["id"])
        for row in self.rows:
            if set(row.table["id"]) != crops:
                raise ConfigError(
                    f"Test set {self.name}: {row.title} and {mains[0]} were run on other crops, so "
                    "their numbers must not stand side by side. Predict both again."
                )

    @property
    def statement(self) -> str:
        """The protocol in full: who was held out, whether people are unknown, how many looks."""
        scores = self.main.evaluation.scores
        more = []
        if scores.unknown:
            more.append(
                f"People unknown for {plural(scores.unknown, 'crop', 'crops')}: the same person "
                "may have been trained on, and intervals, which take each such crop for a person, "
                "are too narrow."
            )
        if self.looks is not None:
            more.append(f"This test set has been looked at {times(self.looks)}.")
        return " ".join([sentence(self.protocol), *more]) if more else self.protocol

    @property
    def main(self) -> Row:
        """The row that the run is about."""
        return next(row for row in self.rows if row.is_main)

    @cached_property
    def populations(self) -> Populations:
        """For whom the main row works, and for whom not."""
        return find_populations(self.main.table, self.main.operating_point, self.pictures)

    @cached_property
    def assessment(self) -> Assessment | None:
        """What the users of the target would feel, and the verdict; None without a target."""
        give_way()
        return None if self.aim is None else assess(self.aim, self)

    @cached_property
    def mistakes(self) -> MistakeStudy | None:
        """The main row's mistakes by kind; None where the pictures were not noted."""
        if self.pictures is None:
            return None
        give_way()
        costs = CropCosts()
        if self.aim is not None and self.assessment is not None:
            costs = cost_of_crops(self.assessment, self.aim.target, self.main)
        return study_mistakes(self.main.table, self.main.operating_point, self.pictures, costs)


@dataclass(frozen=True, eq=False)
class Report:
    """All that a run has to tell.

    Attributes:
        title: Of the run.
        question: What the run was to find out.
        made: When, as ISO 8601.
        tests: The test sets, the most telling one first.
        facts: What repeats the run, by name: data, splits, command, commit; long texts fold.
        exports: Name of a bundle → what its export had to choose from, see `Bundle.export`.
    """

    title: str
    question: str
    made: str
    tests: Sequence[TestSet]
    facts: dict[str, str] = field(default_factory=dict)
    exports: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def populations(self) -> Sequence[Populations]:
        """For whom the main rows work, test set by test set.

        Rendered people of the same report stand in for such as a real test set lacks: these are
        shown, and decide nothing.
        """
        return fill_all([test.populations for test in self.tests])
