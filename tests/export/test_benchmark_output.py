import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from blink.runtime import Bundle
from tests.export.measured import graph, measured, script


def speeds(*cells: tuple[int, int, int]) -> list[dict[str, Any]]:
    """Of threads, batch and crops a second."""
    names = ("threads", "batch", "crops_per_second")
    return [dict(zip(names, cell, strict=True)) for cell in cells]


def test_table_has_each_speed_below_its_threads_and_batch_when_graphs_differ_in_them() -> None:
    fixed = graph("rival ", throughput=speeds((1, 1, 10), (2, 1, 2000)))
    free = graph("net int8", throughput=speeds((1, 1, 30), (1, 8, 40), (2, 1, 50), (2, 8, 60)))
    told = script().table(measured(fixed, free)).split("\n\n")[2]
    assert told.splitlines() == [
        "crops/s, threads × batch  1t × 1  1t × 8  2t × 1  2t × 8",
        "rival                         10       –   2,000       –",
        "net int8                      30      40      50      60",
    ]


@pytest.fixture
def named(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A command line of which all is done but the measuring; a difference is found, too."""
    result = measured(graph(source=str(bundle.folder), sha256="ab" * 32))
    earlier = measured(graph(source=str(bundle.folder), ratio=8.0, p50_us=21.0))
    monkeypatch.setattr(script(), "measure", lambda *_: result)
    monkeypatch.setattr(script(), "read_record", lambda *_: earlier)
    return [str(bundle.folder), "--check", "was.json", "--out", str(tmp_path / "now.json")]


def test_run_prints_what_the_terminal_can_when_it_has_few_characters(
    named: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding="cp1252"))
    assert script().main(named) == 0
    assert "net int8: 8.00 (7.20–8.80) ? 4.00" in printed.getvalue().decode("cp1252")
    assert (tmp_path / "now.json").is_file()


def test_run_ends_well_when_nobody_reads_what_it_prints(
    named: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        monkeypatch.setattr(sys, "stdout", closed)
        assert script().main(named) == 0
    assert json.loads((tmp_path / "now.json").read_text())["graphs"][0]["p50_us"] == 10.5


def test_say_ends_no_run_when_nobody_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        def write(self, words: str) -> int:
            raise BrokenPipeError(words)

    monkeypatch.setattr(sys, "stderr", Closed())
    script().say("timing")
    with pytest.raises(BrokenPipeError, match="timing"):
        sys.stderr.write("timing")


def test_run_prints_the_table_when_the_file_cannot_be_written(
    named: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(script(), "write", refuse)
    assert script().main(named) == 1
    printed = capsys.readouterr()
    assert printed.err == "error: [Errno 28] No space left on device\n"
    assert "4.00 (3.60–4.40)" in printed.out


def folder(place: Path) -> None:
    place.mkdir()


def pipe(place: Path) -> None:
    os.mkfifo(place)


def loop(place: Path) -> None:
    place.symlink_to(place.name)


def below_a_loop(place: Path) -> None:
    loop(place.parent)


def below_a_file(place: Path) -> None:
    place.parent.touch()


def nothing(_: Path) -> None:
    """The place is as it is."""


NOT_WRITTEN = "cannot be written: {}. Name another file by --out"


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("", nothing, "is no ordinary file. Name another file by --out"),
        ("..", nothing, "is no ordinary file"),
        ("new/../..", nothing, "is no ordinary file"),
        ("results", folder, "is no ordinary file"),
        ("pipe", pipe, "is no ordinary file"),
        ("loop", loop, "loop is no ordinary file. Name another file by --out"),
        ("loop/now.json", below_a_loop, NOT_WRITTEN.format("Too many levels of symbolic links")),
        ("file/now.json", below_a_file, NOT_WRITTEN.format("Not a directory")),
        (f"{'x' * 250}.json", nothing, NOT_WRITTEN.format("File name too long")),
        ("net/mine.json", nothing, "net is a bundle, and with mine.json in it Blink would refuse"),
        ("net/bundle.json", nothing, "net is a bundle, and with bundle.json in it"),
        ("net/results/latency.json", nothing, "net is a bundle, and with results in it"),
    ],
)
def test_check_place_says_what_is_wrong_when_nothing_can_be_written_there(
    tmp_path: Path, name: str, make: Any, message: str
) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "bundle.json").touch()
    make(tmp_path / name)
    with pytest.raises(script().BundleError, match=message):
        script().check_place(tmp_path / name)


@pytest.mark.parametrize("name", ["net/latency.json", "net/.mine", "new/deep/now.json", "now.json"])
def test_check_place_leaves_nothing_when_all_is_well(tmp_path: Path, name: str) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "bundle.json").touch()
    script().check_place(tmp_path / name)
    assert [path.name for path in tmp_path.rglob("*")] == ["net", "bundle.json"]


@pytest.mark.parametrize("is_named", [True, False])
def test_run_refuses_before_it_measures_when_the_place_cannot_be_written(
    bundle: Bundle,
    is_named: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "touch", refuse)
    monkeypatch.setattr(script(), "cpu_name", lambda: "a CPU")
    words = ["--out", "now.json"] if is_named else []
    assert script().main([str(bundle.folder), *words]) == 1
    place = "now.json" if is_named else bundle.folder / "latency-a-cpu.json"
    assert capsys.readouterr().err == (
        f"error: {place} cannot be written: Read-only file system. Name another file by --out.\n"
    )
