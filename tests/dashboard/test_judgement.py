import json
from dataclasses import replace
from pathlib import Path

import pytest

from blink.dashboard.judgement import Estimate, read_judgements
from blink.evaluation.metrics_file import write_metrics
from blink.latency import Latency
from blink.runs.headline import read_headline
from blink.sweep.objectives import parse_objectives, read_figures
from tests.dashboard.run_folders import Made, metrics
from tests.evaluation.assessed import study
from tests.evaluation.drawn import draw_manifest, make_report, make_test_set


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        (Estimate(value=0.96712, low=0.937, high=0.983), "96.7 (93.7 to 98.3)"),
        (Estimate(value=0.9999, gap="too few people"), "99.9"),
        (Estimate(value=1.0, low=0.98, high=1.0), "100.0 (98.0 to 100.0)"),
        (Estimate(gap="nobody is closed"), "–"),
    ],
)
def test_text_rounds_as_reports_do_when_shown(estimate: Estimate, text: str) -> None:
    assert estimate.text == text


def test_judgements_are_of_the_main_row_when_there_are_others(tmp_path: Path) -> None:
    found = metrics(Made("", model="standard"))
    rows = found["tests"][0]["rows"]
    rows.insert(0, rows[0] | {"name": "vote", "is_main": False})
    groups = found["tests"][0]["populations"]["groups"]
    groups[1] = groups[1] | {"values": {"openness": "0.2–0.4"}, "metric": "recall_open"}
    groups[2] = groups[2] | {"values": {"glasses": "no", "lighting": "bad"}}
    (tmp_path / "metrics.json").write_text(json.dumps(found))

    first, second, _ = read_judgements(tmp_path)

    assert (first.name, first.accuracy.value) == ("eye-standard", 0.945)
    assert first.accuracy.gap == "too few people: 7, an interval needs at least 10"
    assert second.accuracy.interval == "91.5 to 95.0"
    assert [group.name for group in first.groups][:3] == [
        "glasses: no", "openness: 0.2–0.4 (recall open)", "lighting: good",
    ]  # fmt: skip


def test_judgements_are_those_of_all_who_read_when_a_run_has_written_them(tmp_path: Path) -> None:
    people = draw_manifest(tmp_path / "people", [1] * 8 + [0] * 8, people=4)
    scores = [0.9, 0.8, 0.7, 0.4] * 2 + [0.1, 0.2, 0.3, 0.6] * 2
    judged = make_test_set(
        people,
        [("vote", "heuristic", [0.9] * 16), ("net", "net", scores)],
        latency=Latency(41.2, 99.5, 2.5, "a CPU"),
    )
    write_metrics(tmp_path / "metrics.json", make_report(study(replace(judged, role="val"))))
    objectives = parse_objectives(
        [
            {"metric": "val/Drawn people/balanced_accuracy", "direction": "maximize"},
            {"metric": "latency/p50_us", "direction": "minimize"},
            {"metric": "size_bytes", "direction": "minimize"},
            {"metric": "parameters", "direction": "minimize"},
        ]
    )

    (shown,) = read_judgements(tmp_path)
    headline = read_headline(tmp_path)
    found = read_figures([tmp_path], objectives)

    assert (shown.name, shown.accuracy.value, shown.p50_us) == ("net", 0.75, 41.2)
    assert (shown.people, shown.on) == ("val", "Drawn people (validation people)")
    assert headline is not None
    assert (headline.data, headline.people, headline.name, headline.precision) == (
        shown.data, shown.people, shown.name, shown.precision,
    )  # fmt: skip
    assert [one.value for one in found] == [
        shown.accuracy.value, shown.p50_us, shown.size_bytes, shown.parameters,
    ]  # fmt: skip
    assert (headline.value, headline.low, headline.high) == (
        shown.accuracy.value, shown.accuracy.low, shown.accuracy.high,
    )  # fmt: skip
    assert (found[0].low, found[0].high) == (shown.accuracy.low, shown.accuracy.high)


def test_judgements_have_the_mean_that_a_search_is_for_when_data_sets_are_several(
    tmp_path: Path,
) -> None:
    (tmp_path / "metrics.json").write_text(json.dumps(metrics(Made("", people="val"))))
    objectives = parse_objectives(
        [{"metric": "val/mean/balanced_accuracy", "direction": "maximize"}]
    )

    first, second, mean = read_judgements(tmp_path)
    (figure,) = read_figures([tmp_path], objectives)

    assert mean.on == "mean of mrl, cew (validation people)"
    assert (first.is_mean, second.is_mean, mean.is_mean) == (False, False, True)
    assert mean.accuracy.value == pytest.approx(figure.value)
    assert (mean.accuracy.interval, figure.low, mean.groups) == ("", None, ())
    assert (mean.p50_us, mean.size_bytes) == (first.p50_us, first.size_bytes)


def test_judgements_have_no_mean_when_a_data_set_has_no_figure(tmp_path: Path) -> None:
    found = metrics(Made(""))
    scores = found["tests"][1]["rows"][0]["evaluation"]["scores"]
    scores["metrics"]["balanced_accuracy"]["value"] = None
    (tmp_path / "metrics.json").write_text(json.dumps(found))

    assert [one.on for one in read_judgements(tmp_path)] == ["mrl", "cew"]


def test_judgements_leave_a_data_set_out_when_none_of_its_rows_ships(tmp_path: Path) -> None:
    found = metrics(Made(""))
    found["tests"][0]["rows"][0]["is_main"] = False
    (tmp_path / "metrics.json").write_text(json.dumps(found))

    assert [one.on for one in read_judgements(tmp_path)] == ["cew"]


@pytest.mark.parametrize("text", ["", "{", '{"version": 1, "tests": []}', '{"version": 2}', "[]"])
def test_judgements_are_none_when_the_file_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "metrics.json").write_text(text)

    assert read_judgements(tmp_path) == ()


def test_judgements_are_none_when_a_group_is_of_no_shape(tmp_path: Path) -> None:
    found = metrics(Made(""))
    found["tests"][0]["populations"]["groups"][0]["values"] = 5
    (tmp_path / "metrics.json").write_text(json.dumps(found))

    assert read_judgements(tmp_path) == ()
