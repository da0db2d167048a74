import os
from pathlib import Path

import pytest

from blink.runs import checkpoints, drop_checkpoints


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "checkpoints").mkdir()
    for age, name in enumerate(("epoch=1000.ckpt", "within.ckpt", "epoch=999.ckpt")):
        path = tmp_path / "checkpoints" / name
        path.write_text(name)
        os.utime(path, (1000 + age, 1000 + age))  # the clock was set back
    return tmp_path


@pytest.mark.parametrize(("keeps_last", "left"), [(True, ["epoch=1000.ckpt"]), (False, [])])
def test_drop_checkpoints_leaves_what_it_was_told_to_when_a_run_has_finished(
    folder: Path, keeps_last: bool, left: list[str]
) -> None:
    drop_checkpoints(folder, keeps_last=keeps_last)
    assert [path.name for path in checkpoints(folder)] == left


def test_drop_checkpoints_says_what_stays_when_it_cannot_be_deleted(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    drop_checkpoints(folder, keeps_last=True)
    assert len(caplog.messages) == 2
    assert caplog.messages[1].endswith("within.ckpt stays: Permission denied")
