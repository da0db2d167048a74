"""A consumer that shares no code with us: the ONNX file alone, in JavaScript."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from blink.contract import Crop, atomic_folder
from blink.data.images import decode
from blink.data.manifest import Manifest
from blink.data.split import Split
from blink.runtime import Bundle, Detector
from blink.runtime.preprocessing import ChannelOrder, grey, stack
from tests.consumers.test_onnx_page import EXAMPLES, PAGE, example_crop
from tests.exported import export, heuristic
from tests.runtime.sizes import real_pictures, resized, tinted
from tests.test_documents import blocks

SOURCE = Path(__file__).parent / "javascript"
OFFLINE = re.compile(r"\b(ENOTFOUND|ECONN[A-Z]+|ENET[A-Z]+|EHOST[A-Z]+|ETIMEDOUT|EAI_AGAIN)\b")
Coloured = tuple[Crop, ChannelOrder]


def found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed: Node.js 18 or newer brings node and npm")
    return path


@pytest.fixture(scope="module")
def consumer(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the consumer and its packages, which are installed once and kept."""
    assert pytestconfig.cache is not None
    pins = hashlib.sha256((SOURCE / "package-lock.json").read_bytes()).hexdigest()[:12]
    kept = Path(pytestconfig.cache.mkdir("javascript")) / pins
    if not (kept / "node_modules").is_dir():
        with atomic_folder(kept) as temporary:
            install(temporary)
    folder = tmp_path_factory.mktemp("javascript")
    for file in SOURCE.glob("*.mjs"):
        shutil.copy(file, folder)
    (folder / "node_modules").symlink_to(kept / "node_modules")
    return folder


def install(folder: Path) -> None:
    """Puts the pinned packages into a folder, without their install scripts: those fetch CUDA."""
    npm = found("npm")
    for file in SOURCE.glob("package*.json"):
        shutil.copy(file, folder)
    words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    try:
        done = subprocess.run(
            [npm, *words], cwd=folder, capture_output=True, text=True, timeout=300, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip("npm did not fetch onnxruntime-node within 5 minutes")
    if fault := OFFLINE.search(done.stderr):
        pytest.skip(f"npm cannot fetch onnxruntime-node ({fault[0]}): the tests need it once")
    assert done.returncode == 0, done.stderr
    for system in (folder / "node_modules" / "onnxruntime-node" / "bin").glob("*/*"):
        if system.name != sys.platform:  # half of 300 MB
            shutil.rmtree(system)


def ask(consumer: Path, model: Path, crops: Sequence[Coloured]) -> dict[str, Any]:
    """What the consumer makes of crops, each in its order of channels."""
    heads = [
        {
            "height": crop.shape[0],
            "width": crop.shape[1],
            "channels": 1 if crop.ndim == 2 else 3,
            "order": order,
        }
        for crop, order in crops
    ]
    (consumer / "crops.json").write_text(json.dumps(heads))
    (consumer / "levels.bin").write_bytes(b"".join(crop.tobytes() for crop, _ in crops))
    run(consumer, "consumer.mjs", str(model), ".", "answers.json")
    answers: dict[str, Any] = json.loads((consumer / "answers.json").read_text())
    return answers


def run(consumer: Path, *words: str) -> str:
    done = start(consumer, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def start(consumer: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [found("node"), *words], cwd=consumer, capture_output=True, text=True, check=False
    )


def check_same(consumer: Path, bundle: Bundle, precision: str, crops: Sequence[Coloured]) -> None:
    """The consumer sees our very tensors, and answers as we do to 1e-5."""
    detector = Detector(bundle, precision)
    answers = ask(consumer, bundle.path(precision), crops)
    assert answers["spec"] == bundle.spec.to_dict()
    assert answers["threshold"] == bundle.operating_point.threshold
    rows = [np.frombuffer(base64.b64decode(row), np.uint8) for row in answers["rows"]]
    for row, (crop, order) in zip(rows, crops, strict=True):
        np.testing.assert_array_equal(row, stack([crop], bundle.spec, order).ravel())
    ours = np.concatenate([detector.predict([crop], order) for crop, order in crops])
    assert np.ptp(ours) > 0.1
    np.testing.assert_allclose(answers["probabilities"], ours, rtol=0, atol=1e-5)


def in_turn(crops: Sequence[Crop]) -> list[Coloured]:
    """Grey, RGB and BGR in turn."""
    made: list[Coloured] = []
    for number, crop in enumerate(crops):
        if number % 3 == 0:
            made.append((grey(crop), "rgb"))
        else:
            made.append((tinted(crop), "rgb" if number % 3 == 1 else "bgr"))
    return made


@pytest.fixture(scope="module")
def crops(rendered: tuple[Manifest, Split]) -> list[Coloured]:
    """Rendered eyes of sizes from 8×8 to 2000×2000."""
    return in_turn(resized(list(rendered[0].crops()), 240))


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_consumer_answers_as_the_detector_when_it_has_the_file_alone(
    consumer: Path, bundle: Bundle, crops: list[Coloured], precision: str
) -> None:
    check_same(consumer, bundle, precision, crops)


def test_consumer_answers_as_the_detector_when_the_net_sees_colour(
    consumer: Path, tmp_path: Path, crops: list[Coloured]
) -> None:
    check_same(consumer, export(tmp_path / "gradient", heuristic()), "fp32", crops[:100])


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_consumer_answers_as_the_detector_when_crops_are_real(
    consumer: Path, bundle: Bundle, archives: Path, precision: str
) -> None:
    real = [decode(encoded) for encoded in real_pictures(archives, every=100)]
    assert len(real) == 304 + 25
    check_same(consumer, bundle, precision, in_turn(real))


def test_consumer_sees_the_bytes_of_the_page_when_it_is_given_the_example(
    consumer: Path, bundle: Bundle
) -> None:
    crops: list[Coloured] = [(example_crop(said["rows"]), "bgr") for said in EXAMPLES]
    rows = ask(consumer, bundle.path("fp32"), crops)["rows"]
    found_sums = [zlib.crc32(base64.b64decode(row)) for row in rows]
    assert found_sums == [said["crc32"] for said in EXAMPLES]


def test_consumer_answers_as_the_detector_when_the_lines_of_the_page_are_run(
    consumer: Path, bundle: Bundle
) -> None:
    shutil.copy(bundle.path("fp32"), consumer / "model.onnx")
    (consumer / "page.mjs").write_text(blocks(PAGE, "js")[0])
    answer, word = run(consumer, "page.mjs").split()
    detector = Detector(bundle, "fp32")
    crop = example_crop(40)
    np.testing.assert_allclose(float(answer), detector.predict([crop], "bgr")[0], atol=1e-5)
    assert word == ("closed" if detector.is_closed([crop], "bgr")[0] else "open")


@pytest.mark.parametrize(
    ("key", "value"), [("kernel", "cubic"), ("colour", "lab"), ("normalisation", "whiten")]
)
def test_consumer_refuses_when_the_metadata_say_what_the_page_does_not_name(
    consumer: Path, bundle: Bundle, key: str, value: str
) -> None:
    model = onnx.load(bundle.path("fp32"))
    entries = {entry.key: entry.value for entry in model.metadata_props}
    spec = json.loads(entries["blink.input_spec"]) | {key: value}
    onnx.helper.set_model_props(model, entries | {"blink.input_spec": json.dumps(spec)})
    onnx.save(model, consumer / "other.onnx")
    done = start(consumer, "consumer.mjs", "other.onnx", ".", "answers.json")
    assert done.returncode != 0
    assert f"unknown {key} {value}" in done.stderr
