from pathlib import Path

import numpy as np

from blink.data.manifest import Manifest
from blink.data.split import Split
from blink.evaluation import find_held_out, judge, line_up, metrics_of, read_predictions
from blink.evaluation.results import Latency
from blink.runtime import Bundle, Detector


def test_find_held_out_names_test_people_when_others_of_them_were_trained_on(
    rendered: tuple[Manifest, Split],
) -> None:
    manifest, split = rendered
    (found,) = find_held_out(rendered, trained_on=True)
    people = set(manifest.table["subject"].iloc[found.rows])
    assert people == set(split.table.loc[split.table["role"] == "test", "subject"])
    assert found.name == "rendered"
    assert found.protocol == f"subject-disjoint: {len(people)} of 30 people were never trained on"
    assert not found.is_transfer


def test_find_held_out_says_so_when_nothing_of_the_data_set_was_trained_on(
    rendered: tuple[Manifest, Split],
) -> None:
    (found,) = find_held_out(rendered, trained_on=False)
    assert found.is_transfer
    assert found.protocol.startswith("cross-dataset")


def test_judge_lines_up_what_the_runtime_says_when_bundles_are_run(
    rendered: tuple[Manifest, Split], bundle: Bundle, tmp_path: Path
) -> None:
    (held_out,) = find_held_out(rendered, trained_on=True)
    latency = Latency(10.0, 20.0, 2.0, "a CPU")
    test = judge(held_out, line_up([bundle]), {("drawn", "fp32"): latency}, tmp_path)
    assert [(row.precision, row.is_main, row.latency) for row in test.rows] == [
        ("int8", True, None),
        ("fp32", False, latency),
    ]
    crops = list(held_out.manifest.crops(held_out.rows))
    kept = read_predictions(tmp_path / "drawn-int8-on-rendered.parquet")
    assert np.array_equal(kept["p_closed"], Detector(bundle).predict(crops))
    assert test.rows[1].size_bytes == bundle.path("fp32").stat().st_size
    metrics = metrics_of(bundle, [test])["rendered"]
    assert metrics["auc"] == test.main.evaluation.scores["auc"].to_dict()
    assert metrics["protocol"] == held_out.protocol
