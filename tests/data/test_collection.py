import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from blink.contract import ConfigError, DataError, StorageError
from blink.data.collection import Collection, Source
from blink.data.manifest import FILE, Manifest, write_manifest
from blink.data.split import LeakyRows, Named, Rule, SplitByPerson
from tests.data.drawing import crowd, rows
from tests.small_files import files_of_at_most

SPLIT = SplitByPerson({"a": Named(["p00"])})


@dataclass(frozen=True)
class Drawn:
    name: str
    key: str = "1"
    people: int = 8
    is_available: bool = True
    written: list[Path] = field(default_factory=list)

    def write(self, folder: Path) -> Manifest:
        self.written.append(folder)
        return write_manifest(folder, rows(self.name, crowd(self.people)))


def collect(tmp_path: Path, *sources: Source) -> Collection:
    return Collection(sources, SPLIT, tmp_path / "cache")


def test_prepare_merges_in_the_order_given(tmp_path: Path) -> None:
    manifest, split = collect(tmp_path, Drawn("b"), Drawn("a")).prepare()
    assert manifest.table["dataset"].unique().tolist() == ["b", "a"]
    assert split.manifest == manifest.fingerprint
    other, _ = collect(tmp_path, Drawn("a"), Drawn("b")).prepare()
    assert other.table["dataset"].unique().tolist() == ["a", "b"]
    assert other.fingerprint != manifest.fingerprint


def test_prepare_writes_nothing_again_when_all_is_there(tmp_path: Path) -> None:
    sources = Drawn("b"), Drawn("a")
    first, split = collect(tmp_path, *sources).prepare()
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    again, same = collect(tmp_path, *sources).prepare()
    assert [len(source.written) for source in sources] == [1, 1]
    assert again.fingerprint == first.fingerprint
    assert same.fingerprint == split.fingerprint
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == files


def test_prepare_writes_each_data_set_once_when_several_runs_begin_at_once(tmp_path: Path) -> None:
    both = Barrier(2)

    @dataclass(frozen=True)
    class Slow(Drawn):
        def write(self, folder: Path) -> Manifest:
            time.sleep(0.2)
            return super().write(folder)

    sources = Slow("b"), Slow("a")

    def prepare(_: int) -> str:
        both.wait()
        manifest, split = collect(tmp_path, *sources).prepare()
        return f"{manifest.fingerprint} {split.fingerprint}"

    with ThreadPoolExecutor(2) as threads:
        assert len(set(threads.map(prepare, range(2)))) == 1
    assert [len(source.written) for source in sources] == [1, 1]


def test_prepare_imports_again_when_the_key_of_a_source_changes(tmp_path: Path) -> None:
    collect(tmp_path, Drawn("a")).prepare()
    changed = Drawn("a", key="2", people=9)
    manifest, _ = collect(tmp_path, changed).prepare()
    assert len(changed.written) == 1
    assert manifest.table["subject"].nunique() == 9


def test_prepare_splits_again_when_the_rule_changes(tmp_path: Path) -> None:
    source = Drawn("a")
    _, first = collect(tmp_path, source).prepare()
    other = Collection([source], SplitByPerson({"a": Named(["p01"])}), tmp_path / "cache")
    _, second = other.prepare()
    assert first.table.loc[first.table["role"] == "test", "subject"].tolist() == ["p00"]
    assert second.table.loc[second.table["role"] == "test", "subject"].tolist() == ["p01"]
    assert len(list((tmp_path / "cache/splits").iterdir())) == 2


def test_prepare_imports_again_when_the_kept_data_set_is_damaged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = Drawn("a")
    first, _ = collect(tmp_path, source).prepare()
    path = first.folder / FILE
    path.write_bytes(path.read_bytes()[:1000])
    with caplog.at_level(logging.WARNING):
        again, _ = collect(tmp_path, source).prepare()
    assert again.fingerprint == first.fingerprint
    assert len(source.written) == 2
    assert "damaged" in caplog.text


def test_prepare_makes_nothing_anew_when_there_is_no_room_to_check_it(tmp_path: Path) -> None:
    source = Drawn("a")
    manifest, _ = collect(tmp_path, source).prepare()
    (manifest.folder / ".checked.json").unlink()
    with files_of_at_most(8), pytest.raises(StorageError, match="TMPDIR"):
        collect(tmp_path, source).prepare()
    assert len(source.written) == 1


def test_prepare_splits_again_when_the_kept_split_is_damaged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, first = collect(tmp_path, Drawn("a")).prepare()
    (path,) = (tmp_path / "cache/splits").iterdir()
    path.write_text(path.read_text()[:80])
    with caplog.at_level(logging.WARNING):
        _, again = collect(tmp_path, Drawn("a")).prepare()
    assert again.fingerprint == first.fingerprint
    assert "Making it anew" in caplog.text


@pytest.mark.parametrize("people", [1, 3])
def test_prepare_leaves_no_split_behind_when_there_are_too_few_people(
    tmp_path: Path, people: int
) -> None:
    with pytest.raises(DataError, match=r"nobody would be left to validate on|too few for 5 folds"):
        collect(tmp_path, Drawn("a", people=people)).prepare()
    assert not (tmp_path / "cache/splits").exists()


def test_collection_is_available_when_all_of_its_sources_are(tmp_path: Path) -> None:
    there, away = Drawn("a"), Drawn("b", is_available=False)
    assert collect(tmp_path, there, there).is_available
    assert not collect(tmp_path, there, away).is_available


@pytest.mark.parametrize("source", [{"path": "mrl.zip"}, None])
def test_collection_is_refused_when_a_source_is_none(tmp_path: Path, source: Any) -> None:
    with pytest.raises(ConfigError, match="_convert_: all"):
        Collection([source], SPLIT, tmp_path)


def test_collection_is_refused_when_it_is_empty(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="at least one source"):
        Collection([], SPLIT, tmp_path)


def test_prepare_counts_the_same_test_people_in_one_ledger_whatever_they_are_merged_with(
    tmp_path: Path,
) -> None:
    def ledgers(*sources: Source, split: Rule = SPLIT) -> dict[str, Path]:
        folder = tmp_path / "ledgers"
        _, made = Collection(sources, split, tmp_path / "cache", folder).prepare()
        return {name: ledger.path for name, ledger in made.ledgers.items()}

    alone = ledgers(Drawn("a"))
    assert ledgers(Drawn("b"), Drawn("a")) == alone
    assert alone["a"].parent == tmp_path / "ledgers"
    assert ledgers(Drawn("a"), split=SplitByPerson({"a": Named(["p01"])})) != alone
    assert ledgers(Drawn("a"), split=LeakyRows({"a": Named(["p00"])})) == {}
    assert collect(tmp_path, Drawn("a")).prepare()[1].ledgers == {}
