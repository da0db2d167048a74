from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from blink.contract import ConfigError, Crop, Probabilities
from blink.data.manifest import Manifest
from blink.data.split import DataSetOut, Hashed, LeakyRows, SensorOut, Split, SplitByPerson
from blink.data.split.ledger import Ledger, Visitor
from blink.evaluation import (
    find_held_out,
    judge,
    judging,
    load_models,
    metrics_of,
    read_predictions,
)
from blink.evaluation.pictures import read_pictures
from blink.latency import Latency
from blink.latency.slot import VARIABLE
from blink.runtime import Bundle, Detector
from tests.data.split.sketching import blanks, write
from tests.slots import can_measure

VISITOR = Visitor("2026-11-24T13:05:00+00:00", "13-05-00-drawn-ab12", "drawn", "train", "abc")


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


def test_find_held_out_leaves_test_people_alone_when_validation_people_are_judged(
    rendered: tuple[Manifest, Split], bundle: Bundle, tmp_path: Path
) -> None:
    manifest, split = rendered
    counted = replace(split, ledgers={"rendered": Ledger(tmp_path / "looks.jsonl", "people")})
    (found,) = find_held_out((manifest, counted), trained_on=True, role="val")
    people = set(manifest.table["subject"].iloc[found.rows])
    assert people == set(split.table.loc[split.table["role"] == "val", "subject"])
    assert found.protocol.startswith(f"validation: {len(people)} of 30 people")
    test = judge(found, load_models([bundle]), {}, tmp_path, VISITOR)
    assert (test.role, test.looks) == ("val", None)
    assert not (tmp_path / "looks.jsonl").exists()


def test_find_held_out_refuses_when_there_is_no_such_role(
    rendered: tuple[Manifest, Split],
) -> None:
    with pytest.raises(ConfigError, match="judged is 'train'; it must be one of test, val"):
        find_held_out(rendered, trained_on=True, role="train")


def test_judge_lines_up_what_the_runtime_says_when_bundles_are_run(
    rendered: tuple[Manifest, Split], bundle: Bundle, tmp_path: Path
) -> None:
    (held_out,) = find_held_out(rendered, trained_on=True)
    latency = Latency(10.0, 20.0, 2.0, "a CPU")
    latencies = {(bundle.folder, "fp32"): latency}
    test = judge(held_out, load_models([bundle]), latencies, tmp_path, VISITOR)
    assert [(row.precision, row.is_main, row.latency) for row in test.rows] == [
        ("int8", True, None),
        ("fp32", False, latency),
    ]
    crops = list(held_out.manifest.crops(held_out.rows))
    kept = read_predictions(tmp_path / "predictions" / "drawn-int8-on-rendered.parquet")
    assert np.array_equal(kept["p_closed"], Detector(bundle).predict(crops))
    pictures = read_pictures(tmp_path / "pictures" / "rendered.parquet")
    assert pictures["id"].tolist() == kept["id"].tolist()
    assert pictures["width"].tolist() == [crop.shape[1] for crop in crops]
    assert test.pictures is not None
    assert test.pictures.equals(pictures)
    assert test.rows[1].size_bytes == bundle.path("fp32").stat().st_size
    metrics = metrics_of(bundle, [test])["rendered"]
    assert metrics["auc"] == test.main.evaluation.scores["auc"].to_dict()
    assert metrics["protocol"] == held_out.protocol


def test_judge_holds_the_slot_when_it_works_out_what_pictures_are_like(
    rendered: tuple[Manifest, Split],
    bundle: Bundle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slot, others_can_measure = tmp_path / "slot", []
    monkeypatch.setenv(VARIABLE, str(slot))
    monkeypatch.setattr(
        judging, "write_pictures", lambda *_: others_can_measure.append(can_measure(slot))
    )
    (held_out,) = find_held_out(rendered, trained_on=True)
    judge(replace(held_out, rows=held_out.rows[:6]), load_models([bundle]), {}, tmp_path, VISITOR)
    assert others_can_measure == [False]
    assert can_measure(slot)


class Stuck:
    """Has learnt to call every eye closed."""

    def predict(self, crops: Sequence[Crop]) -> Probabilities:
        return np.ones(len(crops), np.float32)


def test_judge_warns_when_a_net_has_learnt_nothing(
    rendered: tuple[Manifest, Split],
    bundle: Bundle,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (held_out,) = find_held_out(rendered, trained_on=True)
    model = replace(load_models([bundle])[0], intelligence=Stuck())
    judge(held_out, [model], {}, tmp_path, VISITOR)
    assert "drawn int8 on rendered: It calls every eye closed: it may have" in caplog.text


def test_judge_counts_a_look_once_when_a_run_is_resumed_and_judged_again(
    rendered: tuple[Manifest, Split], bundle: Bundle, tmp_path: Path
) -> None:
    manifest, split = rendered
    ledger = Ledger(tmp_path / "looks.jsonl", "rendered")
    (held_out,) = find_held_out(
        (manifest, replace(split, ledgers={"rendered": ledger})), trained_on=True
    )
    held_out = replace(held_out, rows=held_out.rows[:6])
    detectors = load_models([bundle])

    def looked(run: str) -> str:
        visitor = replace(VISITOR, run=run)
        test = judge(held_out, detectors, {}, tmp_path, visitor)
        assert metrics_of(bundle, [test])["rendered"]["protocol"] == test.statement
        return test.statement

    assert looked("one").endswith("This test set has been looked at once.")
    assert looked("one").endswith("looked at once.")
    assert looked("two").endswith("looked at twice.")
    first, second = ledger.looks()
    assert (first.run, second.run, first.test_set) == ("one", "two", "rendered")
    assert list(first.bundles) == ["drawn"]
    assert first.split == split.fingerprint


def test_find_held_out_says_leaky_when_crops_were_shuffled() -> None:
    people = {f"p{number}": [0, 1, 0, 1] for number in range(9)}
    manifest = write(blanks("drawn", people))
    leaky = LeakyRows({"drawn": Hashed(3)}, folds=2).make(manifest)
    (found,) = find_held_out((manifest, leaky), trained_on=True)
    assert found.name == "drawn-leaky"
    assert found.protocol.startswith("LEAKY on purpose")
    assert not found.is_transfer


def test_find_held_out_says_so_when_people_unknown_were_trained_on() -> None:
    people = {f"p{number}": [0, 1] for number in range(9)} | {None: [0, 1, 1]}
    manifest = write(blanks("drawn", people))
    split = SplitByPerson({"drawn": Hashed(3)}, folds=2).make(manifest)
    (found,) = find_held_out((manifest, split), trained_on=True)
    assert "of 9 people were never trained on; crops of people unknown were" in found.protocol
    assert manifest.table["subject"].iloc[found.rows].notna().all()


def test_find_held_out_names_what_was_left_out_when_it_is_a_data_set_or_a_sensor() -> None:
    people = {f"p{number}": [0, 1] for number in range(6)}
    manifest = write(
        [*blanks("a", people, sensor="old"), *blanks("b", {"x": [0, 1]}, sensor="new")]
    )
    (found,) = find_held_out((manifest, DataSetOut("b", folds=2).make(manifest)), trained_on=True)
    assert (
        found.protocol
        == "cross-dataset: 1 of 1 person, and nothing of this data set was trained on"
    )
    assert found.is_transfer
    (found,) = find_held_out((manifest, SensorOut("new", folds=2).make(manifest)), trained_on=True)
    assert found.protocol.startswith("cross-dataset: 1 of 1 person on sensor new alone")
    assert pd.Series(found.rows).tolist() == [12, 13]
