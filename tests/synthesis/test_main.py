import sys
from pathlib import Path

import cv2
import pytest

from blink.synthesis.__main__ import main


def test_sheet_writes_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "sheet.png"
    monkeypatch.setattr(sys, "argv", ["blink.synthesis", "sheet", str(out), "--people", "2"])
    assert main() == 0
    picture = cv2.imread(str(out))
    assert picture is not None
    assert picture.shape == (278, 1814, 3)
    assert str(out) in capsys.readouterr().out


def test_strip_writes_a_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "strip.png"
    monkeypatch.setattr(sys, "argv", ["blink.synthesis", "strip", str(out), "--people", "2"])
    assert main() == 0
    picture = cv2.imread(str(out))
    assert picture is not None
    assert picture.shape == (492, 1666, 3)
    tiles = picture[:96, 130:].reshape(96, 16, 96, 3).transpose(1, 0, 2, 3)
    assert all(tile.std() > 2 for tile in tiles)


def test_picture_is_refused_when_its_name_is_no_png(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["blink.synthesis", "strip", str(tmp_path / "strip.jpg")])
    assert main() == 1
    assert "its name ends in .png" in capsys.readouterr().err


def test_speed_prints_a_rate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["speed", "--people", "2", "--crops", "5", "--processes", "1"]
    monkeypatch.setattr(sys, "argv", ["blink.synthesis", *arguments])
    assert main() == 0
    assert capsys.readouterr().out.startswith("10 eyes in ")


def test_main_fails_with_one_line_when_a_number_is_out_of_range(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["blink.synthesis", "speed", "--people", "0"])
    assert main() == 1
    assert "RenderedEyes.people is 0" in capsys.readouterr().err
