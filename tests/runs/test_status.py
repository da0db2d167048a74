import json
import os
from pathlib import Path

import pytest

from blink.contract import StorageError
from blink.runs import About, Headline, State, note_finished
from blink.runs.status import FILE, overwrite_status, read_status, write_status
from tests.runs.folders import run_folder, status


def test_status_is_the_same_when_it_is_read_back(tmp_path: Path) -> None:
    noted = status(headline=Headline("mrl", "test", "eye-é", "int8", 0.9, None, None), reason="é")
    write_status(tmp_path, noted)
    assert read_status(tmp_path) == noted
    assert json.loads((tmp_path / FILE).read_text())["version"] == 1


def test_read_status_is_none_when_there_is_none(tmp_path: Path) -> None:
    assert read_status(tmp_path) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"version": 2}', '{"version": 1, "state": "odd"}', "\xff"]
)
def test_read_status_refuses_when_it_is_not_ours(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(ValueError, match=r"status|json|JSON|Expecting|State|decode"):
        read_status(tmp_path)


def test_read_status_refuses_when_a_moment_is_none(tmp_path: Path) -> None:
    write_status(tmp_path, status(ended="yesterday"))
    with pytest.raises(ValueError, match="yesterday"):
        read_status(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"seconds": 60.0', '"seconds": "long"'),
        ('"attempts": 1', '"attempts": null'),
        ('"epochs": 3', '"epochs": "three"'),
        ('"pid": PID', '"pid": true'),
        ('"value": 0.9', '"value": "good"'),
    ],
)
def test_read_status_refuses_when_a_number_is_none(tmp_path: Path, old: str, new: str) -> None:
    noted = status(headline=Headline("mrl", "test", "eye", "int8", 0.9, None, None))
    write_status(tmp_path, noted)
    text = (tmp_path / FILE).read_text().replace(str(os.getpid()), "PID")
    assert old in text
    (tmp_path / FILE).write_text(text.replace(old, new).replace("PID", str(os.getpid())))
    with pytest.raises(ValueError, match=r"is none of Blink's"):
        read_status(tmp_path)


def test_overwrite_status_leaves_nothing_of_the_longer_one_when_it_is_shorter(
    tmp_path: Path,
) -> None:
    write_status(tmp_path, status(reason="long " * 100))
    overwrite_status(tmp_path, status())
    assert read_status(tmp_path) == status()


def test_write_status_raises_when_there_is_no_such_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_status(tmp_path / "file" / "run", status())


def test_note_finished_says_what_came_out_when_the_run_stands(tmp_path: Path) -> None:
    note_finished(run_folder(tmp_path), About("judged"), 90.04)
    noted = read_status(tmp_path)
    assert noted is not None
    assert (noted.state, noted.about.name, noted.seconds) == (State.FINISHED, "judged", 90.0)
    assert noted.headline == Headline("rendered", "test", "eye-pico", "int8", 0.9, 0.8, 0.95)
