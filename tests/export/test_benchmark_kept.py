"""Which records beside a bundle stay when it is measured again, or checked."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from blink.runtime import Bundle
from tests.export.measured import SHA, graph, measured, run, script
from tests.export.test_benchmark import SHORT

CPU = measured()["machine"]
QUICK = dict.fromkeys(("cold_start", "end_to_end", "energy", "throughput"), "not asked for")
FULL = {"energy": "no counter"}


@pytest.fixture
def folder(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle on the CPU of `measured`."""
    monkeypatch.setattr(script(), "machine", lambda: CPU)
    monkeypatch.setattr(script(), "cpu_name", lambda: CPU["cpu"])
    return Path(shutil.copytree(bundle.folder, tmp_path / "copy"))


def timed(folder: Path, ratio: float = 4.0, sha256: str = SHA, **changes: Any) -> dict[str, Any]:
    """A result of its int8 graph; the empty graph took what it takes."""
    name, where = f"{folder.name} int8", str(folder)
    times = {"p50_us": 2.5 * ratio, "sha256": sha256}
    one = graph(name, ratio, source=where, bundle="drawn", **times)
    return measured(one, **changes)


def record(folder: Path, content: Any) -> Path:
    path = folder / "latency-a-cpu.json"
    path.write_text(json.dumps(content))
    return path


def measures(monkeypatch: pytest.MonkeyPatch, result: dict[str, Any], *words: object) -> int:
    """Runs all of the benchmark but the measuring, of which the result is given."""
    monkeypatch.setattr(script(), "measure", lambda *_: result)
    return int(script().main(list(map(str, words))))


def test_run_keeps_the_record_when_it_has_more_than_the_result(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fuller = timed(folder, gaps=FULL)
    path = record(folder, fuller)
    assert measures(monkeypatch, timed(folder, 5.0, gaps=QUICK), folder, "--quick") == 0
    assert json.loads(path.read_text()) == fuller
    told = capsys.readouterr().out
    assert f"kept: {path}, since it has cold_start, end_to_end, throughput, too; --out" in told
    assert "written:" not in told


def test_run_keeps_the_record_when_rivals_stand_in_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = timed(folder)
    with_rival = alone | {"graphs": [*alone["graphs"], graph("rival", 9.0, sha256="e" * 64)]}
    path = record(folder, with_rival)
    assert measures(monkeypatch, alone, folder) == 0
    assert json.loads(path.read_text()) == with_rival
    assert f"kept: {path}, since it has rivals, too" in capsys.readouterr().out


def test_run_replaces_the_record_when_only_the_core_was_pinned_then(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = record(folder, timed(folder, gaps={}))
    now = timed(folder, 5.0, gaps={"pinned_core": "not asked for"})
    assert measures(monkeypatch, now, folder) == 0
    assert json.loads(path.read_text()) == now


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"gaps": QUICK}, {"gaps": QUICK}),
        ({"gaps": QUICK}, {"gaps": FULL}),
        ({"gaps": FULL}, {"gaps": {}}),
        ({"gaps": FULL, "sha256": "cd" * 32}, {"gaps": QUICK}),
        ({"gaps": FULL, "version": 1}, {"gaps": QUICK}),
        ({"gaps": FULL, "graphs": None}, {"gaps": QUICK}),
    ],
)
def test_run_replaces_the_record_when_it_has_no_more_or_is_of_other_graphs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, before: dict[str, Any], now: dict[str, Any]
) -> None:
    path = record(folder, timed(folder, **before))
    result = timed(folder, 5.0, **now)
    assert measures(monkeypatch, result, folder) == 0
    assert json.loads(path.read_text()) == result


def test_run_replaces_a_fuller_record_when_out_names_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = record(folder, timed(folder, gaps=FULL))
    result = timed(folder, gaps=QUICK)
    assert measures(monkeypatch, result, folder, "--out", path) == 0
    assert json.loads(path.read_text()) == result


@pytest.mark.parametrize(
    ("ratio", "code", "call"),
    [(4.1, 0, "as before"), (2.0, 0, "faster"), (8.0, 2, "SLOWER"), (4.6, 1, "UNCLEAR")],
)
@pytest.mark.parametrize("is_named", [True, False])
def test_check_leaves_the_record_when_nobody_says_where_to_write(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    is_named: bool,
    ratio: float,
    code: int,
    call: str,
) -> None:
    before = timed(folder)
    path = record(folder, before)
    words = ["--check", path] if is_named else ["--check"]
    assert measures(monkeypatch, timed(folder, ratio), folder, *words) == code
    assert json.loads(path.read_text()) == before
    told = capsys.readouterr().out
    assert f"{call:9}  copy int8: 4.00 (3.60–4.40) → {ratio:.2f}" in told
    assert "nothing written: the record stays as it is; --out FILE writes this result" in told
    assert ("check again while the machine is quiet" in told) is (call == "UNCLEAR")


@pytest.mark.parametrize(("ratio", "code"), [(4.1, 0), (8.0, 2), (4.6, 1)])
def test_check_replaces_the_record_when_out_names_it_and_nothing_is_slower(
    folder: Path, monkeypatch: pytest.MonkeyPatch, ratio: float, code: int
) -> None:
    before, result = timed(folder), timed(folder, ratio)
    path = record(folder, before)
    out = folder / ".." / folder.name / path.name
    assert measures(monkeypatch, result, folder, "--check", "--out", out) == code
    assert json.loads(path.read_text()) == (before if code else result)


def test_check_ends_with_one_when_the_machine_is_another_than_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = timed(folder)
    before["graphs"][0]["p50_us"] = 1e6
    record(folder, before)
    assert measures(monkeypatch, timed(folder), folder, "--check") == 1
    assert "check again while the machine is quiet" in capsys.readouterr().out


def test_benchmark_compares_with_the_file_named_when_it_has_measured(
    bundle: Bundle, tmp_path: Path
) -> None:
    out = tmp_path / "record.json"
    assert run(bundle.folder, "--out", out, *SHORT).returncode == 0
    before = out.read_text()
    result = run(bundle.folder, "--check", out, "--margin", 9, *SHORT)
    assert result.returncode == 0, result.stderr
    assert "as before  drawn fp32" in result.stdout
    assert out.read_text() == before


def test_benchmark_says_so_before_it_measures_when_there_is_no_record_to_check(
    bundle: Bundle,
) -> None:
    result = run(bundle.folder, "--check", *SHORT)
    assert result.returncode == 1
    assert "holds no earlier result to compare with" in result.stderr
    assert "timing" not in result.stderr
