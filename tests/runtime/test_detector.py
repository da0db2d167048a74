import json
import shutil
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from blink.contract import BundleError, Crop, CropError
from blink.runtime import Bundle, Detector
from blink.runtime.bundle import FILE, digest
from tests.exported import draw, golden


@pytest.fixture(scope="session", params=["int8", "fp32"])
def detector(bundle: Bundle, request: pytest.FixtureRequest) -> Detector:
    """A detector in each of the bundle's precisions."""
    return Detector(bundle, request.param)


@st.composite
def crops(draw_from: st.DrawFn) -> Crop:
    """Crops of all ranks and of many sizes."""
    height, width = draw_from(st.integers(8, 70)), draw_from(st.integers(8, 70))
    shape = (height, width, 3) if draw_from(st.booleans()) else (height, width)
    return draw_from(hnp.arrays(np.uint8, shape))


@given(batch=st.lists(crops(), max_size=5))
@settings(max_examples=40)
def test_predict_gives_each_crop_its_own_answer_when_batched(
    detector: Detector, batch: list[Crop]
) -> None:
    together = detector.predict(batch)
    assert together.dtype == np.float32
    assert together.shape == (len(batch),)
    assert np.all((together >= 0) & (together <= 1))
    alone = [float(detector.predict([crop])[0]) for crop in batch]
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-6)


@given(grey=hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=8, max_side=50)))
@settings(max_examples=40)
def test_predict_takes_grey_for_rgb_with_equal_channels_when_given_either(
    detector: Detector, grey: Crop
) -> None:
    rgb = np.repeat(grey[..., None], 3, axis=2)
    p_grey, p_rgb = detector.predict([grey, rgb])
    assert p_grey == p_rgb


def test_predict_tells_closed_from_open_when_trained(detector: Detector) -> None:
    rng = np.random.default_rng(11)
    batch = [draw(number % 2 == 1, rng, side=48) for number in range(20)]
    assert detector.is_closed(batch).tolist() == [False, True] * 10


def test_predict_gives_an_empty_array_when_there_are_no_crops(detector: Detector) -> None:
    several: list[Any] = [[], (), np.empty((0, 32, 32, 3), np.uint8)]
    for nothing in several:
        answer = detector.predict(nothing)
        assert answer.dtype == np.float32
        assert answer.shape == (0,)


def test_predict_splits_when_there_are_more_crops_than_a_batch_holds(detector: Detector) -> None:
    rng = np.random.default_rng(0)
    few = [draw(bool(number % 2), rng) for number in range(3)]
    many = detector.predict(few * 100)
    np.testing.assert_allclose(many, np.tile(detector.predict(few), 100), rtol=0, atol=1e-6)


@pytest.mark.parametrize("started", [0, 1, 2])
def test_predict_makes_the_rest_itself_when_no_thread_can_be_started(
    detector: Detector, monkeypatch: pytest.MonkeyPatch, started: int
) -> None:
    rng = np.random.default_rng(0)
    crops = [draw(bool(number % 2), rng) for number in range(5)] * 120
    expected = detector.predict(crops)
    submit, asked = ThreadPoolExecutor.submit, list[int]()

    def refuse(self: ThreadPoolExecutor, *what: Any) -> Any:
        asked.append(1)
        if len(asked) > started:
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")
        return submit(self, *what)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", refuse)
    np.testing.assert_array_equal(detector.predict(crops), expected)
    assert len(asked) > started


def test_predict_names_the_fault_when_it_lies_beyond_the_first_chunk(detector: Detector) -> None:
    crops = [np.zeros((16, 16), np.uint8)] * 600 + [np.zeros((16, 7), np.uint8)]
    threads = threading.active_count()
    with pytest.raises(CropError, match=r"^crops\[600\]: .* not \(16, 7\)"):
        detector.predict(crops)
    assert threading.active_count() == threads


def test_predict_takes_an_array_when_it_has_one_crop_a_row(detector: Detector) -> None:
    rows = np.stack([draw(bool(number % 2), np.random.default_rng(number)) for number in range(4)])
    np.testing.assert_array_equal(detector.predict(rows), detector.predict(list(rows)))
    np.testing.assert_array_equal(detector.predict(rows[..., 0]), detector.predict([*rows[..., 0]]))


def test_predict_takes_any_sequence_when_it_has_crops(detector: Detector) -> None:
    np.testing.assert_array_equal(detector.predict(deque(golden())), detector.predict(golden()))


@pytest.mark.parametrize("shape", [(8, 8), (8, 8, 3), (2000, 2000, 3), (8, 40_000), (40_000, 9, 3)])
def test_predict_answers_when_a_crop_is_tiny_or_huge(
    detector: Detector, shape: tuple[int, ...]
) -> None:
    assert 0 <= detector.predict([np.full(shape, 90, np.uint8)])[0] <= 1


