from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from blink.contract import OperatingPoint
from blink.data.manifest import Manifest
from blink.evaluation.experience.aim import Aim
from blink.evaluation.experience.assess import assess, cost_of_crops
from blink.evaluation.experience.operating_point import rule
from blink.evaluation.experience.results import Verdict
from blink.evaluation.results import Row, TestSet
from blink.evaluation.statistics import Estimate
from blink.latency import Latency
from blink.target import Target
from tests.evaluation.drawn import draw_manifest
from tests.evaluation.experience.usage import Glance, filmed, target

WISHES = [
    {"words": "a miss a day", "measure": "mistakes_per_user_and_day", "at_most": 20},
    {"words": "mostly right", "measure": "balanced_accuracy", "at_least": 0.8},
]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return draw_manifest(tmp_path_factory.mktemp("drawn") / "set", [0, 1])


def row(table: pd.DataFrame, kind: str = "net", **changes: Any) -> Row:
    settings: dict[str, Any] = {
        "name": kind,
        "kind": kind,
        "precision": "fp32",
        "parameters": 10,
        "size_bytes": 20_000,
        "latency": Latency(90.0, 800.0, 3.0, "a CPU"),
        "operating_point": OperatingPoint(0.5, rule(target())),
        "table": table,
        "is_main": kind == "net",
    }
    return Row(**(settings | changes))


def people(wrong: float, count: int = 40, unlucky: int = 4) -> pd.DataFrame:
    """Everybody is right, but for some unlucky people, of whose frames so many are wrong."""
    return filmed(count, dict.fromkeys(range(unlucky), wrong))


def judged(
    manifest: Manifest, rows: Sequence[Row], aimed: Target | None = None, **changes: Any
) -> TestSet:
    wanted = aimed or target(criteria=WISHES)
    points = {one.title: one.operating_point for one in rows}
    aim = Aim(wanted, {one.title: one.table for one in rows}, points)
    return TestSet("drawn", "subject-disjoint", manifest, rows, aim=aim, **changes)


@pytest.mark.parametrize(
    ("net", "heuristic", "verdict"),
    [
        (people(0.1), people(1.0, unlucky=30), "SHIP"),
        (people(1.0, unlucky=30), people(1.0, unlucky=30), "DO NOT SHIP"),
        (
            people(0.1, count=3, unlucky=1),
            people(1.0, count=3, unlucky=3),
            "NOT ENOUGH DATA TO SAY",
        ),
        (people(0.1), people(0.1), "THE HEURISTIC SUFFICES"),
        (people(0.1).assign(dataset="clips"), None, "NOT ENOUGH DATA TO SAY"),
    ],
)
def test_assess_comes_out_each_way_when_the_tables_are_planted(
    manifest: Manifest, net: pd.DataFrame, heuristic: pd.DataFrame | None, verdict: Verdict
) -> None:
    rows = [row(net)] + ([] if heuristic is None else [row(heuristic, "heuristic")])
    test = judged(manifest, rows)

    assert test.assessment is not None
    assert test.assessment.decision.verdict == verdict


def test_assess_tells_what_people_feel_when_one_of_twenty_is_always_missed(
    manifest: Manifest,
) -> None:
    """Ten frames of each state a glance, ten glances a day: the unlucky one sees 100 misses."""
    test = judged(manifest, [row(people(1.0, unlucky=2))])

    found = assess(test.aim or pytest.fail("no aim"), test)
    (felt,) = found.experiences

    assert felt.figures["mistakes_per_user_and_day"].value == pytest.approx(5)
    assert felt.figures["mistakes_per_user_and_week"].value == pytest.approx(35)
    assert felt.figures["mistakes_per_day_of_unluckiest"].value == pytest.approx(100)
    assert felt.figures["cost_per_1000_uses"].value == pytest.approx(1000 * 40 / 20)
    assert felt.figures["good_per_bad"].value == pytest.approx(38 / 2)
    assert [user.subject for user in felt.users[: felt.unluckiest]] == ["drawn/s000", "drawn/s001"]
    assert felt.kinds["missed"].value == felt.kinds["false"].value == pytest.approx(5)
    assert {one.threshold for one in found.by_threshold} > {0.5}


