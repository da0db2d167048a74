import re
from pathlib import Path

import pytest

from blink.contract import ConfigError
from blink.entry.run_folder import CONFIG, name_folder


def test_name_folder_says_date_time_and_name_when_the_run_is_new() -> None:
    folder = name_folder("runs", "real", None)
    assert re.fullmatch(r"runs/\d{4}-\d\d-\d\d/\d\d-\d\d-\d\d-real-[0-9a-f]{4}", folder)
    assert name_folder("runs", "real", None) == folder


def test_name_folder_is_the_runs_own_when_it_is_resumed(tmp_path: Path) -> None:
    (tmp_path / CONFIG).write_text("name: real\n")
    assert name_folder("runs", "other", str(tmp_path)) == str(tmp_path)


def test_name_folder_refuses_when_there_is_no_run_to_resume(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no run to go on with"):
        name_folder("runs", "real", str(tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()
