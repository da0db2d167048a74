import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from blink.contract import DataError
from blink.evaluation.metrics_file import write_metrics, write_schema
from blink.evaluation.results import Report
from blink.evaluation.statistics import TITLES
from blink.latency import Latency
from tests.evaluation.assessed import draw_assessment, draw_group, draw_populations, study
from tests.evaluation.drawn import draw_manifest, make_report, make_test_set

SCHEMA = Path(__file__).parents[2] / "docs" / "metrics.schema.json"


@pytest.fixture
def report(tmp_path: Path) -> Report:
    people = draw_manifest(tmp_path / "people", [1] * 8 + [0] * 8, people=4, glasses=["no", "yes"])
    unknown = draw_manifest(tmp_path / "unknown", [None, None])
    scores = [0.9, 0.8, 0.7, 0.4] * 2 + [0.1, 0.2, 0.3, 0.6] * 2
    judged = make_test_set(
        people,
        [("vote", "heuristic", [0.9] * 16), ("net", "net", scores)],
        latency=Latency(41.2, 99.5, 2.5, "a CPU"),
    )
    bare = study(make_test_set(unknown, [("net", "net", [0.9, 0.2])], parameters=None))
    vars(bare)["mistakes"] = None
    return make_report(study(judged, draw_assessment()), bare, facts={"Commit": "abc"})


def test_write_metrics_marks_stand_ins_when_a_rendered_test_set_is_there(
    tmp_path: Path, report: Report
) -> None:
    real, rendered = report.tests
    own = draw_group({"skin_tone": "6"}, 0.84, is_rendered=True, p=0.01)
    real_groups = (draw_group({"glasses": "no"}), draw_group({"glasses": "yes"}))
    vars(real)["populations"] = replace(draw_populations(), groups=real_groups)
    vars(rendered)["populations"] = replace(draw_populations(), groups=(own,))
    first, second = written(tmp_path / "metrics.json", report)["tests"]
    found = [(one["values"], one["is_rendered"]) for one in first["populations"]["groups"]]
    assert found == [
        ({"glasses": "no"}, False),
        ({"glasses": "yes"}, False),
        ({"skin_tone": "6"}, True),
    ]
    assert [one["values"] for one in second["populations"]["groups"]] == [{"skin_tone": "6"}]


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def written(path: Path, report: Report) -> dict[str, Any]:
    write_metrics(path, report)
    content: dict[str, Any] = json.loads(path.read_text(), parse_constant=refuse)
    return content


def test_write_metrics_keeps_its_schema_when_read_back(tmp_path: Path, report: Report) -> None:
    content = written(tmp_path / "metrics.json", report)
    assert set(content) == {"version", "title", "question", "made", "facts", "tests"}
    assert (content["version"], content["facts"]) == (2, {"Commit": "abc"})
    people, unknown = content["tests"]
    assert set(people) == {
        *("name", "protocol", "looks", "data", "rows"),
        *("populations", "mistakes", "assessment", "role"),
    }
    assert people["role"] == "test"
    assert people["assessment"]["decision"]["verdict"] == "DO NOT SHIP"
    assert people["mistakes"]["kinds"][0]["share_of_cost"] == 0.8
    assert people["populations"]["groups"][1]["values"] == {"glasses": "yes"}
    assert (unknown["assessment"], unknown["mistakes"]) == (None, None)
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
        *("scores", "unlabelled", "operating_point", "draws", "confusion", "roc"),
        *("reliability", "openness"),
    }
    assert found["openness"] is None
    assert set(found["scores"]["metrics"]) == set(TITLES)
    assert found["scores"]["metrics"]["balanced_accuracy"] == {
        "value": 0.75,
        "low": None,
        "high": None,
        "gap": evaluation.scores["balanced_accuracy"].gap,
    }
    assert found["confusion"]["missed_closures"] == 2
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


def test_schema_holds_for_what_is_written_when_it_is_the_one_in_docs(
    tmp_path: Path, report: Report
) -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    content = written(tmp_path / "metrics.json", report)
    jsonschema.validate(content, schema)
    del content["tests"][0]["rows"][1]["evaluation"]["scores"]
    with pytest.raises(jsonschema.ValidationError, match="'scores' is a required property"):
        jsonschema.validate(content, schema)


def test_schema_in_docs_is_up_to_date_when_it_is_written_again(tmp_path: Path) -> None:
    write_schema(tmp_path / "schema.json")
    assert (tmp_path / "schema.json").read_text("utf-8") == SCHEMA.read_text("utf-8"), (
        "the results have changed: call write_schema(Path('docs/metrics.schema.json')), and count "
        "METRICS_VERSION up if a reader of the old file would stumble"
    )


def test_write_metrics_refuses_when_a_number_is_none(tmp_path: Path, report: Report) -> None:
    (point, *_) = draw_assessment().by_accuracy
    broken = draw_assessment(by_accuracy=(replace(point, balanced_accuracy=math.nan),))
    study(report.tests[0], broken)
    where = r"tests\[0\]\.assessment\.by_accuracy\[0\]\.balanced_accuracy is nan"
    with pytest.raises(DataError, match=rf"metrics\.json: {where}, which is no number"):
        write_metrics(tmp_path / "metrics.json", report)
    assert not (tmp_path / "metrics.json").exists()


def test_write_metrics_is_the_same_to_the_last_byte_when_written_twice(
    tmp_path: Path, report: Report
) -> None:
    write_metrics(tmp_path / "a.json", report)
    write_metrics(tmp_path / "b.json", report)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