def test_assess_cannot_say_how_quick_when_nobody_succeeds(manifest: Manifest) -> None:
    quick = [{"words": "quick", "measure": "seconds_to_success", "at_most": 3}]
    test = judged(manifest, [row(people(1.0, unlucky=40))], target(criteria=quick))
    assert test.assessment is not None

    finding = test.assessment.decision.findings[0]

    assert (finding.met, finding.found) == (None, Estimate(None, gap="nobody got there"))


@pytest.mark.parametrize(
    ("main", "others", "verdict"),
    [
        (row(people(1.0, unlucky=30)), {"cheap": (0.1, 900_000)}, "DO NOT SHIP"),
        (
            row(people(1.0, unlucky=30)),
            {"cheap": (0.1, 900_000), "dear": (0.3, 20_000), "fair": (0.2, 20_000)},
            "THE HEURISTIC SUFFICES",
        ),
        (row(people(0.2), "heuristic", is_main=True), {"fair": (0.2, 20_000)}, "SHIP"),
        (
            row(people(0.3), "heuristic", is_main=True),
            {"dear": (0.3, 20_000), "fair": (0.2, 20_000)},
            "THE HEURISTIC SUFFICES",
        ),
    ],
)
def test_assess_asks_every_heuristic_when_the_cheapest_meets_not_all(
    manifest: Manifest, main: Row, others: dict[str, tuple[float, int]], verdict: Verdict
) -> None:
    rows = [
        row(people(wrong), "heuristic", name=name, size_bytes=size)
        for name, (wrong, size) in others.items()
    ]
    test = judged(manifest, [*rows, main])
    assert test.assessment is not None

    decision = test.assessment.decision

    assert decision.verdict == verdict
    if verdict == "THE HEURISTIC SUFFICES":
        assert decision.because.startswith("fair fp32 meets every criterion")
        assert test.assessment.experiences[1].row == "fair fp32"


def test_assess_shows_less_cost_when_the_intelligence_is_better(manifest: Manifest) -> None:
    test = judged(manifest, [row(people(0.3))])
    assert test.assessment is not None

    curve = test.assessment.by_accuracy

    accuracy = [point.balanced_accuracy for point in curve]
    costs = [point.cost_per_1000_uses for point in curve]
    assert accuracy == sorted(accuracy)
    assert costs == sorted(costs, reverse=True)
    assert accuracy[-1] == 1.0
    assert costs[-1] == 0.0
    assert next(point for point in curve if point.step == 0).cost_per_1000_uses > 0


def test_assess_finds_the_knob_when_it_solves_a_part(manifest: Manifest) -> None:
    """Patience forgives false closures, a cost of 1 each; misses cost 3 each, and stay."""
    aimed = target(criteria=WISHES, knobs={"patience": (0, 10)})
    test = judged(manifest, [row(people(0.5, unlucky=40))], aimed)
    assert test.assessment is not None

    search = test.assessment.knobs

    assert search is not None
    assert (search.tried, search.best) == (2, {"patience": 10})
    assert search.perfect_cost == 0
    assert search.solved == pytest.approx(1.0), "a patient product may call every eye closed"


def test_assess_leaves_a_gap_when_pictures_are_single_ones(manifest: Manifest) -> None:
    single = people(0.1).assign(frame=pd.array([None] * (40 * 80), "Int32"))
    test = judged(manifest, [row(single)])

    found = test.assessment

    assert found is not None
    assert found.gap is not None
    assert "single ones" in found.gap
    assert not any([found.experiences, found.by_threshold, found.by_accuracy, found.knobs])
    assert found.decision.verdict == "NOT ENOUGH DATA TO SAY"
    assert found.decision.findings[1].met, "what needs no simulation is judged all the same"


