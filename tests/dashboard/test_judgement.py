import json
from pathlib import Path

import pytest

from blink.dashboard.judgement import VERSION, Estimate, read_judgements
from blink.evaluation import metrics_file
from tests.dashboard.run_folders import Made, metrics


def test_version_is_the_one_that_runs_write_when_compared() -> None:
    assert metrics_file.VERSION == VERSION


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

    first, second = read_judgements(tmp_path)

    assert (first.name, first.accuracy.value) == ("eye-standard", 0.945)
    assert first.accuracy.gap == "too few people: 7, an interval needs at least 10"
    assert second.accuracy.interval == "91.5 to 95.0"
    assert [group.name for group in first.groups][:3] == [
        "glasses: no", "openness: 0.2–0.4 (recall open)", "lighting: good",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "{", '{"version": 1, "tests": []}', '{"version": 2}', "[]"])
def test_judgements_are_none_when_the_file_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "metrics.json").write_text(text)

    assert read_judgements(tmp_path) == ()
