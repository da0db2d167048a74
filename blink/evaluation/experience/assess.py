"""A target, and what one test set says about it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from blink.contract.wording import plural
from blink.evaluation.experience.aim import Aim
from blink.evaluation.experience.basis import Basis, find_basis
from blink.evaluation.experience.decide import criteria_of, decide, judge_criteria, meets_all
from blink.evaluation.experience.figures import describe_experience
from blink.evaluation.experience.knobs import search_knobs
from blink.evaluation.experience.outcome import play, say
from blink.evaluation.experience.results import Assessment, Experience, JudgedCriterion, KnobSearch
from blink.evaluation.experience.sessions import SessionBatch, simulate_sessions
from blink.evaluation.experience.unluckiest import PARTS
from blink.evaluation.experience.what_if import at_accuracies, at_thresholds
from blink.evaluation.mistakes.results import CropCosts
from blink.evaluation.populations.find import find_gaps
from blink.evaluation.populations.widest import widest_gap
from blink.evaluation.slices import tells_people
from blink.evaluation.statistics import Estimate
from blink.latency.disturbance import BUSY, is_disturbed
from blink.target import TITLES, Target

if TYPE_CHECKING:
    from blink.evaluation.results import Row, TestSet
    from blink.latency import Latency

ANY_CPU: Final = "any"
"""A target whose latency may be measured wherever it is."""

_DOUBT: Final = "on rendered people alone, and nobody ships on the word of people who do not exist"


def assess(aim: Aim, test: "TestSet") -> Assessment:
    """Plays the target's usage with the people of a test set, and decides.

    Args:
        aim: The target, and what validation people told.
        test: Its main row is judged. Beside it stands the best heuristic: of those that meet every
            criterion the cheapest, or, where none does, of all.
    """
    target, main = aim.target, test.main
    basis = find_basis(target, main.table, test.pictures)
    sessions = simulate_sessions(target, basis.people)
    rows = [row for row in test.rows if row is main or row.kind == "heuristic"]
    felt = {row.title: _experience(row, target, sessions) for row in rows if sessions}
    findings = {row.title: _findings(target, row, felt.get(row.title), basis.gap) for row in rows}
    heuristics = _heuristics(rows, felt)
    enough = next((row for row in heuristics if meets_all(findings[row.title])), main)
    beside = [row for row in (enough, *heuristics) if row is not main][:1]
    doubt = _DOUBT if basis.is_rendered else None
    return Assessment(
        target=target.name,
        summary=target.summary,
        unit=target.product.unit,
        uses_per_day=target.uses_per_day,
        currency=target.currency,
        words=dict(target.product.kinds),
        basis=basis.words,
        warnings=basis.warnings,
        cautions=tuple(_cautions(aim, test)),
        gap=basis.gap,
        experiences=tuple(felt[row.title] for row in [main, *beside] if row.title in felt),
        decision=decide(findings[main.title], doubt, None if enough is main else enough.title),
        by_threshold=at_thresholds(target, basis, sessions, main.operating_point.threshold),
        by_accuracy=at_accuracies(target, basis, sessions, main.operating_point.threshold),
        knobs=_search(aim, main, sessions, basis),
    )


def _experience(row: "Row", target: Target, sessions: list[SessionBatch]) -> Experience:
    scores = say(sessions, row.table["p_closed"].to_numpy(np.float32))
    threshold = row.operating_point.threshold
    outcome = play(target, sessions, scores, threshold)
    parts = [play(target, sessions, scores, threshold, part=part) for part in PARTS]
    return describe_experience(row.title, row.operating_point, target, sessions, outcome, parts)


def _heuristics(rows: "Sequence[Row]", felt: Mapping[str, Experience]) -> "list[Row]":
    """The heuristics, by what their users pay, or, where nobody plays, by balanced accuracy.

    The main row may be one: where it meets every criterion itself, only a cheaper one that does so,
    too, takes its place.
    """

    def price(row: "Row") -> float:
        if row.title in felt:
            return felt[row.title].figures["cost_per_1000_uses"].value or 0.0
        return -(row.evaluation.scores["balanced_accuracy"].value or 0.0)

    found = [row for row in rows if row.kind == "heuristic"]
    return sorted(found, key=lambda row: (price(row), not row.is_main))


def _findings(
    target: Target, row: "Row", experience: Experience | None, gap: str | None
) -> tuple[JudgedCriterion, ...]:
    widest, whose = widest_gap(find_gaps(row.table, row.operating_point))
    figures: dict[str, Estimate] = {
        **dict.fromkeys(TITLES, Estimate(None, gap=gap or "not measured")),
        "seconds_to_success": Estimate(None, gap=gap or "nobody got there"),
        "balanced_accuracy": row.evaluation.scores["balanced_accuracy"],
        "gap_between_groups": widest,
        "latency_ms": _latency(row.latency, target.environment.cpu),
        "size_kb": _exactly(row.size_bytes / 1000),
        **({} if experience is None else experience.figures),
    }
    return judge_criteria(criteria_of(target), figures, groups={"gap_between_groups": whose})


def _exactly(value: float) -> Estimate:
    return Estimate(value, value, value)


def _latency(latency: "Latency | None", cpu: str) -> Estimate:
    """In milliseconds; it decides nothing where it is another CPU's, or the machine was busy."""
    if latency is None:
        return Estimate(None, gap="not measured")
    value = latency.p99_us / 1000
    if cpu != ANY_CPU and cpu.casefold() not in latency.cpu.casefold():
        return Estimate(value, gap=f"measured on {latency.cpu}; the target's CPU is {cpu}")
    if is_disturbed(latency.p50_us, latency.p99_us):
        return Estimate(value, gap=f"in doubt: more than {BUSY} times the median, a busy machine")
    return _exactly(value)


