from pathlib import Path

import numpy as np
import pytest

from blink.cli import main
from blink.data.images import decode
from tests.data.drawing import crowd, data_set


def test_show_tells_the_row_and_writes_the_picture_when_the_crop_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = data_set(tmp_path / "data", crowd(2))
    name, file = manifest.table["id"].iloc[5], tmp_path / "eye.png"
    start = name[:8]
    assert main(["data", "show", str(tmp_path / "data"), start, "--picture", str(file)]) == 0
    lines = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert (lines["row"], lines["id"], lines["subject"], lines["label"]) == ("5", name, "p01", "1")
    assert lines["Wrote"] == str(file)
    np.testing.assert_array_equal(decode(file.read_bytes()), next(manifest.crops([5])))


def test_show_names_the_crop_when_it_is_of_another_data_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data_set(tmp_path / "data", {"a": [1]})
    assert main(["data", "show", str(tmp_path / "data"), "0" * 16]) == 1
    assert f"{'0' * 16} is not in" in capsys.readouterr().err