@pytest.mark.parametrize(
    ("crop", "message"),
    [
        (np.zeros((32, 32), np.float32), "uint8 values, not float32: scale to 0..255, .* first"),
        (np.full((32, 32), np.nan), "not float64: scale to 0..255, round, and check for NaN"),
        (np.zeros((32, 32), np.bool_), r"not bool: write crop\.astype\(np\.uint8\) \* 255"),
        (
            np.zeros((32, 32), np.uint16),
            r"not uint16: .* \(crop >> 8\)\.astype.* wraps .* silently",
        ),
        (np.zeros((32, 32), np.int64), "uint8 values, not int64: shift"),
        (np.zeros((32, 32), object), "uint8 values, not object: convert"),
        (np.zeros((32, 32, 1), np.uint8), r"not \(32, 32, 1\): write crop\[\.\.\., 0\]"),
        (np.zeros((32, 32, 2), np.uint8), r"not \(32, 32, 2\): write crop\[\.\.\., 0\]"),
        (np.zeros((32, 32, 4), np.uint8), r"not \(32, 32, 4\): write crop\[\.\.\., :3\]"),
        (np.zeros((3, 32, 32), np.uint8), r"not \(3, 32, 32\)\.$"),
        (np.zeros((1, 32, 32, 3), np.uint8), r"not \(1, 32, 32, 3\)"),
        (np.zeros(32, np.uint8), r"not \(32,\)"),
        (np.zeros((), np.uint8), r"not \(\)"),
        (np.zeros((0, 32), np.uint8), r"at least 8×8 pixels, not \(0, 32\)"),
        (np.zeros((7, 8), np.uint8), r"at least 8×8 pixels, not \(7, 8\)"),
        (np.zeros((8, 7, 3), np.uint8), r"at least 8×8 pixels, not \(8, 7\)"),
        ([[0] * 32] * 32, r"not list: np.asarray\(picture\) makes one"),
        (None, "numpy array, not None, which cv2.imread returns for a file that is missing"),
        ("eye.png", r"not str: read the file first, .*cv2\.imread.*colour='bgr'"),
        (Path("eye.png"), r"not \w*Path: read the file first"),
    ],
)
def test_predict_says_what_is_wrong_when_given_no_crop(
    detector: Detector, crop: Any, message: str
) -> None:
    with pytest.raises(CropError, match=rf"^crops\[1\]: A crop .*{message}"):
        detector.predict([draw(True, np.random.default_rng(0)), crop])
    with pytest.raises(CropError, match=f"^A crop .*{message}"):
        detector.predict([crop])


@pytest.mark.parametrize(
    ("several", "message"),
    [
        (np.zeros((64, 64, 3), np.uint8), r"write \[crop\]"),
        (np.zeros((64, 64), np.uint8), r"write \[crop\]"),
        (np.array(3, np.uint8), "not an array of one value"),
        (np.zeros((4, 32, 32), np.uint8).data, "not memoryview"),
        (None, "A list of crops is needed, not NoneType"),
        ("crop.png", "A list of crops is needed, not str"),
        (7, "A list of crops is needed, not int"),
    ],
)
def test_predict_says_what_is_wrong_when_given_no_list(
    detector: Detector, several: Any, message: str
) -> None:
    with pytest.raises(CropError, match=message):
        detector.predict(several)


def test_predict_takes_bgr_when_it_is_told_so(detector: Detector) -> None:
    crops = [crop for crop in golden() if crop.ndim == 3]
    turned = [crop[..., ::-1] for crop in crops]
    expected = detector.predict(crops)
    np.testing.assert_array_equal(detector.predict(turned, "bgr"), expected)
    assert detector.is_closed(turned, "bgr").tolist() == detector.is_closed(crops).tolist()
    assert not np.array_equal(detector.predict(turned), expected)


def test_inspect_says_what_is_wrong_when_there_is_nothing_to_see(detector: Detector) -> None:
    blank = np.full((40, 40, 3), 90, np.uint8)
    assert detector.inspect(blank).reason == "blank"
    assert detector.inspect(blank[:6]).reason == "too small"
    assert detector.inspect(draw(True, np.random.default_rng(0), 48), colour="bgr").usable


@pytest.mark.parametrize(("threads", "spinning"), [(1, False), (2, False), (2, True)])
def test_load_takes_threads_and_spinning_when_asked(
    bundle: Bundle, threads: int, spinning: bool
) -> None:
    detector = Detector.load(bundle.folder, "fp32", threads=threads, spinning=spinning)
    expected = Detector(bundle, "fp32").predict(golden())
    np.testing.assert_allclose(detector.predict(golden()), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("threads", [0, 257, 1.5, "a", True, None])
def test_load_refuses_when_the_threads_are_no_whole_number_from_1_to_256(
    bundle: Bundle, threads: Any
) -> None:
    with pytest.raises(BundleError, match=f"number of threads, 1 to 256, not {threads!r}"):
        Detector.load(bundle.folder, threads=threads)


@pytest.mark.parametrize("spinning", ["yes", 1, None])
def test_load_refuses_when_spinning_is_no_truth_value(bundle: Bundle, spinning: Any) -> None:
    with pytest.raises(BundleError, match=f"spinning is True or False, not {spinning!r}"):
        Detector.load(bundle.folder, spinning=spinning)


def test_load_refuses_when_there_is_no_such_precision(bundle: Bundle) -> None:
    with pytest.raises(BundleError, match=r"holds no int4; it holds \['fp32', 'int8'\]"):
        Detector.load(bundle.folder, "int4")


def test_load_refuses_when_the_golden_answers_are_others_here(
    bundle: Bundle, tmp_path: Path
) -> None:
    folder = tmp_path / "other"
    shutil.copytree(bundle.folder, folder)
    content = json.loads((folder / FILE).read_bytes())
    content["golden"]["p_closed"]["fp32"][0] += 0.001
    content["sha256"] = digest(content)
    (folder / FILE).write_text(json.dumps(content), "utf-8")
    message = r"\(fp32\) does not give its golden answers .* off by up to 0.0010, 0.0001 is allowed"
    with pytest.raises(BundleError, match=message):
        Detector.load(folder, "fp32")
    assert Detector.load(folder, "int8").precision == "int8"


def test_verify_is_within_rounding_when_it_runs_where_it_was_exported(detector: Detector) -> None:
    assert detector.verify() < 1e-6
