from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from blink.data.audit.finding import Finding
from blink.data.audit.limits import Limits
from blink.data.audit.nuisance_score import score_nuisances
from blink.data.audit.pictures import look
from blink.data.audit.shortcuts import check_shortcuts
from blink.data.manifest import Manifest
from blink.data.split import Split
from tests.data.audit.sets import Drawn, sized, written
from tests.data.drawing import eye


def alike(people: int, crops: int, subjects: bool = True) -> list[Drawn]:
    """Labelled eyes that all look the same, so that nothing predicts the label but what is done."""
    return [
        (eye(number, False, crop.shape[0]), subject, label)
        for number, (crop, subject, label) in enumerate(sized(people, crops, subjects))
    ]


def checked(folder: Path, crops: list[Drawn]) -> Finding:
    manifest = written(folder, crops)
    (finding,) = check_shortcuts(manifest, look(manifest), Limits())
    return finding


def test_shortcuts_catch_the_size_leak_when_small_open_crops_are_filtered_out(
    tmp_path: Path,
) -> None:
    leaky = [one for one in alike(20, 40) if one[2] == 1 or one[0].shape[0] >= 30]
    finding = checked(tmp_path / "set", leaky)
    assert finding.severity == "failure"
    height = finding.numbers["height"]
    assert height["severity"] == "failure"
    small = sum(crop.shape[0] < 30 for crop, _, _ in leaky) / len(leaky)
    assert height["certain"] == pytest.approx(small, abs=0.02)
    assert height["purity"] == 1
    assert "Height decides" in finding.summary
    assert finding.numbers["brightness"]["severity"] == "note"
    # The AUC alone would have let it pass as a warning.
    assert height["auc"] < Limits().shortcut_failure


def test_shortcuts_accuse_nothing_when_size_says_nothing(tmp_path: Path) -> None:
    finding = checked(tmp_path / "set", alike(20, 40))
    assert finding.severity == "note"
    assert all(facts["low"] < 0.55 for facts in finding.numbers.values())
    assert not finding.exhibits


def test_shortcuts_accuse_nothing_when_eyes_are_rendered(rendered: tuple[Manifest, Split]) -> None:
    manifest, _ = rendered
    (finding,) = check_shortcuts(manifest, look(manifest), Limits())
    assert finding.severity == "note", finding.summary


def test_shortcuts_say_so_when_people_are_unknown(tmp_path: Path) -> None:
    finding = checked(tmp_path / "set", sized(10, 20, subjects=False))
    assert "People unknown" in finding.summary


def test_shortcuts_leave_out_crops_when_they_have_no_label(tmp_path: Path) -> None:
    crops = sized(10, 20)
    unlabelled = [(crop, subject, None) for crop, subject, _ in sized(10, 3)]
    with_null = checked(tmp_path / "a", [*crops, *unlabelled])
    assert with_null.numbers == checked(tmp_path / "b", crops).numbers


def test_shortcuts_are_not_looked_for_when_people_are_too_few(tmp_path: Path) -> None:
    finding = checked(tmp_path / "set", sized(3, 10))
    assert (finding.severity, finding.numbers) == ("note", {})
    assert "3 people" in finding.summary


def test_score_is_near_half_and_the_same_twice_when_a_feature_knows_only_the_person() -> None:
    generator = np.random.default_rng(0)
    group = np.repeat(np.arange(30), 20)
    label = generator.integers(0, 2, 600)
    features = pd.DataFrame({"x": generator.normal(size=30)[group]})
    first, second = (score_nuisances(features, label, group) for _ in range(2))
    assert {k: v for k, v in asdict(first).items() if k != "score"} == {
        k: v for k, v in asdict(second).items() if k != "score"
    }
    assert first.low < 0.5 < first.high
