"""What the simulation of a target's usage tells, and what is decided by it."""

from dataclasses import dataclass
from typing import Literal

from blink.contract import OperatingPoint
from blink.contract.record import Record
from blink.evaluation.statistics import Estimate

Verdict = Literal["SHIP", "DO NOT SHIP", "NOT ENOUGH DATA TO SAY", "THE HEURISTIC SUFFICES"]


@dataclass(frozen=True, slots=True)
class UserExperience(Record):
    """What one held-out person would go through.

    Attributes:
        subject: Who.
        mistakes_per_day: Visible mistakes.
        cost_per_1000_uses: In the target's currency.
    """

    subject: str
    mistakes_per_day: float
    cost_per_1000_uses: float


@dataclass(frozen=True, slots=True)
class Experience(Record):
    """What the users of a target feel of one intelligence.

    Attributes:
        row: Title of the intelligence.
        operating_point: At which it was played.
        knobs: The product's, by name, as they were played.
        sessions: How many were simulated of each person.
        figures: Measure, as in `blink.target.TITLES` (those that are felt), to estimate.
        kinds: Kind of mistake → so many per user and day.
        users: Everybody, the unluckiest first.
        unluckiest: How many of `users` are the unluckiest 5 % (at least one).
    """

    row: str
    operating_point: OperatingPoint
    knobs: dict[str, float]
    sessions: int
    figures: dict[str, Estimate]
    kinds: dict[str, Estimate]
    users: tuple[UserExperience, ...]
    unluckiest: int


@dataclass(frozen=True, slots=True)
class ThresholdPoint(Record):
    """The experience at one threshold, on test people; a curve to discuss, not to choose from."""

    threshold: float
    cost_per_1000_uses: float
    mistakes_per_user_and_day: float
    kinds: dict[str, float]


@dataclass(frozen=True, slots=True)
class AccuracyPoint(Record):
    """The experience with an intelligence that is better or worse by so much.

    Its scores are those of the real one, moved towards the truth or away from it by the same step
    in log odds, so that people and neighbouring frames keep erring together.

    Attributes:
        step: In log odds; 0 is the intelligence itself.
        balanced_accuracy: Of the frames, as moved.
        cost_per_1000_uses: With the threshold as frozen.
        mistakes_per_user_and_day: Likewise.
    """

    step: float
    balanced_accuracy: float
    cost_per_1000_uses: float
    mistakes_per_user_and_day: float


@dataclass(frozen=True, slots=True)
class KnobSearch(Record):
    """How much of the problem the product solves without a better model.

    Attributes:
        tried: How many settings of the knobs, each with its own best threshold.
        best: The knobs of least expected cost on validation people.
        operating_point: The threshold that goes with them.
        cost: Per 1,000 uses, on test people, with the knobs as configured.
        best_cost: With the best ones.
        perfect_cost: With the knobs as configured and an intelligence that is always right.
        solved: (cost - best_cost) / (cost - perfect_cost); None where nothing is left to solve.
    """

    tried: int
    best: dict[str, float]
    operating_point: OperatingPoint
    cost: float
    best_cost: float
    perfect_cost: float
    solved: float | None


@dataclass(frozen=True, slots=True)
class JudgedCriterion(Record):
    """One criterion, judged.

    Attributes:
        words: The customer's sentence.
        measure: What was measured.
        found: The estimate, or why there is none.
        limit: The number in the sentence.
        is_upper: Whether the limit is one from above.
        met: True or False where the whole interval lies on one side; None where data cannot say.
        groups: The groups that made the figure, in words; empty where it is everybody's.
    """

    words: str
    measure: str
    found: Estimate
    limit: float
    is_upper: bool
    met: bool | None
    groups: str = ""


@dataclass(frozen=True, slots=True)
class Decision(Record):
    """Ship or not, criterion by criterion.

    Attributes:
        verdict: THE HEURISTIC SUFFICES where a heuristic alone would ship; else DO NOT SHIP where
            a criterion is not met; else NOT ENOUGH DATA TO SAY where one cannot be judged, or only
            rendered people were; else SHIP.
        because: The reason, in a sentence.
        findings: The criteria in the target's order, those of the budget last.
    """

    verdict: Verdict
    because: str
    findings: tuple[JudgedCriterion, ...]


@dataclass(frozen=True, slots=True)
class Assessment(Record):
    """A target and what one test set says about it.

    Attributes:
        target: Its name.
        summary: Its summary.
        unit: What one use is.
        uses_per_day: Of one user.
        currency: What costs are counted in.
        words: Kind of mistake → what the user sees.
        basis: How the sessions were drawn from the data, in words.
        warnings: Where the test data do not match the target: sensor, spectrum, distance, time.
        cautions: What else is to be kept in mind: where the threshold comes from, whose CPU it was.
        gap: Why nothing could be simulated; None where it was.
        experiences: The main row's first, then the best heuristic's if there is one.
        decision: About the main row.
        by_threshold: Empty without a simulation.
        by_accuracy: Empty without a simulation.
        knobs: None without validation people or knobs.
    """

    target: str
    summary: str
    unit: str
    uses_per_day: float
    currency: str
    words: dict[str, str]
    basis: str
    warnings: tuple[str, ...]
    cautions: tuple[str, ...]
    gap: str | None
    experiences: tuple[Experience, ...]
    decision: Decision
    by_threshold: tuple[ThresholdPoint, ...]
    by_accuracy: tuple[AccuracyPoint, ...]
    knobs: KnobSearch | None
