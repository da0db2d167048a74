import errno
import os
import tarfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from blink.contract import ConfigError, StorageError
from blink.runs import Run, State, find_runs, read_run
from blink.runs.removal import archive, refuse_used, remove
from blink.runs.watching import LOCK
from tests.runs.folders import run_folder, status
from tests.small_files import files_of_at_most

NAME = "10-00-00-pico-f64e"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    folder = run_folder(tmp_path / "2026-11-28" / NAME, status())
    (folder / "latest").symlink_to("train.log")
    os.link(folder / "train.log", folder / "zlinked.log")
    return read_run(folder)


def content(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != LOCK
    }


def test_remove_leaves_nothing_when_it_was_the_only_run_of_its_day(
    run: Run, tmp_path: Path
) -> None:
    remove(run)
    assert list(tmp_path.iterdir()) == []


def test_remove_takes_the_output_along_when_it_is_a_trials(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "trials" / "00000-seed0", status())
    folder.with_name("00000-seed0.out").write_text("Killed")
    folder.with_name("00001-seed0.out").write_text("another's")
    remove(read_run(folder))
    assert [path.name for path in folder.parent.iterdir()] == ["00001-seed0.out"]


def test_archive_holds_the_output_when_it_is_a_trials(tmp_path: Path) -> None:
    folder = run_folder(tmp_path / "trials" / "00000-seed0", status())
    before = content(folder.parent) | {"00000-seed0.out": "Killed"}
    folder.with_name("00000-seed0.out").write_text("Killed")
    path = archive(read_run(folder), tmp_path / "kept")
    assert not folder.parent.exists()
    with tarfile.open(path) as packed:
        packed.extractall(tmp_path / "again", filter="data")
    assert content(tmp_path / "again") == before