def test_assess_plays_single_pictures_when_the_product_takes_such(manifest: Manifest) -> None:
    stills = target(criteria=WISHES).model_dump() | {"product": Glance(in_time=False)}
    stills["environment"]["input"] = {"kind": "image"}
    single = people(0.1).assign(frame=pd.array([None] * (40 * 80), "Int32"))
    test = judged(manifest, [row(single)], Target(**stills))
    assert test.assessment is not None

    assert test.assessment.gap is None
    assert test.assessment.decision.verdict == "SHIP"


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"spectrum": "rgb"}, "Spectrum: the target's camera is ir; drawn is rgb."),
        ({"spectrum": None}, "that of drawn is not known"),
        ({"dataset": "clips"}, "rendered people, who do not exist"),
    ],
)
def test_assess_warns_when_the_data_do_not_match_the_target(
    manifest: Manifest, changes: dict[str, Any], warning: str
) -> None:
    test = judged(manifest, [row(people(0.1).assign(**changes))])
    assert test.assessment is not None

    assert any(warning in said for said in test.assessment.warnings)


def test_assess_warns_when_eyes_are_smaller_than_at_the_targets_distance(
    manifest: Manifest,
) -> None:
    table = people(0.1)
    pictures = pd.DataFrame({"id": table["id"], "width": 12})
    test = judged(manifest, [row(table)], pictures=pictures)
    assert test.aim is not None

    warnings = assess(test.aim, test).warnings

    assert any(
        "Distance: the target's eyes are 20 to 200 pixels wide; 100.0 %" in w for w in warnings
    )


def test_assess_warns_of_another_threshold_when_nobody_validated(manifest: Manifest) -> None:
    test = TestSet(
        "drawn", "p", manifest, [row(people(0.1))], aim=Aim(target(criteria=WISHES), {}, {})
    )
    assert test.assessment is not None

    licence, threshold, *_ = test.assessment.cautions
    assert licence == "Licence of net: it does not say what may be done with it."
    assert "the threshold is the one that net came with" in threshold
    assert test.assessment.warnings == ()
    assert test.assessment.knobs is None


def test_cost_of_crops_deals_out_the_cost_when_directions_differ(manifest: Manifest) -> None:
    """Five misses and five false closures a day at 3 and 1, caused by 80 wrong crops each."""
    test = judged(manifest, [row(people(1.0, unlucky=2))])
    assert test.assessment is not None
    assert test.aim is not None

    costs = cost_of_crops(test.assessment, test.aim.target, test.main)

    assert costs.missed_closure == pytest.approx(3 * 5 / 80)
    assert costs.false_closure == pytest.approx(1 * 5 / 80)
    assert "simulated use of glance" in costs.source


@pytest.mark.parametrize(
    ("latency", "cpu", "met", "why"),
    [
        (Latency(90.0, 800.0, 3.0, "A CPU at 3 GHz"), "a cpu", True, None),
        (Latency(90.0, 6000.0, 3.0, "A CPU at 3 GHz"), "a cpu", None, "in doubt"),
        (Latency(900.0, 6000.0, 3.0, "A CPU at 3 GHz"), "a cpu", False, None),
        (
            Latency(90.0, 800.0, 3.0, "A CPU at 3 GHz"),
            "a phone",
            None,
            "the target's CPU is a phone",
        ),
        (None, "a phone", None, "not measured"),
    ],
)
def test_assess_lets_latency_decide_when_it_is_the_targets_own(
    manifest: Manifest, latency: Latency | None, cpu: str, met: bool | None, why: str | None
) -> None:
    environment = target().environment
    aimed = target(criteria=WISHES, environment=environment.model_copy(update={"cpu": cpu}))
    test = judged(manifest, [row(people(0.1), latency=latency)], aimed)
    assert test.assessment is not None

    finding = test.assessment.decision.findings[-2]

    assert finding.measure == "latency_ms"
    assert finding.met is met
    gap = finding.found.gap
    assert gap is None if why is None else why in (gap or "")


def test_assess_names_the_people_who_validated_when_they_chose_the_threshold(
    manifest: Manifest,
) -> None:
    test = judged(manifest, [row(people(0.1).assign(dataset="clips"))])
    assert test.assessment is not None

    chosen = "Operating point: chosen on 40 validation people of clips, all of them rendered."
    assert chosen in test.assessment.cautions
