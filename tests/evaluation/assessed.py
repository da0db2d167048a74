"""Drawn results of the rooms that study a test set, for the tests of what shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from blink.contract import OperatingPoint
from blink.evaluation.experience.results import (
    AccuracyPoint,
    Assessment,
    Decision,
    Experience,
    JudgedCriterion,
    KnobSearch,
    ThresholdPoint,
    UserExperience,
    Verdict,
)
from blink.evaluation.mistakes.results import CropCosts, Kind, MistakeStudy
from blink.evaluation.populations.results import Group, Populations, Region
from blink.evaluation.results import TestSet
from blink.evaluation.scores import Scores
from blink.evaluation.statistics import TITLES, Estimate

WORDS = {
    "retry": "the log-in takes another try",
    "wrong_match": "a closed eye is matched, and the log-in fails",
}


def draw_scores(accuracy: float | None, n: int = 400, people: int = 12) -> Scores:
    if accuracy is None:
        blank = Estimate(None, gap="no closed eyes")
        return Scores(n, 0, people, 0, dict.fromkeys(TITLES, blank))
    estimate = Estimate(accuracy, max(accuracy - 0.05, 0), min(accuracy + 0.03, 1))
    return Scores(n, n // 2, people, 0, dict.fromkeys(TITLES, estimate))


def draw_group(values: Mapping[str, str], accuracy: float | None = 0.9, **changes: Any) -> Group:
    gap = Estimate(None, gap="no closed eyes")
    if accuracy is not None:
        gap = Estimate(accuracy - 0.95, accuracy - 0.98, accuracy - 0.9)
    plain: dict[str, Any] = {
        "values": dict(values),
        "scores": draw_scores(accuracy),
        "metric": "balanced_accuracy",
        "gap": gap,
        "p": 0.4,
        "is_rendered": False,
        "note": None,
    }
    return Group(**plain | changes)


def draw_populations(ids: Sequence[str] = ()) -> Populations:
    weak = draw_group({"glasses": "yes"}, 0.84, p=0.003)
    few = draw_group({"gender": "woman"}, 0.9, p=None, note="too few people to say: 3, at least 8")
    pair = draw_group({"glasses": "yes", "lighting": "bad"}, 0.8, p=0.02)
    groups = (
        draw_group({"glasses": "no"}, 0.96, p=1.0),
        weak,
        few,
        draw_group({"gender": "man"}, 0.93, p=None, note="no rest to compare with"),
        draw_group({"skin_tone": "6"}, 0.91, is_rendered=True),
        draw_group({"lighting": "bad"}, None, p=None, note="no closed eyes"),
        pair,
    )
    region = Region(
        conditions=("brightness below 61", "sensor IDS"),
        found=draw_scores(0.71),
        confirmed=draw_scores(0.82),
        gap=Estimate(-0.12, -0.2, -0.05),
        metric="balanced_accuracy",
        p=0.01,
        share_of_mistakes=0.31,
        ids=tuple(ids[:3]),
    )
    return Populations(
        groups,
        (region,),
        search="Of 40 regions, one was weak on both halves of the people.",
        looks=4,
        weakest=weak,
    )


def draw_study(ids: Sequence[str]) -> MistakeStudy:
    kinds = (
        Kind(
            title="dark, blurred crops of closed eyes, glasses",
            direction="missed_closure",
            n=7,
            people=4,
            share_of_mistakes=0.7,
            share_of_cost=0.8,
            traits=("glasses yes: 81 % here, 24 % among right answers",),
            suggests="more data",
            advice="Collect more closed eyes behind glasses in bad light.",
            ids=tuple(ids[:4]),
        ),
        Kind(
            title="small crops of open eyes",
            direction="false_closure",
            n=3,
            people=2,
            share_of_mistakes=0.3,
            share_of_cost=0.2,
            traits=(),
            suggests="unusable crop",
            advice="Refuse crops below 20 pixels.",
            ids=tuple(ids[4:6]),
        ),
    )
    return MistakeStudy(
        costs=CropCosts(2.0, 1.0, "simulated use of iris_login"),
        mistakes=11,
        cost=17.0,
        kinds=kinds,
        label_faults=tuple(ids[6:7]),
        how_suspected="A witness that never saw these people calls them otherwise.",
        worst=tuple(ids[:3]),
    )


def draw_experience(row: str, people: int = 28, worse: float = 1.0) -> Experience:
    daily = np.sort(np.random.default_rng(3).exponential(0.2 * worse, people))[::-1]
    daily[-people // 3 :] = 0
    mean = float(daily.mean())
    return Experience(
        row=row,
        operating_point=OperatingPoint(0.42, "least expected cost for iris_login"),
        knobs={"open_frames": 3.0},
        sessions=200,
        figures={
            "mistakes_per_user_and_day": Estimate(mean, 0.7 * mean, 1.5 * mean),
            "mistakes_per_user_and_week": Estimate(7 * mean, 4.9 * mean, 10.5 * mean),
            "mistakes_per_day_of_unluckiest": Estimate(float(daily[0]), 0.5, 1.9),
            "good_per_bad": Estimate(312.0 / worse, 180.0 / worse, None),
            "cost_per_1000_uses": Estimate(12.4 * worse, 8.8 * worse, 17.1 * worse),
            "seconds_to_success": Estimate(0.41, 0.38, 0.47),
        },
        kinds={"retry": Estimate(0.8 * mean, 0.5 * mean, mean), "wrong_match": Estimate(0.0004)},
        users=tuple(
            UserExperience(f"s{number:04}", float(one), float(60 * one))
            for number, one in enumerate(daily)
        ),
        unluckiest=2,
    )


def _find(
    words: str, met: bool | None, found: Estimate, measure: str = "mistakes_per_user_and_week"
) -> JudgedCriterion:
    return JudgedCriterion(words, measure, found, 1.0, is_upper=True, met=met)


def draw_decision(verdict: Verdict = "DO NOT SHIP") -> Decision:
    met = {"SHIP": True, "DO NOT SHIP": False, "THE HEURISTIC SUFFICES": True}.get(verdict)
    few = Estimate(None, gap="too few people in every group")
    unsure = None if verdict == "NOT ENOUGH DATA TO SAY" else True
    findings = (
        _find("at most one visible mistake per user and week", met, Estimate(1.31, 1.1, 1.7)),
        JudgedCriterion(
            words="at least 200 good log-ins per bad one",
            measure="good_per_bad",
            found=Estimate(312.0, 210.0),
            limit=200.0,
            is_upper=False,
            met=True,
        ),
        _find("no group more than 2 points worse", unsure, few, "gap_between_groups"),
        _find("at most 80 kB", True, Estimate(43.2, 43.2, 43.2), "size_kb"),
    )
    return Decision(verdict, f"Because it was drawn to say {verdict}.", findings)


def draw_assessment(verdict: Verdict = "DO NOT SHIP", **changes: Any) -> Assessment:
    thresholds = [round(float(p), 3) for p in np.linspace(0.01, 0.99, 33)]
    plain: dict[str, Any] = {
        "target": "iris_login",
        "summary": "waits for open eyes before it matches an iris",
        "unit": "log-in",
        "uses_per_day": 12.0,
        "currency": "€",
        "words": WORDS,
        "basis": "Every session walks through one recording of one of 28 held-out people.",
        "warnings": ("Spectrum: the target's camera is ir; drawn is rgb.",),
        "cautions": ("Latency was measured on a fast CPU; the target's CPU is a slow one.",),
        "gap": None,
        "experiences": (draw_experience("net fp32"), draw_experience("vote fp32", worse=2.5)),
        "decision": draw_decision(verdict),
        "by_threshold": tuple(
            ThresholdPoint(
                p,
                10 + 200 * (p - 0.45) ** 2,
                0.2 + (p - 0.45) ** 2,
                {"retry": 0.1 + p**2, "wrong_match": 0.1 + (1 - p) ** 4},
            )
            for p in thresholds
        ),
        "by_accuracy": tuple(
            AccuracyPoint(step, 0.94 + step / 80, 12.4 - 2.5 * step, 0.2 - step / 40)
            for step in (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 4.0)
        ),
        "knobs": KnobSearch(
            tried=24,
            best={"open_frames": 5.0, "time_out_s": 4.0},
            operating_point=OperatingPoint(0.61, "least expected cost for iris_login"),
            cost=12.4,
            best_cost=8.2,
            perfect_cost=1.1,
            solved=0.372,
        ),
    }
    return Assessment(**plain | changes)


def study(
    test: TestSet,
    assessment: Assessment | None = None,
    populations: Populations | None = None,
    mistakes: MistakeStudy | None = None,
) -> TestSet:
    """The test set with results of the studies drawn instead of computed."""
    ids = list(test.main.table["id"])
    vars(test).update(
        assessment=assessment,
        populations=populations or draw_populations(ids),
        mistakes=mistakes or draw_study(ids),
    )
    return test
