from pathlib import Path

import pytest

from blink.target import read_target


def test_read_target_finds_a_name_when_it_is_asked_for_in_another_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert read_target("iris_login").name == "iris_login"
