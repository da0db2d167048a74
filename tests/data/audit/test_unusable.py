from pathlib import Path

import cv2
import numpy as np

from blink.contract import Crop
from blink.data.audit.limits import Limits
from blink.data.audit.pictures import look
from blink.data.audit.unusable import check_unusable, faults, strangeness
from tests.data.audit.sets import sized, written
from tests.data.drawing import eye


def blurred(seed: int) -> Crop:
    sharp = eye(seed, False, 48)
    sharp[24:] = 20
    return np.asarray(cv2.GaussianBlur(sharp, (0, 0), 9), np.uint8)


def test_unusable_lists_each_fault_when_a_few_crops_have_one(tmp_path: Path) -> None:
    half_white = eye(900, True, 40)
    half_white[:28] = 255
    faults = [np.full((30, 30), 90, np.uint8), half_white, blurred(901)]
    crops = [*sized(10, 12), *((fault, "p00", 0) for fault in faults)]
    manifest = written(tmp_path / "set", crops)
    found = {f.name: f for f in check_unusable(manifest, look(manifest), Limits())}
    assert [e.rows for e in found["blank"].exhibits] == [(120,)]
    assert [e.rows for e in found["saturated"].exhibits] == [(121,)]
    assert [e.rows for e in found["blurred"].exhibits] == [(122,)]
    assert found["blank"].numbers["ids"] == [manifest.table["id"].iloc[120]]
    assert {finding.severity for finding in found.values()} == {"note"}


def test_unusable_warns_when_many_crops_are_blank(tmp_path: Path) -> None:
    blank = [(np.full((30, 30), 40 + n, np.uint8), "p00", 1) for n in range(3)]
    manifest = written(tmp_path / "set", [*sized(4, 10), *blank])
    found = {f.name: f for f in check_unusable(manifest, look(manifest), Limits())}
    assert found["blank"].severity == "warning"
    assert found["blank"].numbers["crops"] == 3


def test_faults_are_told_once_when_a_crop_has_several() -> None:
    levels = np.array([5.0, 60.0, 60.0, 60.0, 60.0])
    clipped = np.array([0.9, 0.9, 0.1, 0.1, 0.1])
    detail = np.array([0.001, 0.001, 0.001, 0.2, 0.2])
    strange = np.array([1.8, 1.8, 1.8, 1.8, 1.1])
    found = faults(levels, clipped, detail, strange, Limits())
    rows = {name: np.flatnonzero(flags).tolist() for name, flags in found.items()}
    assert rows == {"blank": [0], "saturated": [1], "blurred": [2], "no-eye": [3]}


def test_strangeness_is_highest_when_edges_are_not_those_of_the_others() -> None:
    generator = np.random.default_rng(0)
    usual = generator.normal(size=(200, 2)) @ generator.normal(size=(2, 60))
    hog = usual + generator.normal(0, 0.1, usual.shape)
    hog[17] += 3 * generator.normal(size=60)
    found = strangeness(hog.astype(np.float32))
    assert found.argmax() == 17
    assert found[17] > 1.6
    assert np.median(found) == 1
