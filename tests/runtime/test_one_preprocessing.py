"""Training cache, fp32 bundle and live path see the same tensor to the bit, on every crop."""

import json
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from PIL import Image

from blink.contract import Crop, Probabilities
from blink.data.datamodule import EyeDataModule
from blink.data.images import decode, encode_png
from blink.data.manifest import Manifest, write_manifest
from blink.data.row import make_row
from blink.data.split import Named, Split, SplitByPerson
from blink.export import Exportable
from blink.runtime import Bundle, Detector
from blink.runtime.preprocessing import ChannelOrder, grey, planes, stack
from tests.exported import export, heuristic, trained_net
from tests.runtime.layouts import WAYS, in_turn
from tests.runtime.sizes import real_pictures, resized, tinted

DataSet = tuple[Manifest, Split]
Subject = tuple[Exportable, Bundle]
PART = 2048
ZOO = sorted(p for p in (Path(__file__).parents[2] / "export" / "zoo").iterdir() if p.is_dir())


class Watching(Detector):
    """A detector that keeps what its graph was fed with."""

    def run(self, batch: NDArray[np.uint8]) -> Probabilities:
        self.__dict__.setdefault("fed", []).append(batch.copy())
        return super().run(batch)

    def take(self) -> NDArray[np.uint8]:
        """Everything that was fed since the last call."""
        return np.concatenate(self.__dict__.pop("fed"))


@pytest.fixture(scope="module")
def grey_net(bundle: Bundle) -> Subject:
    """A net that sees grey crops, standardised: in torch, and its bundle."""
    return trained_net(), bundle


@pytest.fixture(scope="module")
def rgb_net(tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """An intelligence that sees colours as they are: in torch, and its bundle."""
    return heuristic(), export(tmp_path_factory.mktemp("rgb") / "gradient", heuristic())


@pytest.fixture(scope="module", params=["grey_net", "rgb_net"])
def subject(request: pytest.FixtureRequest) -> Subject:
    """Either of the two."""
    found: Subject = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def sized(rendered: DataSet, tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    """Rendered eyes, every third one grey, of sizes from 8×8 to 2000×2000, as a data set."""
    crops = resized(list(rendered[0].crops()), 100)
    coloured = [grey(crop) if n % 3 == 0 else tinted(crop) for n, crop in enumerate(crops)]
    return data_set(tmp_path_factory.mktemp("sized") / "set", map(encode_png, coloured))


def data_set(folder: Path, pictures: Iterable[bytes]) -> DataSet:
    rows = (
        make_row(
            *("sized", str(number), picture),
            subject=f"p{number % 12}",
            label=number // 12 % 2,
            licence="rendered",
        )
        for number, picture in enumerate(pictures)
    )
    manifest = write_manifest(folder, rows)
    return manifest, SplitByPerson({"sized": Named(["p0", "p1"])}).make(manifest)


def with_pil(encoded: bytes) -> Crop:
    """As a product decodes that uses PIL: grey, or RGB."""
    picture = Image.open(BytesIO(encoded))
    return np.asarray(picture if picture.mode == "L" else picture.convert("RGB"))


def with_cv2(encoded: bytes) -> Crop:
    """As a product decodes that uses cv2: grey, or BGR."""
    crop = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_ANYCOLOR)
    assert crop is not None
    return crop.astype(np.uint8, copy=False)


def decoded(pictures: Sequence[bytes], ways: int) -> Iterator[tuple[ChannelOrder, list[Crop]]]:
    """What products hand over, in so many ways each: every crop lies in another way in memory."""
    by_pil, by_cv2 = list(map(with_pil, pictures)), list(map(with_cv2, pictures))
    for turn in range(ways):
        yield "rgb", [in_turn(turn + n, crop) for n, crop in enumerate(by_pil)]
        yield "bgr", [in_turn(turn + n + 5, crop) for n, crop in enumerate(by_cv2)]


def check_all(data: DataSet, subject: Subject, cache: Path, ways: int) -> None:
    """All crops: one tensor in cache, bundle and live path; torch's answer to 1e-4."""
    exportable, bundle = subject
    spec, detector = bundle.spec, Watching(bundle, "fp32")
    module = EyeDataModule(*data, spec, cache)
    packed, checked = module.pixels(), 0
    for start in range(0, len(data[0]), PART):
        rows = np.arange(start, min(start + PART, len(data[0])))
        cached = planes(packed[rows], spec)
        np.testing.assert_array_equal(module.graph_input(rows), cached)
        with torch.inference_mode():
            expected = exportable.graph(torch.from_numpy(cached)).numpy()
        for order, crops in decoded(list(data[0].encoded(rows)), ways):
            answers = detector.predict(crops, order)
            np.testing.assert_array_equal(detector.take(), cached)
            np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-4)
        checked += len(rows)
    assert checked == len(data[0]) > 0


