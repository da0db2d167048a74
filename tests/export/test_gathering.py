from pathlib import Path

import numpy as np
import pytest

from blink.contract import Calibration, InputSpec, OperatingPoint
from blink.data.datamodule import EyeDataModule
from blink.data.manifest import Manifest
from blink.data.split import Split
from blink.export import Exportable, Plan, export_all, gather
from blink.export.gathering import people_of
from blink.export.search.recipes import Float32, Static
from blink.models import EyeGraph, EyeNet
from tests.exported import PROVENANCE, golden, heuristic
from tests.slots import can_measure, looks_when_giving_way

NET = Exportable(
    "small",
    "net",
    EyeGraph(EyeNet(1, [(8, 2), (8, 2)]), InputSpec(), Calibration()).eval(),
    OperatingPoint(),
)


@pytest.fixture(scope="module")
def data(
    rendered: tuple[Manifest, Split], tmp_path_factory: pytest.TempPathFactory
) -> EyeDataModule:
    return EyeDataModule(*rendered, InputSpec(), tmp_path_factory.mktemp("cache"), working_size=32)


def test_people_of_numbers_each_person_when_they_are_known(data: EyeDataModule) -> None:
    rows = data.validating()
    people = people_of(data.manifest, rows)
    assert people is not None
    subjects = data.manifest.table["subject"].to_numpy()[rows]
    pairs = set(zip(people.tolist(), subjects.tolist(), strict=True))
    assert len(pairs) == len(set(subjects)) == len(set(people.tolist())) > 1


def test_gather_takes_what_the_plan_asks_for_when_it_is_a_net(data: EyeDataModule) -> None:
    plan = Plan([Float32()], calibration_crops=6, learning_crops=9)
    found = gather(NET, data, plan)
    assert found.calibration is not None
    assert found.learning is not None
    assert found.calibration.shape == (6, 1, 32, 32)
    assert found.learning.crops.shape == (9, 1, 32, 32)
    assert found.validation.crops.shape == (len(data.validating()), 1, 32, 32)
    np.testing.assert_array_equal(found.validation.labels, data.labels(data.validating()))


def test_gather_leaves_training_people_out_when_they_are_not_asked_for(data: EyeDataModule) -> None:
    bare, other = gather(NET, data, Plan([Float32()])), gather(heuristic(), data, Plan.short())
    assert (bare.calibration, bare.learning) == (None, None)
    assert (other.calibration, other.learning) == (None, None)
    assert other.validation.crops.shape[1:] == (3, 32, 32)  # what that heuristic sees


def test_export_all_makes_a_bundle_of_each_when_there_are_several(
    data: EyeDataModule, tmp_path: Path
) -> None:
    plan = Plan([Float32(), Static()], calibration_crops=16)
    exportables = [NET, heuristic()]
    bundles = export_all(tmp_path, exportables, data, plan, golden=golden(), provenance=PROVENANCE)
    assert [bundle.folder for bundle in bundles] == [tmp_path / "small", tmp_path / "gradient"]
    assert [row["name"] for row in bundles[0].export["table"]] == ["fp32", "int8"]
    assert list(bundles[1].precisions) == ["fp32"]


def test_export_all_gives_way_many_times_when_there_is_a_slot(
    data: EyeDataModule, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = tmp_path / "slot"
    held = looks_when_giving_way(slot, monkeypatch)
    plan = Plan([Float32()])
    export_all(tmp_path, [heuristic()], data, plan, golden=golden(), provenance=PROVENANCE)
    assert len(held) > 3 + len(data.validating())  # each crop that is gathered
    assert all(held)
    assert can_measure(slot)
