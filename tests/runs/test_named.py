from pathlib import Path

import pytest

from blink.contract import ConfigError
from blink.runs.named import run_named
from tests.runs.folders import run_folder, status


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (
        "2026-11-28/10-00-00-pico-f64e",
        "2026-11-28/11-00-00-pico-a64e",
        "sweeps/one/trials/00012-seed0",
        "sweeps/two/trials/00012-seed0",
        "sweeps/two/trials/10012-seed0",
    ):
        run_folder(tmp_path / name, status())
    return tmp_path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("f64e", "2026-11-28/10-00-00-pico-f64e"),
        ("one/trials/00012-seed0", "sweeps/one/trials/00012-seed0"),
        ("10012-seed0", "sweeps/two/trials/10012-seed0"),
        ("2026-11-28/11-00-00-pico-a64e/", "2026-11-28/11-00-00-pico-a64e"),
    ],
)
def test_run_named_finds_the_run_when_no_other_ends_so(
    root: Path, name: str, expected: str
) -> None:
    assert run_named(name, root).folder == root / expected


def test_run_named_takes_a_folder_when_it_is_a_run(root: Path) -> None:
    folder = root / "2026-11-28" / "10-00-00-pico-f64e"
    assert run_named(str(folder), root / "elsewhere").folder == folder


def test_run_named_lists_them_when_several_end_so(root: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        run_named("64e", root)
    assert str(refused.value) == (
        "'64e' may mean 2 runs; name more of the path:\n"
        f"  {root}/2026-11-28/10-00-00-pico-f64e\n  {root}/2026-11-28/11-00-00-pico-a64e"
    )
    with pytest.raises(ConfigError, match="may mean 2 runs"):
        run_named("/00012-seed0", root)


@pytest.mark.parametrize("name", ["0000", "", "..", "2026-11-28"])
def test_run_named_refuses_when_there_is_no_such_run(root: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="There is no run"):
        run_named(name, root)
