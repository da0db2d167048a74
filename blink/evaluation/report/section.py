from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from blink.evaluation.contact_sheets import MOST_FAULTS
from blink.evaluation.experience.results import Assessment
from blink.evaluation.mistakes.results import Kind, MistakeStudy
from blink.evaluation.populations.results import Populations
from blink.evaluation.report import experience_tables
from blink.evaluation.report.curves import reliability_chart, roc_chart
from blink.evaluation.report.experience_charts import experience_charts
from blink.evaluation.report.groups import (
    choose_pairs,
    describe_groups,
    groups_table,
    regions_table,
)
from blink.evaluation.report.kinds import collect_pictures, describe_study, kinds_table
from blink.evaluation.report.openness import openness_table
from blink.evaluation.report.rows import rows_table
from blink.evaluation.report.verdict import Shown, show_decision
from blink.evaluation.results import Row, TestSet
from blink.evaluation.summary import Summary, write_summary
from blink.pages import Picture, Table


@dataclass(frozen=True)
class ExperienceSection:
    """What users feel, ready to be shown.

    Attributes:
        figures: Of the main row and the best heuristic.
        kinds: Their mistakes by kind.
        unluckiest: Who fares worst, in a sentence.
        users: Everybody.
        charts: Titles and charts.
    """

    figures: Table
    kinds: Table
    unluckiest: str
    users: Table
    charts: Sequence[tuple[str, Markup]]


@dataclass(frozen=True)
class Weaknesses:
    """For whom it does not work, ready to be shown.

    Attributes:
        words: What came of it, in sentences.
        singles: Groups by one attribute; None where there are none.
        pairs: Groups by two, the most telling first; None where none was tested.
        left_out: How many more groups by two there are.
        regions: Weak regions that were searched for; None where none was found.
        search: What became of that search.
        sheets: Conditions of a region and a few of its crops.
    """

    words: str
    singles: Table | None
    pairs: Table | None
    left_out: int
    regions: Table | None
    search: str
    sheets: Sequence[tuple[str, Sequence[Picture]]]


@dataclass(frozen=True)
class MistakesSection:
    """Mistakes, ready to be shown.

    Attributes:
        study: Where they come from.
        table: Their kinds; None where there are none.
        sheets: Each kind with its pictures.
        worst: Pictures of the worst over all kinds.
        faults: Pictures of the first ones whose label is suspected.
    """

    study: MistakeStudy
    table: Table | None
    sheets: Sequence[tuple[Kind, Sequence[Picture]]]
    worst: Sequence[Picture]
    faults: Sequence[Picture]


@dataclass(frozen=True)
class Section:
    """A test set and what its part of the page shows.

    Attributes:
        test: The test set.
        summary: The main row in words.
        assessment: For a target; None without one.
        shown: The verdict on it.
        experience: What its users feel; None where nothing could be simulated.
        rows: All rows side by side.
        roc: A chart; None where a class is missing.
        reliability: A chart; None without labelled crops.
        openness: How true the rows' openness is; None where none says any, or nobody knows it.
        weaknesses: For whom it does not work.
        mistakes_summary: How many mistakes there are, in sentences.
        mistakes: The same by kind; None where there are none, or nothing was noted of the pictures.
    """

    test: TestSet
    summary: Summary
    assessment: Assessment | None
    shown: Shown | None
    experience: ExperienceSection | None
    rows: Table
    roc: Markup | None
    reliability: Markup | None
    openness: Table | None
    weaknesses: Weaknesses
    mistakes_summary: str
    mistakes: MistakesSection | None

    @property
    def main(self) -> Row:
        """The row that the run is about."""
        return self.test.main


def compose(test: TestSet, populations: Populations) -> Section:
    """Prepares a test set's part of the page.

    Args:
        test: The test set.
        populations: Its own, with rendered stand-ins where there are any.

    Raises:
        DataError: A table is of another data set than its manifest.
    """
    assessment, study = test.assessment, test.mistakes
    pictures = collect_pictures(test, study, populations)
    return Section(
        test=test,
        summary=write_summary(test),
        assessment=assessment,
        shown=None if assessment is None else show_decision(assessment),
        experience=_experience_section(assessment)
        if assessment is not None and assessment.experiences
        else None,
        rows=rows_table(test),
        roc=roc_chart(test),
        reliability=reliability_chart(test.main),
        openness=openness_table(test),
        weaknesses=_weaknesses(test, populations, pictures),
        mistakes_summary=describe_study(study),
        mistakes=_mistakes_section(study, pictures)
        if study is not None and study.mistakes
        else None,
    )


def _experience_section(assessment: Assessment) -> ExperienceSection:
    return ExperienceSection(
        figures=experience_tables.figures_table(assessment),
        kinds=experience_tables.kinds_table(assessment),
        unluckiest=experience_tables.name_unluckiest(assessment.experiences[0]),
        users=experience_tables.users_table(assessment),
        charts=experience_charts(assessment),
    )


def _weaknesses(
    test: TestSet, populations: Populations, pictures: Mapping[str, Picture]
) -> Weaknesses:
    whole = test.main.evaluation.scores["balanced_accuracy"]
    singles = [group for group in populations.groups if len(group.values) == 1]
    pairs = choose_pairs(populations)
    regions = populations.regions
    title = f"{test.main.title} on {test.name}"
    return Weaknesses(
        words=describe_groups(populations),
        singles=groups_table(f"{title} by attribute", singles, whole) if singles else None,
        pairs=groups_table(f"{title} by pairs of attributes", pairs, whole) if pairs else None,
        left_out=len(populations.groups) - len(singles) - len(pairs),
        regions=regions_table(regions, whole) if regions else None,
        search=populations.search,
        sheets=[
            (region.title, [pictures[one] for one in region.ids])
            for region in regions
            if region.ids
        ],
    )


def _mistakes_section(study: MistakeStudy, pictures: Mapping[str, Picture]) -> MistakesSection:
    return MistakesSection(
        study=study,
        table=kinds_table(study.kinds) if study.kinds else None,
        sheets=[(kind, [pictures[one] for one in kind.ids]) for kind in study.kinds],
        worst=[pictures[one] for one in study.worst],
        faults=[pictures[one] for one in study.label_faults[:MOST_FAULTS]],
    )
