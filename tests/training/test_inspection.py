from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import blink.torchvision_mend  # noqa: F401

import numpy as np
import pytest
import torch

from blink.contract import ConfigError, Crop, DataError, InputSpec
from blink.data.collection import Collection
from blink.data.datamodule import EyeDataModule
from blink.data.importers.cew import CewEyes
from blink.data.split import Hashed, SplitByPerson
from blink.evaluation.judging import find_held_out
from blink.runtime.inspection import Inspection, Inspector, Limits
from blink.synthesis import golden_crops
from blink.synthesis.strangers import draw_strangers, strangers
from blink.training.inspection import FALSE_ALARMS, InspectionPlan, fit_inspection, limits_of
from tests.slots import can_measure, looks_when_giving_way


def noise(_eyes: Sequence[Crop], count: int, seed: int) -> list[Crop]:
    """Strangers that nobody takes for an eye."""
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 256, (40, 40), dtype=np.uint8) for _ in range(count)]


FEW = InspectionPlan(steps=150)
"""Noise is told from eyes in few steps."""


@pytest.fixture(scope="module")
def inspector(data: EyeDataModule) -> Inspector:
    return fit_inspection(data, noise, golden_crops, FEW)


def test_fit_inspection_tells_strangers_when_it_has_learnt_from_some(
    data: EyeDataModule, inspector: Inspector
) -> None:
    no_eyes = noise([], 40, seed=7)
    eyes = list(data.manifest.crops(data.validating()))
    assert all(inspector.inspect(crop).reason == "not an eye" for crop in no_eyes)
    refused = [inspector.inspect(crop).reason for crop in eyes]
    assert np.mean([reason is not None for reason in refused]) <= 0.15


def test_fit_inspection_says_what_it_was_fitted_on_when_it_is_done(
    data: EyeDataModule, inspector: Inspector
) -> None:
    trained, judged = data.labelled("train"), data.validating()
    assert inspector.fitted["eyes"] <= len(trained)
    assert inspector.fitted["strangers"] == inspector.fitted["eyes"]
    assert inspector.fitted["rendered"] == inspector.fitted["eyes"]
    assert inspector.fitted["validation_crops"] == len(judged)
    assert inspector.fitted["false_alarms"] == FALSE_ALARMS


def test_fit_inspection_gives_the_same_when_it_is_repeated(
    data: EyeDataModule, inspector: Inspector
) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    again = fit_inspection(data, noise, golden_crops, FEW)
    assert again.to_dict() == inspector.to_dict()
    torch.testing.assert_close(torch.rand(3), expected)  # torch's own numbers are left alone


def test_fit_inspection_makes_do_when_nothing_is_rendered(data: EyeDataModule) -> None:
    inspector = fit_inspection(data, noise, plan=FEW)
    assert inspector.fitted["rendered"] == 0
    assert inspector.inspect(noise([], 1, seed=7)[0]).reason == "not an eye"


@pytest.mark.parametrize("numbers", [{"crops": 0}, {"steps": 0}, {"steps": 1.5}])
def test_inspection_plan_refuses_when_a_number_is_none(numbers: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"inspection\.\w+ is .*; it is a whole number from 1"):
        InspectionPlan(**numbers)


def test_fit_inspection_gives_way_at_each_step_and_crop_when_there_is_a_slot(
    data: EyeDataModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = looks_when_giving_way(tmp_path / "slot", monkeypatch)

    fitted = fit_inspection(data, strangers, plan=replace(FEW, crops=10)).fitted

    assert held == [True] * (fitted["strangers"] + FEW.steps + fitted["validation_crops"])
    assert can_measure(tmp_path / "slot")


def found(strangeness: float, **figures: float) -> Inspection:
    plain = {"contrast": 40.0, "clipped": 0.0, "sharpness": 0.2} | figures
    return Inspection(None, 32, strangeness=strangeness, **plain)


def limits(found: list[Inspection], labels: list[int], datasets: list[str]) -> Limits:
    return limits_of(found, np.array(datasets, object), np.array(labels, np.int64))


def test_limits_of_hold_for_closed_eyes_when_they_look_stranger() -> None:
    opened = [found(-5 + number / 1000) for number in range(1000)]
    closed = [found(number / 100) for number in range(1, 101)]
    labels = [0] * 1000 + [1] * 100
    set_at = limits(opened + closed, labels, ["drawn"] * 1100)
    assert set_at.strangeness == 0.99
    refused = [one.strangeness > set_at.strangeness for one in closed if one.strangeness]
    assert np.mean(refused) == 0.01


def test_limits_of_count_data_sets_the_same_when_one_is_small() -> None:
    large = [found(-5.0)] * 980
    small = [found(float(number)) for number in range(1, 11)]
    set_at = limits(large + small, [1] * 990, ["large"] * 980 + ["small"] * 10)
    assert set_at.strangeness == 10.0  # each of its crops is a twentieth of all
    alone = limits(large + small, [1] * 990, ["one"] * 990)
    assert alone.strangeness == 1.0


def test_limits_of_are_loosened_when_eyes_lie_beyond_the_measured_ones() -> None:
    plain = Limits()
    good = [found(0.0)] * 50
    same = limits(good, [0] * 50, ["drawn"] * 50)
    assert (same.contrast, same.clipped, same.sharpness) == (
        plain.contrast,
        plain.clipped,
        plain.sharpness,
    )
    bad = [found(0.0, contrast=0.2, clipped=0.9, sharpness=0.001)] * 50
    loose = limits(good + bad, [0] * 50 + [1] * 50, ["drawn"] * 100)
    assert (loose.contrast, loose.clipped, loose.sharpness) == (0.2, 0.9, 0.001)
    assert loose.side == plain.side


def test_limits_of_leaves_out_crops_when_they_were_too_small() -> None:
    small = [Inspection("too small", 5)] * 20
    assert limits([found(1.0), *small], [0] * 21, ["drawn"] * 21).strangeness == 1.0


def test_limits_of_names_the_size_when_all_crops_are_too_small() -> None:
    small = [Inspection("too small", 8)] * 4
    with pytest.raises(DataError, match="None of 4 validation crops has 9 pixels a side"):
        limits(small, [0, 1, 0, 1], ["drawn"] * 4)


@pytest.mark.long
def test_fit_inspection_spares_closed_eyes_and_finds_strangers_when_eyes_are_real(
    archives: Path, tmp_path: Path
) -> None:
    source = CewEyes(archives / "dataset_B_Eye_Images.zip")
    split = SplitByPerson({"cew": Hashed(5)})
    manifest, roles = Collection([source], split, tmp_path).prepare()
    real = EyeDataModule(manifest, roles, InputSpec(), tmp_path, workers=0)
    inspector = fit_inspection(real, strangers, golden_crops)
    tested = find_held_out((manifest, roles), trained_on=True)[0].rows
    labels = manifest.table["label"].iloc[tested].to_numpy(int)
    eyes = list(manifest.crops(tested))
    refused = np.array([not inspector.inspect(eye).usable for eye in eyes])
    assert refused[labels == 1].mean() <= 0.06
    assert refused[labels == 0].mean() <= 0.06
    drawn = golden_crops(1100)[1000:]  # it has learnt from the first thousand
    assert np.mean([not inspector.inspect(eye).usable for eye in drawn]) <= 0.15
    for kind, least in (("cheek", 0.8), ("text", 0.8), ("hand", 0.7), ("photograph", 0.6)):
        shown = draw_strangers(kind, [], 100, seed=9)
        assert np.mean([not inspector.inspect(crop).usable for crop in shown]) >= least
