import pytest

from blink.entry.commit import current_commit


def test_current_commit_is_unknown_when_there_is_no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert current_commit() == "unknown"
