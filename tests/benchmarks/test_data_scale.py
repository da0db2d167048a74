import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from benchmarks import data_scale
from benchmarks.data_scale import main, parse, sizes
from benchmarks.tiled_eyes import TiledEyes
from blink.data.images import encode_png
from tests.data.drawing import eye, write_folder

Usage = namedtuple("Usage", "total used free")


def test_sizes_reads_thousands_and_millions() -> None:
    assert sizes("10k,100k,1M,12345") == [10_000, 100_000, 1_000_000, 12_345]


@pytest.mark.parametrize("options", [["--sizes", "1k"], ["--sizes", "many"], ["--steps", "3"]])
def test_options_are_refused_when_they_make_no_sense(
    tmp_path: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(["--folder", str(tmp_path), *options])
    assert options[0].strip("-") in capsys.readouterr().err


def test_data_scale_says_how_much_is_needed_when_the_disk_is_too_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2, 1, 1_000_000_000))
    assert main(["--folder", str(tmp_path), "--sizes", "10k,10M"]) == 1
    said = capsys.readouterr().err
    assert f"10,000,000 crops need {data_scale.BYTES_OF_A_CROP / 100:.1f} GB" in said
    assert list(tmp_path.iterdir()) == []


def test_tiled_eyes_are_a_thousand_a_person_when_imported(tmp_path: Path) -> None:
    tiles = {
        f"{('open', 'closed')[n % 2]}-{n}.png": encode_png(eye(n, n % 2 == 1)) for n in range(3)
    }
    write_folder(tmp_path / "tiles", tiles)
    table = TiledEyes(tmp_path / "tiles", crops=1200).write(tmp_path / "set").table
    assert table["subject"].value_counts().to_dict() == {"p000000": 1000, "p000001": 200}
    assert table["label"].tolist() == [1, 0, 0] * 400


@pytest.mark.long
def test_data_scale_prints_a_row_for_each_size_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(data_scale, "TILES", 200)
    assert main(["--folder", str(tmp_path), "--sizes", "10k,50k", "--steps", "40"]) == 0
    rows = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()[-2:]]
    small, large = ([float(cell.replace(",", "")) for cell in row] for row in rows)
    assert (small[0], large[0]) == (10_000, 50_000)
    assert abs(large[8] - small[8]) < 50  # MB of the training process's own
    assert list(tmp_path.iterdir()) == []
