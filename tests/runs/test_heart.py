import os
import tempfile
from pathlib import Path

import pytest

from blink.runs import heart


@pytest.fixture(autouse=True)
def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file system's clock is known yet."""
    monkeypatch.setattr(heart, "_seen", {})


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Where scratch files were made."""
    made: list[Path] = []
    real = tempfile.TemporaryFile

    def note(*, dir: Path) -> object:  # noqa: A002 - its name in the library
        made.append(dir)
        return real(dir=dir)

    monkeypatch.setattr(tempfile, "TemporaryFile", note)
    return made


def beaten(folder: Path, ago: float = 0.0) -> Path:
    folder.mkdir()
    heart.beat(folder, 1, 10.0)
    last = (folder / heart.FILE).stat().st_mtime - ago
    os.utime(folder / heart.FILE, (last, last))
    return folder


def test_age_goes_by_the_file_systems_clock_when_this_machines_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = beaten(tmp_path / "run", 4000.0)
    monkeypatch.setattr("time.time", lambda: 0.0)

    assert heart.age(folder) == pytest.approx(4000.0, abs=100.0)


def test_age_is_negative_when_the_clock_was_set_back(tmp_path: Path) -> None:
    assert heart.age(beaten(tmp_path / "run", -4000.0)) == pytest.approx(-4000.0, abs=100.0)


def test_is_beating_makes_one_file_when_many_runs_are_asked_for(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heart, "INTERVAL", 1000.0)
    folders = [beaten(tmp_path / f"{number}", 100.0 * (number % 2)) for number in range(6)]

    assert [heart.is_beating(folder) for folder in folders] == [True, False] * 3
    assert files == [folders[0]]
    monkeypatch.setattr(heart, "INTERVAL", -1.0)
    assert heart.is_beating(folders[2])
    assert files == [folders[0], folders[2]]
    assert [path.name for path in folders[0].iterdir()] == [heart.FILE]


def test_is_beating_believes_a_heart_when_no_file_can_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*, dir: Path) -> None:  # noqa: A002 - its name in the library
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    folder = beaten(tmp_path / "run", 4000.0)

    assert heart.age(folder) is None
    assert heart.is_beating(folder)
    (folder / heart.FILE).unlink()
    assert not heart.is_beating(folder)
