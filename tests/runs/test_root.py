from pathlib import Path

import pytest

from blink.contract import ConfigError
from blink.runs import below_root_or_exit


def name(root: Path) -> Path:
    return root / "here"


@pytest.mark.parametrize("runs", ["2026", 2026])
def test_below_root_makes_the_folder_of_all_runs_when_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: object
) -> None:
    monkeypatch.chdir(tmp_path)
    assert below_root_or_exit(runs, name) == "2026/here"
    assert list(tmp_path.rglob("*")) == [tmp_path / "2026"]


@pytest.mark.parametrize("runs", [None, ""])
def test_below_root_ends_with_a_sentence_when_no_folder_is_named(runs: object) -> None:
    with pytest.raises(SystemExit, match=r"paths\.runs names no folder .*paths\.runs=FOLDER"):
        below_root_or_exit(runs, name)


def test_below_root_ends_with_a_sentence_when_it_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "runs").touch()
    with pytest.raises(SystemExit, match=r"Cannot make .*runs for runs \(File exists\)"):
        below_root_or_exit(tmp_path / "runs", name)


def test_below_root_ends_with_the_sentence_of_whoever_names_it(tmp_path: Path) -> None:
    def refuse(root: Path) -> Path:
        raise ConfigError("No such name.")

    with pytest.raises(SystemExit, match="No such name"):
        below_root_or_exit(tmp_path / "runs", refuse)
    assert list(tmp_path.iterdir()) == []
