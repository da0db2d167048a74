import shutil
from collections import Counter
from pathlib import Path

import pytest

from blink.dashboard import shelf as module
from blink.dashboard.shelf import Shelf
from blink.runs import Point, State
from tests.dashboard.run_folders import EPOCHS, Made, close, write_curve, write_many, write_run


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look is a new one."""
    monkeypatch.setattr(module, "PATIENCE", 0.0)


def test_look_shows_every_state_when_folders_hold_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_many(tmp_path, 60)
    close(write_run(tmp_path, Made("2026-11-28/10-00-00-theirs-fffe")), monkeypatch)

    entries = Shelf(tmp_path).look().entries

    # Of 60, one is running; the half-written one says nothing of itself and did not finish.
    assert Counter(entry.state for entry in entries) == {
        State.FINISHED: 47, State.FAILED: 3, State.STOPPED: 3, State.PRUNED: 3, State.CRASHED: 4,
        State.RUNNING: 1, State.UNREADABLE: 1,
    }  # fmt: skip
    (theirs,) = (entry for entry in entries if entry.state is State.UNREADABLE)
    assert theirs.id == "2026-11-28/10-00-00-theirs-fffe"
    assert theirs.reason == f"{theirs.folder}/status.json: Permission denied"
    assert (theirs.curve, theirs.settings, theirs.judgements) == ({}, {}, ())


def test_look_reads_what_a_run_is_and_found_when_it_has_finished(tmp_path: Path) -> None:
    write_run(tmp_path, Made("2026-11-20/07-00-00-large-00aa", model="large", rate=0.01, seed=3))

    entry = Shelf(tmp_path).look().entries[0]

    assert (entry.id, entry.title) == ("2026-11-20/07-00-00-large-00aa", "large 00aa")
    assert (entry.epoch, entry.epochs) == (EPOCHS, EPOCHS)
    assert entry.settings["optim.optimizer.lr"] == 0.01
    assert entry.settings["model"] == "large"
    assert [one.on for one in entry.judgements] == ["mrl", "cew", "mean of mrl, cew"]
    judged = entry.judged("cew")
    assert judged is not None
    assert (judged.p50_us, judged.size_bytes, len(judged.groups)) == (64.0, 320_030, 6)


def test_look_tells_a_trial_from_its_place_when_it_belongs_to_a_study(tmp_path: Path) -> None:
    write_run(tmp_path, Made("sweeps/rates/trials/00007-seed0", people="val"))

    entry = Shelf(tmp_path).look().entries[0]

    assert (entry.study, entry.trial) == ("rates", 7)
    assert entry.judgements[0].on == "mrl (validation people)"


def test_look_reads_only_what_changed_when_it_looks_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write_run(tmp_path, Made("2026-11-20/07-00-00-pico-0001", State.RUNNING))
    write_run(tmp_path, Made("2026-11-20/07-00-00-pico-0002"))
    shelf = Shelf(tmp_path)
    before = shelf.look()
    read: list[Path] = []

    def note(folder: Path) -> dict[str, list[Point]]:
        read.append(folder)
        return {}

    monkeypatch.setattr(module, "read_curve", note)

    assert shelf.look() is before
    write_curve(first, 9, 0.9)
    after = shelf.look()

    assert read == [first]
    assert after.version == before.version + 1


def test_look_follows_a_run_when_it_grows_and_is_deleted(tmp_path: Path) -> None:
    folder = write_run(tmp_path, Made("2026-11-20/07-00-00-pico-0001", State.RUNNING))
    shelf = Shelf(tmp_path)
    assert [entry.epoch for entry in shelf.look().entries] == [7]

    write_curve(folder, 9, 0.9)
    assert [entry.epoch for entry in shelf.look().entries] == [9]

    shutil.rmtree(folder)
    assert shelf.look().entries == ()


def test_look_leaves_the_rest_for_later_when_its_time_is_up(tmp_path: Path) -> None:
    write_run(tmp_path, Made("2026-11-20/07-00-00-pico-0001"))
    write_run(tmp_path, Made("2026-11-20/07-00-00-pico-0002"))
    shelf = Shelf(tmp_path)

    first = shelf.look(budget=-1)
    assert (len(first.entries), first.unread) == (2, 2)
    assert [entry.state for entry in first.entries] == [State.FINISHED] * 2

    second = shelf.look()
    assert second.unread == 0
    assert all(entry.judgements for entry in second.entries)


def test_look_shows_a_run_when_its_files_are_half_written(tmp_path: Path) -> None:
    folder = write_run(tmp_path, Made("2026-11-20/07-00-00-pico-0001"))
    for name in ("metrics.json", "config.yaml", "curves/version_0/metrics.csv"):
        (folder / name).write_text((folder / name).read_text()[:90])

    entry = Shelf(tmp_path).look().entries[0]

    assert entry.state is State.FINISHED
    assert entry.judgements == ()
    assert entry.epoch == 1


def test_look_is_empty_when_there_is_no_folder(tmp_path: Path) -> None:
    assert Shelf(tmp_path / "none").look().entries == ()
