from dataclasses import replace
from pathlib import Path

import pytest

from blink.evaluation import records
from blink.evaluation.results import Report
from blink.latency import Latency
from tests.evaluation.assessed import draw_assessment, draw_group, draw_populations, study
from tests.evaluation.drawn import draw_manifest, make_report, make_test_set


@pytest.fixture
def report(tmp_path: Path) -> Report:
    people = draw_manifest(tmp_path / "people", [1] * 8 + [0] * 8, people=4)
    scores = [0.9, 0.8, 0.7, 0.6] * 2 + [0.1, 0.2, 0.3, 0.4] * 2
    rows = [("vote", "heuristic", [0.9] * 16), ("net", "net", scores)]
    latency = Latency(41.26, 1234.4, 2.0, "a CPU")
    one = draw_manifest(tmp_path / "one", [1, 1], people=1)
    judged = study(make_test_set(people, rows, latency=latency), draw_assessment())
    bare = study(make_test_set(one, [("net", "net", [0.9, 0.2])]))
    vars(bare)["mistakes"] = None
    return make_report(judged, bare)


def test_row_records_hold_plain_values_when_a_logger_asks(report: Report) -> None:
    vote, net, single = records.row_records(report)
    assert list(vote) == list(net) == list(single)
    assert (net["test_set"], net["name"], net["precision"], net["is_main"]) == (
        *("Drawn people", "net", "fp32", True),
    )
    assert (vote["n"], vote["people"], vote["size_bytes"], vote["p99_us"]) == (16, 4, 3400, 1234.4)
    assert (vote["balanced_accuracy"], vote["recall_open"]) == (0.5, 0.0)
    assert (single["auc"], single["recall_closed"], single["p50_us"]) == (None, 0.5, None)
    plain = (str, int, float, bool, type(None))
    assert all(isinstance(value, plain) for value in net.values())


def test_group_records_hold_gap_and_reason_when_groups_were_looked_at(report: Report) -> None:
    found = records.group_records(report)
    assert len(found) == 2 * 7
    weak = next(one for one in found if one["title"] == "glasses yes")
    assert (weak["p"], weak["note"], weak["is_rendered"]) == (0.003, None, False)
    assert weak["gap"] == pytest.approx(-0.11)
    assert weak["balanced_accuracy_low"] == pytest.approx(0.79)
    blank = next(one for one in found if one["title"] == "lighting bad")
    assert (blank["gap"], blank["note"]) == (None, "no closed eyes")


def test_group_records_hold_stand_ins_when_a_rendered_test_set_is_there(report: Report) -> None:
    real, rendered = report.tests
    vars(real)["populations"] = replace(draw_populations(), groups=(draw_group({"gaze": "up"}),))
    own = draw_group({"lid_shape": "hooded"}, is_rendered=True)
    vars(rendered)["populations"] = replace(draw_populations(), groups=(own,))
    found = [(one["title"], one["is_rendered"]) for one in records.group_records(report)]
    assert found == [("lid shape hooded", True), ("gaze up", False), ("lid shape hooded", True)]


def test_region_records_hold_the_other_half_when_a_region_was_found(report: Report) -> None:
    (first, _) = records.region_records(report)
    assert first["title"] == "brightness below 61, sensor IDS"
    assert (first["balanced_accuracy"], first["share_of_mistakes"]) == (0.82, 0.31)


def test_kind_records_leave_a_test_set_out_when_nothing_was_noted(report: Report) -> None:
    found = records.kind_records(report)
    assert [one["share_of_cost"] for one in found] == [0.8, 0.2]
    assert found[0]["traits"] == "glasses yes: 81 % here, 24 % among right answers"


def test_criterion_records_hold_verdict_and_limit_when_there_is_a_target(report: Report) -> None:
    week, ratio, gap, _ = records.criterion_records(report)
    assert (week["verdict"], week["met"], week["found_high"]) == ("DO NOT SHIP", False, 1.7)
    assert (ratio["limit"], ratio["is_upper"], ratio["found_high"]) == (200.0, False, None)
    assert (gap["found"], gap["measure"], gap["groups"]) == (None, "gap_between_groups", "")


def test_experience_records_hold_every_figure_when_it_was_played(report: Report) -> None:
    found = records.experience_records(report)
    assert len(found) == 2 * (6 + 2)
    cost = next(one for one in found if one["figure"] == "cost_per_1000_uses")
    assert (cost["row"], cost["value"], cost["value_low"]) == ("net fp32", 12.4, 8.8)
