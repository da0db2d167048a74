from dataclasses import replace
from pathlib import Path

import pytest

from blink.contract import ConfigError, DataError
from blink.data.manifest import Manifest
from blink.data.split import LeakyRows, Named, Split, SplitByPerson, ledger_path, seal_split
from blink.data.split.ledger import Ledger
from tests.data.drawing import crowd
from tests.data.split.sketching import sketch
from tests.data.split.test_ledger import LOOK

TEST = {"drawn": Named(["p00"])}


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, Manifest]:
    manifest = sketch("drawn", crowd(8))
    SplitByPerson(TEST).make(manifest).write(tmp_path / "split.csv")
    return tmp_path / "split.csv", manifest


def test_seal_keeps_the_fingerprint_and_names_the_ledger(saved: tuple[Path, Manifest]) -> None:
    path, manifest = saved
    before = Split.read(path, manifest)
    assert before.ledgers == {}
    ledger = seal_split(path)
    after = Split.read(path, manifest)
    assert after.fingerprint == before.fingerprint == ledger.subject
    assert after.ledgers == {"drawn": ledger}
    assert after.held_out == {"drawn": "1 person: p00"}
    assert ledger.path == path.parent / "split.ledger.jsonl" == ledger_path(path)
    assert ledger.looks() == []


@pytest.mark.parametrize("sensor", [None, "IDS"])
def test_sealed_split_stays_sealed_when_its_lines_end_as_on_windows(
    saved: tuple[Path, Manifest], sensor: str | None
) -> None:
    path, _ = saved
    replace(Split.parse(path), sensor=sensor).write(path)
    ledger = seal_split(path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    split = Split.parse(path)
    assert (split.sensor, split.ledgers) == (sensor, {"drawn": ledger})
    assert split.fingerprint == ledger.subject


def test_sealed_split_is_refused_when_its_ledger_is_gone(saved: tuple[Path, Manifest]) -> None:
    path, manifest = saved
    seal_split(path).path.unlink()
    with pytest.raises(DataError, match="the split beside it is sealed"):
        Split.read(path, manifest)


def test_sealed_split_is_refused_when_people_were_moved(saved: tuple[Path, Manifest]) -> None:
    path, manifest = saved
    seal_split(path)
    path.write_text(path.read_text().replace("p00,test,", "p00,train,1"))
    with pytest.raises(DataError, match="the split was changed after it was sealed"):
        Split.read(path, manifest)


def test_seal_is_refused_when_it_was_done_or_makes_no_sense(
    saved: tuple[Path, Manifest], tmp_path: Path
) -> None:
    path, manifest = saved
    seal_split(path)
    with pytest.raises(ConfigError, match="sealed already"):
        seal_split(path)
    LeakyRows(TEST).make(manifest).write(tmp_path / "leaky.csv")
    with pytest.raises(ConfigError, match="is leaky"):
        seal_split(tmp_path / "leaky.csv")
    SplitByPerson({}).make(manifest).write(tmp_path / "nobody.csv")
    with pytest.raises(ConfigError, match="no test people"):
        seal_split(tmp_path / "nobody.csv")


def test_seal_goes_on_when_it_was_killed_before_the_split_said_so(
    saved: tuple[Path, Manifest],
) -> None:
    path, manifest = saved
    unsealed = path.read_text()
    seal_split(path)
    path.write_text(unsealed)  # the ledger was begun, the split not yet written
    assert Split.read(path, manifest).ledgers == {}
    ledger = seal_split(path)
    assert ledger.looks() == []
    assert Split.read(path, manifest).ledgers == {"drawn": ledger}


def test_seal_is_refused_when_the_ledger_is_anothers(saved: tuple[Path, Manifest]) -> None:
    path, _ = saved
    unsealed = path.read_text()
    ledger = Ledger(ledger_path(path), "another")
    ledger.record(LOOK)
    with pytest.raises(DataError, match="counts looks at another"):
        seal_split(path)
    assert path.read_text() == unsealed
    assert ledger.looks() == [LOOK]


def test_split_is_refused_when_its_seal_was_taken_off_after_a_look(
    saved: tuple[Path, Manifest],
) -> None:
    path, manifest = saved
    unsealed = path.read_text()
    ledger = seal_split(path)
    sealed = path.read_text()
    path.write_text(unsealed)
    assert Split.read(path, manifest).ledgers == {}  # a seal that was cut short: no look is lost
    ledger.record(LOOK)
    with pytest.raises(DataError, match="the seal was taken off"):
        Split.read(path, manifest)
    path.write_text(sealed)
    assert len(Split.read(path, manifest).ledgers["drawn"].looks()) == 1
