"""What the users of a target feel, in tables."""

from collections.abc import Iterable, Sequence

from blink.evaluation import wording
from blink.evaluation.experience.results import Assessment, Experience, UserExperience
from blink.evaluation.report.cells import figure_cell
from blink.evaluation.statistics import Estimate
from blink.pages import Cell, Column, Line, Table
from blink.target import TITLES
from blink.target.criteria import Measure

_MISSING = Estimate(None, gap="nobody got there")


def figures_table(assessment: Assessment) -> Table:
    """One line for each figure that is felt, one column for each intelligence."""
    played = assessment.experiences
    felt = [name for name in TITLES if any(name in one.figures for one in played)]
    return Table(
        caption=f"What users of {assessment.target} feel, with 95 % intervals over people",
        columns=[Column("Figure"), *_columns(played)],
        lines=[
            Line(
                [
                    Cell(_title(name, assessment)),
                    *_cells(one.figures.get(name) for one in played),
                ]
            )
            for name in felt
        ],
        is_sortable=False,
    )


def _title(name: Measure, assessment: Assessment) -> str:
    unit = f", {assessment.currency}" if name == "cost_per_1000_uses" else ""
    return TITLES[name] + unit


def kinds_table(assessment: Assessment) -> Table:
    """Each kind of mistake, per user and day."""
    played = assessment.experiences
    return Table(
        caption="Mistakes by kind, per user and day, with 95 % intervals over people",
        columns=[Column("Mistake, per user and day"), *_columns(played)],
        lines=[
            Line([Cell(wording.sentence(words)), *_cells(one.kinds.get(kind) for one in played)])
            for kind, words in assessment.words.items()
        ],
        is_sortable=False,
    )


def _columns(played: Sequence[Experience]) -> list[Column]:
    return [Column(one.row, is_number=True) for one in played]


def _cells(estimates: Iterable[Estimate | None]) -> list[Cell]:
    return [figure_cell(estimate or _MISSING) for estimate in estimates]


def users_table(assessment: Assessment) -> Table:
    """Everybody, the unluckiest first."""
    main = assessment.experiences[0]
    return Table(
        caption=f"Everybody with {main.row}, the unluckiest first",
        columns=[
            Column("Person"),
            Column("Visible mistakes per day", is_number=True),
            Column(f"Cost per 1,000 uses, {assessment.currency}", is_number=True),
            Column("Remark"),
        ],
        lines=[
            Line(_user(user, is_unlucky=place < main.unluckiest))
            for place, user in enumerate(main.users)
        ],
    )


def _user(user: UserExperience, *, is_unlucky: bool) -> list[Cell]:
    return [
        Cell(user.subject),
        Cell(wording.figure(user.mistakes_per_day), value=user.mistakes_per_day),
        Cell(wording.figure(user.cost_per_1000_uses), value=user.cost_per_1000_uses),
        Cell("unluckiest 5 %", tag="weak") if is_unlucky else Cell(),
    ]


def name_unluckiest(experience: Experience) -> str:
    """Who fares worst, by name, in a sentence."""
    worst = experience.users[: experience.unluckiest]
    named = ", ".join(f"{user.subject} ({wording.figure(user.mistakes_per_day)})" for user in worst)
    return f"The unluckiest 5 % of users, with their visible mistakes per day: {named}."