def test_everything_sees_the_same_tensor_when_rendered_crops_have_all_sizes(
    sized: DataSet, subject: Subject, tmp_path: Path
) -> None:
    check_all(sized, subject, tmp_path, ways=len(WAYS))


def test_everything_sees_the_same_tensor_when_crops_are_real_ones(
    archives: Path, grey_net: Subject, tmp_path: Path
) -> None:
    pictures = real_pictures(archives, every=20)
    check_all(data_set(tmp_path / "set", pictures), grey_net, tmp_path, ways=1)


def test_everything_sees_the_same_tensor_when_real_crops_have_all_sizes(
    archives: Path, subject: Subject, tmp_path: Path
) -> None:
    pictures = list(real_pictures(archives, every=400))
    crops = resized(map(decode, pictures), len(pictures), seed=1)
    check_all(data_set(tmp_path / "set", map(encode_png, crops)), subject, tmp_path, ways=1)


@pytest.mark.long
def test_everything_sees_the_same_tensor_when_all_real_crops_lie_in_all_ways(
    real: DataSet, subject: Subject, tmp_path: Path
) -> None:
    assert len(real[0]) == 30_375 + 2_422
    check_all(real, subject, tmp_path, ways=len(WAYS))


@pytest.mark.long
def test_everything_sees_the_same_tensor_when_many_real_crops_have_all_sizes(
    real: DataSet, subject: Subject, tmp_path: Path
) -> None:
    every = range(0, len(real[0]), 10)
    crops = resized(real[0].crops(list(every)), len(every), seed=2)
    check_all(data_set(tmp_path / "set", map(encode_png, crops)), subject, tmp_path, ways=2)


def test_loader_gives_the_tensor_of_the_live_path_when_it_validates(
    sized: DataSet, subject: Subject, tmp_path: Path
) -> None:
    bundle = subject[1]
    module = EyeDataModule(*sized, bundle.spec, tmp_path, workers=0)
    detector = Watching(bundle, "fp32")
    detector.predict(list(sized[0].crops(module.validating())))
    batches = torch.cat([batch.pixels for batch in module.val_dataloader()])
    np.testing.assert_array_equal(batches.numpy(), detector.take())


def constants(graph: onnx.GraphProto) -> dict[str, NDArray[np.generic]]:
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}


def test_graphs_start_with_the_very_levels_when_they_are_read(subject: Subject) -> None:
    spec, precisions = subject[1].spec, subject[1].precisions
    for precision in precisions:
        graph = onnx.load(subject[1].path(precision)).graph
        known = constants(graph)
        (first,) = [node for node in graph.node if "crops" in node.input]
        assert first.input[0] == "crops"
        if first.op_type == "DequantizeLinear":  # a quantised first layer reads the levels as such
            assert known[first.input[1]] == np.float32(spec.scale)
            assert known[first.input[2]] == np.uint8(spec.zero_point)
        else:
            (second,) = [node for node in graph.node if first.output[0] in node.input]
            assert (first.op_type, second.op_type) == ("Cast", "Sub")
            assert known[second.input[1]] == spec.zero_point
    assert "fp32" in precisions


@pytest.mark.parametrize("count", [1, 7])
def test_opencv_answers_as_onnx_runtime_when_it_reads_the_fp32_file(
    sized: DataSet, subject: Subject, count: int
) -> None:
    bundle = subject[1]
    batch = stack(list(sized[0].crops(range(20, 20 + count))), bundle.spec)
    answers = by_opencv(bundle.path("fp32"), batch)
    expected = Detector(bundle, "fp32").run(batch)
    np.testing.assert_allclose(answers, expected, rtol=0, atol=1e-4)


@pytest.mark.parametrize("folder", ZOO, ids=lambda folder: folder.name)
def test_opencv_answers_as_released_bundles_say_when_they_say_it(folder: Path) -> None:
    entries = json.loads((folder / "bundle.json").read_text())
    said = entries.get("export", {}).get("opencv_dnn")
    if said is None:
        pytest.skip(f"{folder.name} says nothing of OpenCV: it was not exported by a search")
    if not said["loads"]:
        assert said["why"]
        return
    detector = Detector.load(folder, "fp32")
    batch = detector.bundle.golden_crops()
    answers = by_opencv(detector.bundle.path("fp32"), batch)
    np.testing.assert_allclose(answers, detector.run(batch), rtol=0, atol=1e-4)


def by_opencv(path: Path, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
    """As docs/onnx.md says it."""
    net = cv2.dnn.readNetFromONNX(str(path))
    net.setInput(batch.astype(np.float32))
    return np.asarray(net.forward("p_closed"), np.float32).ravel()
