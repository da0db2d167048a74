from pathlib import Path

import pytest

from blink.runs import Point, read_curve


def write(folder: Path, version: int, text: str) -> None:
    path = folder / "curves" / f"version_{version}" / "metrics.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_read_curve_merges_attempts_when_a_run_was_resumed(tmp_path: Path) -> None:
    write(tmp_path, 2, "epoch,step,val/loss\n0,9,0.5\n1,19,0.4\n")
    write(tmp_path, 10, "epoch,lr,step,val/loss\n1,,19,0.3\n2,0.1,29,0.2\n")
    assert read_curve(tmp_path) == {
        "val/loss": [Point(0, 9, 0.5), Point(1, 19, 0.3), Point(2, 29, 0.2)],
        "lr": [Point(2, 29, 0.1)],
    }


def test_read_curve_leaves_out_the_last_line_when_it_is_half_written(tmp_path: Path) -> None:
    write(tmp_path, 0, "epoch,step,val/loss\n0,9,0.5\n1,19,0.4")
    assert read_curve(tmp_path) == {"val/loss": [Point(0, 9, 0.5)]}


def test_read_curve_leaves_out_a_line_when_a_full_disk_cut_it_off(tmp_path: Path) -> None:
    write(tmp_path, 0, "epoch,step,val/loss\n0,9,0.5\n1,1\n2,x,0.1\n3,39,0.1\n")
    assert read_curve(tmp_path) == {"val/loss": [Point(0, 9, 0.5), Point(3, 39, 0.1)]}


def test_read_curve_is_empty_when_nothing_was_logged(tmp_path: Path) -> None:
    assert read_curve(tmp_path) == {}
    for version, text in enumerate(("", "epoch,step", "a,b\n1,2\n")):
        write(tmp_path, version, text)
    assert read_curve(tmp_path) == {}


def test_read_curve_is_empty_when_the_folder_is_closed_to_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "glob", refuse)
    assert read_curve(tmp_path) == {}
