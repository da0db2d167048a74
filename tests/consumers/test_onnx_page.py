"""What docs/onnx.md says in numbers is so."""

import json
import re
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import pytest

from blink.contract import Crop, InputSpec
from blink.runtime import Bundle, Detector
from blink.runtime.preprocessing import grey, resize, stack
from tests.test_documents import blocks

PAGE = (Path(__file__).parents[2] / "docs" / "onnx.md").read_text("utf-8")
EXAMPLES: list[dict[str, Any]] = json.loads(blocks(PAGE, "json")[0])


def example_crop(rows: int) -> Crop:
    """The crop of the page, BGR."""
    y, x, channel = np.mgrid[:rows, :48, :3]
    crop: Crop = ((5 * y * y + 3 * x * (channel + 1)) % 256).astype(np.uint8)
    return crop


@pytest.mark.parametrize("said", EXAMPLES, ids=lambda said: f"{said['rows']} rows")
def test_page_says_what_the_preprocessing_does_when_its_example_is_computed(
    said: dict[str, Any],
) -> None:
    crop = example_crop(said["rows"])
    flat = grey(crop, "bgr")
    small = resize(flat, 32, 32).astype(np.int64)
    crops = stack([crop], InputSpec(), "bgr")
    n, total, squares = small.size, int(small.sum()), int((small**2).sum())
    gain = round(32768 * n / float(n * squares - total**2 + 4 * n * n) ** 0.5)
    assert said == {
        "rows": len(crop),
        "bgr": crop[0].ravel()[:6].tolist(),
        "grey": flat[0, :6].tolist(),
        "resized": small[0, :6].tolist(),
        "S": total,
        "Q": squares,
        "gain": gain,
        "offset": round((131072 * n - total * gain) / n),
        "crops": crops.ravel()[:6].tolist(),
        "crc32": zlib.crc32(crops.tobytes()),
    }


def test_page_lists_the_metadata_when_a_file_is_read(bundle: Bundle) -> None:
    rows = dict(re.findall(r"^\| `(blink\.\w+)` \| (?:`(.*?)`)?", PAGE, re.MULTILINE))
    for name in bundle.precisions:
        entries = onnx.load(bundle.path(name)).metadata_props
        kept = {entry.key: json.loads(entry.value) for entry in entries}
        assert kept.keys() == rows.keys()
        assert kept["blink.input_spec"] == json.loads(rows["blink.input_spec"])
        assert kept["blink.labels"] == json.loads(rows["blink.labels"])
        for key in ("blink.operating_point", "blink.calibration"):
            assert kept[key].keys() == json.loads(rows[key]).keys()


def test_page_runs_opencv_as_it_says_when_its_lines_are_executed(
    bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fp32.onnx").write_bytes(bundle.path("fp32").read_bytes())
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"cv2": cv2, "np": np, "crops": bundle.golden_crops()}
    exec(blocks(PAGE, "python")[0], names)  # noqa: S102 - our own page
    expected = Detector(bundle, "fp32").run(bundle.golden_crops())
    np.testing.assert_allclose(names["p_closed"], expected, rtol=0, atol=1e-4)
