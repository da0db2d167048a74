import json
from pathlib import Path
from typing import Any

import pytest

from blink.contract import DataError
from blink.evaluation.comparison import read_judged
from blink.evaluation.metrics_file import write_metrics
from blink.runs import METRICS_VERSION
from blink.runtime import Bundle
from tests.evaluation.comparison.planted import Planted, crowd, errors, plant
from tests.evaluation.drawn import draw_manifest, make_report, make_test_set


@pytest.fixture
def run(tmp_path: Path) -> Path:
    table = crowd(2, 4)
    config = "name: a\nseed: 3\nmade_by:\n  command: x\nmodel:\n  width: 8\n"
    facts = {"seed": "3", "config": config}
    return plant(tmp_path / "run", table, [Planted("net", errors(table, 0, 0))], facts=facts)


def spoil(run: Path, **changes: Any) -> None:
    content = json.loads((run / "metrics.json").read_text()) | changes
    (run / "metrics.json").write_text(json.dumps(content))


def test_read_judged_finds_rows_seed_and_configuration_when_a_run_was_judged(run: Path) -> None:
    judged = read_judged(run)

    ((test,),) = [judged.tests]
    assert [row.title for row in test.rows] == ["net int8"]
    assert judged.predictions(test, test.rows[0]).is_file()
    assert judged.seed == "3"
    assert judged.configuration == "model:\n  width: 8\nname: a\n"


def test_read_judged_understands_what_a_report_wrote_when_it_is_of_this_version(
    tmp_path: Path,
) -> None:
    manifest = draw_manifest(tmp_path / "people", [0, 1] * 6)
    scores = [0.2, 0.8] * 6
    rows = [("vote", "heuristic", scores), ("net", "net", scores)]
    report = make_report(make_test_set(manifest, rows))
    write_metrics(tmp_path / "run" / "metrics.json", report)

    (test,) = read_judged(tmp_path / "run").tests

    assert test.data == manifest.fingerprint
    assert [(row.title, row.is_main) for row in test.rows] == [
        ("vote fp32", False),
        ("net fp32", True),
    ]
    scored = report.tests[0].main.evaluation.scores
    assert test.rows[1].evaluation.accuracy == scored["balanced_accuracy"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"version": METRICS_VERSION + 1},
            f"has version {METRICS_VERSION + 1}; this version of Blink",
        ),
        ({"tests": [{"name": "x"}]}, r"is damaged \(tests.0.protocol: Field required\)"),
        ({"facts": {"config": "a: ["}}, "facts.config is no YAML"),
        ({"facts": {"config": "- 1"}}, "facts.config is no mapping"),
    ],
)
def test_read_judged_names_file_and_fault_when_metrics_are_not_as_agreed(
    run: Path, changes: dict[str, Any], said: str
) -> None:
    spoil(run, **changes)

    with pytest.raises(DataError, match=f"metrics.json.*{said}"):
        read_judged(run)


def test_read_judged_names_the_file_when_it_is_no_json(run: Path) -> None:
    (run / "metrics.json").write_text('{"version": NaN')

    with pytest.raises(DataError, match=r"metrics.json is damaged .* Judge the run again"):
        read_judged(run)


def test_read_judged_says_what_is_missing_when_nothing_was_judged(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="stopped before it judged anything"):
        read_judged(tmp_path)
    with pytest.raises(DataError, match="nothing is no folder"):
        read_judged(tmp_path / "nothing")


def test_read_judged_sends_to_evaluate_when_a_bundle_has_no_run(bundle: Bundle) -> None:
    with pytest.raises(DataError, match=r"is a bundle without a run.*`blink evaluate .* --data"):
        read_judged(bundle.folder)


def test_read_judged_takes_a_bundles_rows_alone_when_it_lies_in_its_run(
    tmp_path: Path, bundle: Bundle
) -> None:
    table = crowd(2, 4)
    none = errors(table, 0, 0)
    rows = [Planted("other", none), Planted("drawn", none, precision="fp32", is_main=False)]
    rows.append(Planted("drawn", none, precision="int8", is_main=False))
    run = plant(tmp_path / "run", table, rows)
    (run / "bundles").mkdir()
    (run / "bundles" / "drawn").symlink_to(bundle.folder)

    (test,) = read_judged(run / "bundles" / "drawn").tests

    assert [(row.title, row.is_main) for row in test.rows] == [
        ("drawn fp32", False),
        ("drawn int8", True),
    ]


def test_read_judged_takes_the_rows_of_the_folders_name_when_namesakes_were_told_apart(
    tmp_path: Path, bundle: Bundle
) -> None:
    table = crowd(2, 4)
    names = ("drawn@monday", "drawn@tuesday")
    run = plant(tmp_path / "run", table, [Planted(name, errors(table, 0, 0)) for name in names])
    (run / "bundles").mkdir()
    (run / "bundles" / "drawn@tuesday").symlink_to(bundle.folder)

    (test,) = read_judged(run / "bundles" / "drawn@tuesday").tests

    assert [row.title for row in test.rows] == ["drawn@tuesday int8"]


def test_read_judged_takes_the_rows_of_the_bundles_name_when_its_folder_was_renamed(
    tmp_path: Path, bundle: Bundle
) -> None:
    table = crowd(2, 4)
    run = plant(tmp_path / "run", table, [Planted("drawn", errors(table, 0, 0))])
    (run / "bundles").mkdir()
    (run / "bundles" / "renamed").symlink_to(bundle.folder)

    (test,) = read_judged(run / "bundles" / "renamed").tests

    assert [row.title for row in test.rows] == ["drawn int8"]
