import errno
import os
from pathlib import Path
from threading import Thread

import optuna
import pytest
from optuna.storages.journal import JournalFileBackend, JournalStorage
from optuna.trial import create_trial

from blink.contract import StorageError
from blink.sweep import journal
from blink.sweep.journal import Journal, open_journal
from blink.sweep.storage import close_storage


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "study.journal"


def begin(path: Path) -> optuna.Study:
    return optuna.create_study(storage=open_journal(path), study_name="s", load_if_exists=True)


def values(study: optuna.Study) -> list[float]:
    return [trial.values[0] for trial in study.trials]


def test_journal_is_read_by_optuna_alone_when_blink_wrote_it(path: Path) -> None:
    begin(path).add_trial(create_trial(value=1.5))
    storage = JournalStorage(JournalFileBackend(str(path)))
    assert values(optuna.load_study(storage=storage, study_name="s")) == [1.5]


def test_journal_loses_nothing_when_a_writer_was_killed_within_a_line(path: Path) -> None:
    begin(path).add_trial(create_trial(value=1.0))
    with path.open("ab") as file:
        file.write(b'{"op_code":4,"worker_id":"killed","stu')
    study = begin(path)  # reading does no harm
    assert values(study) == [1.0]
    study.add_trial(create_trial(value=2.0))
    assert values(study) == values(begin(path)) == [1.0, 2.0]
    assert b"killed" not in path.read_bytes()


def test_journal_goes_on_when_another_program_wrote_behind_half_a_line(path: Path) -> None:
    begin(path).add_trial(create_trial(value=1.0))
    with path.open("ab") as file:
        file.write(b'{"op_code":4,"wor{"op_code":4}\n')
    study = begin(path)
    study.add_trial(create_trial(value=2.0))
    assert values(study) == values(begin(path)) == [1.0, 2.0]


def test_journal_has_every_line_whole_when_several_write_at_once(path: Path) -> None:
    def write(who: str) -> None:
        log = Journal(path)
        for number in range(50):
            log.append_logs([{"who": who, "n": number, "filling": "x" * 50}])

    writers = [Thread(target=write, args=(who,)) for who in ("one", "two")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    logs = list(Journal(path).read_logs(0))
    for who in ("one", "two"):
        assert [log["n"] for log in logs if log["who"] == who] == list(range(50))


def test_journal_keeps_what_it_had_when_the_disk_is_full(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = begin(path)
    study.add_trial(create_trial(value=1.0))
    before = path.read_bytes()

    def write_a_little(file: int, data: bytes, offset: int) -> int:
        if len(data) > 10:
            return pwrite(file, data[:10], offset)
        raise OSError(errno.ENOSPC, "No space left on device")

    pwrite = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda f, d, o: write_a_little(f, d[:11], o))
    with pytest.raises(StorageError, match="Free some space"):
        study.set_user_attr("name", "value")
    monkeypatch.undo()
    assert path.read_bytes() == before
    study.add_trial(create_trial(value=2.0))
    assert values(begin(path)) == [1.0, 2.0]


@pytest.mark.parametrize("is_new", [True, False])
def test_journal_is_left_alone_when_another_one_has_come_into_its_place(
    path: Path, is_new: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = begin(path)
    old.add_trial(create_trial(value=1.0))
    path.unlink()  # whose inode is free now for whoever comes
    if is_new:
        begin(path).add_trial(create_trial(value=2.0))
    before = {file: file.read_bytes() for file in path.parent.iterdir()}
    monkeypatch.setattr(journal, "_WORTH_KEEPING", 1)

    with pytest.raises(StorageError, match="was replaced or moved away"):
        old.set_user_attr("seconds", 1.0)
    with pytest.raises(StorageError, match="was replaced or moved away"):
        _ = old.trials
    with pytest.raises(StorageError, match="was replaced or moved away"):
        close_storage(old._storage)
    assert {file: file.read_bytes() for file in path.parent.iterdir()} == before


def test_journal_makes_no_folder_when_its_own_was_moved_away(path: Path, tmp_path: Path) -> None:
    old = begin(tmp_path / "study" / path.name)
    (tmp_path / "study").rename(tmp_path / "kept")
    with pytest.raises(StorageError, match="was replaced or moved away"):
        old.set_user_attr("seconds", 1.0)
    assert not (tmp_path / "study").exists()


@pytest.fixture
def snapshot(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of a journal whose second trial it does not know."""
    monkeypatch.setattr(journal, "_WORTH_KEEPING", 1)
    study = begin(path)
    study.add_trial(create_trial(value=1.0))
    close_storage(study._storage)
    study.add_trial(create_trial(value=2.0))
    monkeypatch.setattr(journal, "_WORTH_KEEPING", 1000)
    return path.with_suffix(".snapshot")


def replayed(path: Path) -> int:
    """How many lines an opening has to replay."""
    storage = open_journal(path)
    backend = storage._backend
    assert isinstance(backend, Journal)
    assert [t.values for t in storage.get_all_trials(0)] == [[1.0], [2.0]]
    return backend._number - backend._kept


def test_journal_replays_only_what_is_new_when_it_has_a_snapshot(
    path: Path, snapshot: Path
) -> None:
    assert snapshot.stat().st_mode & 0o777 == 0o600
    assert replayed(path) == 1


def test_journal_lets_nobody_write_while_it_keeps_a_snapshot(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = begin(path)._storage
    assert isinstance(storage, JournalStorage)
    monkeypatch.setattr(journal, "_WORTH_KEEPING", 1)
    locked: list[bool] = []
    share = journal._share_what_is_equal

    def share_and_look(storage: JournalStorage) -> None:
        locked.append(storage._thread_lock.locked())
        share(storage)

    monkeypatch.setattr(journal, "_share_what_is_equal", share_and_look)
    close_storage(storage)
    assert locked == [True]


@pytest.mark.parametrize("harm", ["cut", "spoilt", "writable by others", "of another journal"])
def test_journal_is_replayed_whole_when_its_snapshot_cannot_be_trusted(
    path: Path, snapshot: Path, harm: str
) -> None:
    content = snapshot.read_bytes()
    if harm == "cut":
        snapshot.write_bytes(content[:-10])
    elif harm == "spoilt":
        snapshot.write_bytes(content[:-10] + b"0123456789")
    elif harm == "writable by others":
        snapshot.chmod(0o620)
    else:
        path.write_bytes(path.read_bytes().replace(b'"study_name":"s"', b'"study_name":"t"'))
    assert replayed(path) == 3
