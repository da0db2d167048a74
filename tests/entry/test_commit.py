import re
import shutil
import subprocess
from pathlib import Path

import pytest

from blink.entry.commit import current_commit


def test_current_commit_is_unknown_when_there_is_no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert current_commit() == "unknown"


@pytest.mark.skipif(shutil.which("git") is None, reason="makes a repository by git")
def test_current_commit_is_unknown_when_the_repository_is_somebody_elses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    author = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    for words in (("init", "-q"), (*author, "commit", "-q", "--allow-empty", "-m", "theirs")):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)  # noqa: S607 - as Blink starts it
    (tmp_path / "site-packages").mkdir()
    found = []
    for place in (tmp_path, tmp_path / "site-packages"):
        monkeypatch.setattr("blink.entry.commit.REPOSITORY", place)
        found.append(current_commit())
    assert re.fullmatch("[0-9a-f]{12}", found[0])
    assert found[1] == "unknown"
