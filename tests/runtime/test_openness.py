import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from blink.contract import BundleError, CropError
from blink.runtime import Bundle, Detector, load_bundle
from blink.runtime.bundle import FILE
from blink.runtime.difference import compare_bundles
from tests import crafted
from tests.exported import bundle_with_openness, drawn, golden


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundle_with_openness(tmp_path_factory.getbasetemp())


@pytest.fixture
def copy(opened: Bundle, tmp_path: Path) -> Path:
    return Path(shutil.copytree(opened.folder, tmp_path / "copy"))


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_openness_tells_open_from_closed_when_the_bundle_has_it(
    opened: Bundle, precision: str
) -> None:
    detector = Detector(opened, precision)
    pictures, labels = drawn(40, seed=12)
    openness = detector.openness(pictures)
    assert openness.dtype == np.float32
    assert openness.shape == (40,)
    assert openness[labels == 0].min() > openness[labels == 1].max()
    assert detector.openness(list(pictures) * 10).tolist() == pytest.approx(
        openness.tolist() * 10, abs=1e-6
    )


def test_openness_gives_an_empty_array_when_there_are_no_crops(opened: Bundle) -> None:
    answer = Detector(opened).openness([])
    assert answer.dtype == np.float32
    assert answer.shape == (0,)


def test_openness_refuses_when_the_bundle_has_none(bundle: Bundle) -> None:
    assert not bundle.has_openness
    with pytest.raises(BundleError, match=r"does not say how far an eye is open.*two outputs"):
        Detector(bundle).openness(golden())


def test_openness_refuses_what_predict_refuses_when_given_no_crop(opened: Bundle) -> None:
    with pytest.raises(CropError, match="uint8 values, not float32"):
        Detector(opened).openness([np.zeros((32, 32), np.float32)])


def test_load_refuses_when_openness_is_answered_otherwise_here(copy: Path) -> None:
    crafted.forge(copy, lambda c: c["golden"]["openness"]["int8"].__setitem__(0, 0.0))
    with pytest.raises(BundleError, match="openness is off by up to 0"):
        Detector.load(copy, "int8")
    Detector.load(copy, "fp32")


def test_load_refuses_when_graphs_give_more_or_less_than_the_bundle_says(
    copy: Path, bundle: Bundle, tmp_path: Path
) -> None:
    crafted.forge(copy, lambda c: c["golden"].pop("openness"))
    with pytest.raises(BundleError, match=r"gives .* where p_closed float32 \[\*\] is expected"):
        load_bundle(copy)
    other = Path(shutil.copytree(bundle.folder, tmp_path / "other"))
    crafted.forge(other, lambda c: c["golden"].update(openness=c["golden"]["p_closed"]))
    with pytest.raises(BundleError, match=r"p_closed .* and openness float32 \[\*\] is expected"):
        load_bundle(other)


def test_difference_tells_when_one_bundle_alone_has_openness(
    opened: Bundle, bundle: Bundle, copy: Path
) -> None:
    found = compare_bundles(bundle, opened)
    outputs = next(one for one in found.changes if one.entry == "outputs")
    assert (outputs.before, outputs.after) == (["p_closed"], ["p_closed", "openness"])
    first = json.loads((copy / FILE).read_text())["golden"]["openness"]["int8"][0]
    crafted.forge(copy, lambda c: c["golden"]["openness"]["int8"].__setitem__(0, first - 0.002))
    (graph,) = compare_bundles(opened, load_bundle(copy)).graphs
    assert graph.answers == pytest.approx(0.002)