def test_remove_shows_no_half_run_and_ends_later_when_it_was_killed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = read_run(run_folder(run.folder.with_name("11-00-00-pico-0000"), status()))

    def die(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("shutil.rmtree", die)
        with pytest.raises(KeyboardInterrupt):
            remove(run)
    assert [left.id for left in find_runs(tmp_path)] == [other.id]
    remove(other)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("do", [remove, lambda run: archive(run, run.folder.parent)])
def test_run_stays_when_somebody_goes_on_with_it_meanwhile(
    run: Run, do: Callable[[Run], Any]
) -> None:
    with FileLock(run.folder / LOCK), pytest.raises(ConfigError, match="is being run"):
        do(run)
    assert run.folder.is_dir()
    assert not list(run.folder.parent.glob("*.tar.gz"))


def test_remove_says_whose_it_is_when_it_is_another_users(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", refuse)
    monkeypatch.setattr(Path, "owner", lambda _: "ada")
    with pytest.raises(StorageError, match=r"cannot be deleted: Permission denied; it is ada's\."):
        remove(run)


@pytest.mark.parametrize("do", [remove, lambda run: archive(run, run.folder.parent)])
def test_run_stays_when_the_disk_cannot_be_written_to(
    run: Run, do: Callable[[Run], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(FileLock, "acquire", refuse)
    with pytest.raises(StorageError, match="cannot be changed: Read-only file system"):
        do(run)
    assert run.folder.is_dir()


def test_archive_says_that_the_disk_is_full_when_it_is(run: Run, tmp_path: Path) -> None:
    with files_of_at_most(100), pytest.raises(StorageError, match="No space left to write"):
        archive(run, tmp_path / "kept")
    assert run.folder.is_dir()


def test_refuse_used_names_a_run_when_it_is_running(tmp_path: Path) -> None:
    running = read_run(run_folder(tmp_path / "a", status(State.RUNNING)))
    with pytest.raises(ConfigError, match=rf"a is running \(process {os.getpid()} on"):
        refuse_used([running], tmp_path)


def test_refuse_used_names_the_user_when_a_running_run_has_it_as_a_teacher(
    run: Run, tmp_path: Path
) -> None:
    pupil = run_folder(tmp_path / "pupil", status(State.RUNNING))
    (pupil / "config.yaml").write_text(f"teachers: [{run.folder}/bundles/eye-pico]\n")
    with pytest.raises(ConfigError, match=r"is used by .*pupil"):
        refuse_used([run], tmp_path)
    (pupil / "config.yaml").write_text("teachers: []\n")
    refuse_used([run], tmp_path)


def test_refuse_used_knows_a_trial_by_its_study_when_a_running_run_names_one(
    tmp_path: Path,
) -> None:
    trial = tmp_path / "sweeps" / "pareto" / "trials" / "00000-seed0"
    run = read_run(run_folder(trial, status()))
    pupil = run_folder(tmp_path / "pupil", status(State.RUNNING))
    (pupil / "config.yaml").write_text("teachers: [sweeps/recipe/trials/00000-seed0]\n")
    refuse_used([run], tmp_path)
    (pupil / "config.yaml").write_text("teachers: [sweeps/pareto/trials/00000-seed0]\n")
    with pytest.raises(ConfigError, match=r"is used by .*pupil"):
        refuse_used([run], tmp_path)


@pytest.mark.parametrize(
    ("config", "is_used"),
    [
        ("name: pico-like\npaths: {run: runs/pico-like}\n", False),
        ("name: pico\n", False),
        ("teachers: [runs/pico/bundles/eye]\n", True),
        ("made_by:\n  command: train.py optim.loss.teachers=[runs/pico/bundles/eye]\n", True),
    ],
)
def test_refuse_used_knows_a_run_by_its_whole_name_when_another_ones_begins_with_it(
    tmp_path: Path, config: str, is_used: bool
) -> None:
    run = read_run(run_folder(tmp_path / "pico", status()))
    other = run_folder(tmp_path / "pico-like", status(State.RUNNING))
    (other / "config.yaml").write_text(config)
    with pytest.raises(ConfigError, match="is used by") if is_used else nullcontext():
        refuse_used([run], tmp_path)


def test_archive_holds_the_whole_run_when_it_is_unpacked(run: Run, tmp_path: Path) -> None:
    before = content(run.folder)
    path = archive(run, tmp_path / "kept")
    assert path == tmp_path / "kept" / f"{NAME}.tar.gz"
    assert find_runs(tmp_path) == []
    with tarfile.open(path) as packed:
        packed.extractall(tmp_path / "again", filter="data")
    assert content(tmp_path / "again" / NAME) == before
    assert read_run(tmp_path / "again" / NAME).state is State.FINISHED


def test_archive_names_the_study_when_it_packs_a_trial(tmp_path: Path) -> None:
    for study in ("pareto", "recipe"):
        folder = run_folder(tmp_path / "sweeps" / study / "trials" / "00000-seed0", status())
        archive(read_run(folder), tmp_path / "kept")
    names = ["pareto-00000-seed0.tar.gz", "recipe-00000-seed0.tar.gz"]
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == names


def test_archive_refuses_when_there_is_one_of_that_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.tar.gz").write_text("another")
    with pytest.raises(ConfigError, match="is there already"):
        archive(run, tmp_path)
    assert run.folder.is_dir()
    assert (tmp_path / f"{NAME}.tar.gz").read_text() == "another"


def test_archive_keeps_the_run_when_it_does_not_read_as_it_was_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = tarfile.TarFile.add

    def add(packed: tarfile.TarFile, name: Path, *rest: Any, **more: Any) -> None:
        real(packed, name, *rest, **more)
        if name.name == "config.yaml":
            name.write_text("name: changed meanwhile\n")

    monkeypatch.setattr(tarfile.TarFile, "add", add)
    with pytest.raises(StorageError, match=rf"{NAME}/config\.yaml differs"):
        archive(run, tmp_path)
    assert run.folder.is_dir()
    assert not list(tmp_path.glob("*.tar.gz*"))
