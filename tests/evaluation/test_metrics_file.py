import json
from pathlib import Path
from typing import Any

import pytest

from blink.contract import StorageError
from blink.evaluation.metrics import TITLES
from blink.evaluation.metrics_file import write_metrics
from blink.evaluation.results import Latency, Report
from tests.evaluation.drawn import draw_manifest, make_report, make_test_set


@pytest.fixture
def report(tmp_path: Path) -> Report:
    people = draw_manifest(tmp_path / "people", [1] * 8 + [0] * 8, people=4, glasses=["no", "yes"])
    unknown = draw_manifest(tmp_path / "unknown", [None, None])
    scores = [0.9, 0.8, 0.7, 0.4] * 2 + [0.1, 0.2, 0.3, 0.6] * 2
    return make_report(
        make_test_set(
            people,
            [("vote", "heuristic", [0.9] * 16), ("net", "net", scores)],
            latency=Latency(41.2, 99.5, 2.5, "a CPU"),
        ),
        make_test_set(unknown, [("net", "net", [0.9, 0.2])], parameters=None),
        facts={"Commit": "abc"},
    )


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def written(path: Path, report: Report) -> dict[str, Any]:
    write_metrics(path, report)
    content: dict[str, Any] = json.loads(path.read_text(), parse_constant=refuse)
    return content


def test_write_metrics_keeps_its_schema_when_read_back(tmp_path: Path, report: Report) -> None:
    content = written(tmp_path / "metrics.json", report)
    assert set(content) == {"version", "title", "question", "made", "facts", "tests"}
    assert (content["version"], content["facts"]) == (1, {"Commit": "abc"})
    people, _ = content["tests"]
    assert set(people) == {"name", "protocol", "looks", "data", "rows"}
    assert people["looks"] is None
    assert people["data"] == report.tests[0].manifest.fingerprint
    vote, net = people["rows"]
    assert set(net) == {
        *("name", "kind", "precision", "parameters", "size_bytes", "latency", "is_main"),
        "evaluation",
    }
    assert (vote["is_main"], net["is_main"]) == (False, True)
    assert net["latency"] == {
        "p50_us": 41.2,
        "p99_us": 99.5,
        "ratio_to_empty_graph": 2.5,
        "cpu": "a CPU",
    }


def test_write_metrics_holds_the_numbers_of_the_page(tmp_path: Path, report: Report) -> None:
    net = written(tmp_path / "metrics.json", report)["tests"][0]["rows"][1]
    evaluation = report.tests[0].main.evaluation
    found = net["evaluation"]
    assert set(found) == {
        *("scores", "unlabelled", "operating_point", "draws", "confusion", "slices", "roc"),
        "reliability",
    }
    assert set(found["scores"]["metrics"]) == set(TITLES)
    assert found["scores"]["metrics"]["balanced_accuracy"] == {
        "value": 0.75,
        "low": evaluation.scores["balanced_accuracy"].low,
        "high": evaluation.scores["balanced_accuracy"].high,
        "gap": None,
    }
    assert found["confusion"]["missed_closures"] == 2
    assert [(cut["attribute"], cut["value"], cut["scores"]["n"]) for cut in found["slices"]] == [
        ("glasses", "no", 8),
        ("glasses", "yes", 8),
    ]
    assert found["roc"][-1] == {"false_closed": 1.0, "found_closed": 1.0}


def test_write_metrics_writes_null_and_the_reason_when_there_is_no_number(
    tmp_path: Path, report: Report
) -> None:
    row = written(tmp_path / "metrics.json", report)["tests"][1]["rows"][0]
    assert (row["parameters"], row["latency"], row["evaluation"]["unlabelled"]) == (None, None, 2)
    for estimate in row["evaluation"]["scores"]["metrics"].values():
        assert estimate == {
            "value": None,
            "low": None,
            "high": None,
            "gap": "no labelled crops",
        }


def test_write_metrics_is_the_same_to_the_last_byte_when_written_twice(
    tmp_path: Path, report: Report
) -> None:
    write_metrics(tmp_path / "a.json", report)
    write_metrics(tmp_path / "b.json", report)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_write_metrics_says_so_when_the_folder_cannot_be_made(
    tmp_path: Path, report: Report
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match=r"Could not write .*metrics\.json"):
        write_metrics(tmp_path / "file" / "metrics.json", report)