def _cautions(aim: Aim, test: "TestSet") -> Iterator[str]:
    row = test.main
    yield f"Licence of {row.name}: {row.licence or 'it does not say what may be done with it.'}"
    if row.title not in aim.points:
        yield (
            "Operating point: no validation people can play this target's users, so the threshold "
            f"is the one that {row.name} came with ({row.operating_point.rule})."
        )
    else:
        chosen = find_basis(aim.target, aim.validation[row.title])
        kind = ", all of them rendered" if chosen.is_rendered else ""
        whose = plural(len(chosen.people), "validation person", "validation people")
        yield f"Operating point: chosen on {whose} of {chosen.sources}{kind}."
    groups = [group for group in test.populations.groups if tells_people(group.values)]
    tested = sum(group.p is not None for group in groups)
    if tested < len(groups):
        yield f"Groups: {tested} of {len(groups)} could be tested; the others show too few people."


def _search(aim: Aim, row: "Row", sessions: list[SessionBatch], basis: Basis) -> KnobSearch | None:
    validation = aim.validation.get(row.title)
    if validation is None or not sessions:
        return None
    scores = say(sessions, basis.p_closed)
    return search_knobs(aim.target, validation, sessions, scores, row.operating_point)


def cost_of_crops(assessment: Assessment, target: Target, row: "Row") -> CropCosts:
    """What one wrong crop costs: the simulated costs, dealt out to the wrong crops that cause them.

    Args:
        assessment: Of the test set that the row is of.
        target: The product; it says which mistake of a crop causes which of the user's.
        row: The main row.
    """
    if not assessment.experiences:
        return CropCosts()
    kinds = assessment.experiences[0].kinds
    wrong = row.evaluation.confusion
    counts = {"missed_closure": wrong.missed_closures, "false_closure": wrong.false_closures}
    costs = dict.fromkeys(counts, 0.0)
    for kind, cause in target.product.causes.items():
        daily = kinds[kind].value or 0.0
        costs[cause] += target.mistakes[kind].cost * daily
    if not any(costs[cause] for cause, count in counts.items() if count):
        return CropCosts()
    return CropCosts(
        **{cause: costs[cause] / count if count else 0.0 for cause, count in counts.items()},
        source=f"simulated use of {target.name}, {target.currency} per user and day",
    )
