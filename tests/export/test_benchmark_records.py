import json
import math
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from blink.runtime import Bundle
from tests.export.measured import SHA, graph, measured, script


def record(folder: Path, monkeypatch: pytest.MonkeyPatch, content: Any) -> Any:
    """Reads a record on the CPU of `measured`, to compare `net int8` with."""
    monkeypatch.setattr(script(), "machine", lambda: measured()["machine"])
    (folder / "record.json").write_text(json.dumps(content))
    now = script().Graph("bundle", "net", None, SHA, 1000, "net", "int8")
    return script().read_record(folder / "record.json", [now])


MACHINE = measured()["machine"]


@pytest.mark.parametrize(
    "known",
    [
        measured(),
        measured(graph(sha256="cd" * 32)),
        measured(graph("old fp32")),
        measured(machine=MACHINE | {"flags": None}),
    ],
)
def test_read_record_returns_it_when_it_holds_the_graph_or_another_export_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: dict[str, Any]
) -> None:
    assert record(tmp_path, monkeypatch, known) == known


def without(key: str, content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != key}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "record.json holds no earlier result to compare with"),
        (measured(version=1), "record.json is of version 1, not 2"),
        (measured(without("p50_us", graph())), "KeyError.'p50_us'"),
        (measured(without("end_to_end", graph())), "KeyError.'end_to_end'"),
        (measured(graph(end_to_end=[{}])), "KeyError.'crop'"),
        (measured(graph(ratio=0.0)), "but times that are none"),
        (measured(graph(p50_us=math.nan)), "but times that are none"),
        (measured(graph(ratio_to_empty_graph={"value": 4.0, "low": 3.6})), "KeyError.'high'"),
        (measured(graph(p50_us="fast")), "ValueError"),
        (measured(graphs=None), "TypeError"),
        (measured(machine=without("flags", MACHINE)), "KeyError.'flags'"),
        (measured(machine=MACHINE | {"flags": []}), "is of a CPU .none of note., this is a CPU"),
        (measured(machine=MACHINE | {"flags": ["fma"]}), "is of a CPU .fma., this is a CPU .avx2"),
        (measured(cpu="a Pi"), r"is of a Pi \(avx2\), this is a CPU \(avx2\): ratios of two CPUs"),
        (measured(graph("other int8", sha256="cd" * 32)), "holds none of these graphs"),
    ],
)
def test_read_record_says_what_is_wrong_when_nothing_could_be_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Any, message: str
) -> None:
    with pytest.raises(script().BundleError, match=message):
        record(tmp_path, monkeypatch, content)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "deep.json holds no earlier result to compare with .RecursionError"),
        (None, "deep.json is no ordinary file"),
    ],
)
def test_read_record_refuses_when_a_file_is_none_that_can_be_read(
    tmp_path: Path, text: str | None, message: str
) -> None:
    path = tmp_path / "deep.json"
    path.write_text(text) if text else path.symlink_to("/dev/null")
    with pytest.raises(script().BundleError, match=message):
        script().read_record(path, [])


def test_find_records_says_so_when_the_file_is_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    options = script().parse(["net", "--check", str(tmp_path / "loop")])
    with pytest.raises(script().BundleError, match=r"loop holds no earlier result .*symbolic"):
        script().find_records(options, [])


OTHERS = {
    "other flags": (MACHINE | {"flags": ["avx2", "fma"]}, r"a CPU \(avx2, fma\)"),
    "other name": (MACHINE | {"cpu": "a Cpu"}, r"a Cpu \(avx2\)"),
}


@pytest.mark.parametrize("case", OTHERS)
@pytest.mark.parametrize("is_named", [True, False])
def test_run_measures_nothing_when_it_would_replace_the_result_of_another_cpu(
    bundle: Bundle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    is_named: bool,
    case: str,
) -> None:
    folder = Path(shutil.copytree(bundle.folder, tmp_path / "copy"))
    monkeypatch.setattr(script(), "machine", lambda: MACHINE)
    monkeypatch.setattr(script(), "cpu_name", lambda: MACHINE["cpu"])
    machine, words = OTHERS[case]
    path = folder / "latency-a-cpu.json"
    path.write_text(json.dumps(measured(machine=machine)))
    assert script().main([str(folder), *(["--out", str(path)] if is_named else [])]) == 1
    error = capsys.readouterr().err
    assert "timing" not in error
    assert re.fullmatch(
        rf"error: .*json is of {words}, this is a CPU \(avx2\), and would be replaced\. "
        r"Name another file by --out\.\n",
        error,
    )
    assert json.loads(path.read_text()) == measured(machine=machine)


@pytest.mark.parametrize(
    "text", ["{}", "[", "7", json.dumps(measured(machine=MACHINE | {"flags": None}))]
)
def test_check_place_lets_a_file_be_replaced_when_no_other_cpu_is_known_to_have_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(script(), "machine", lambda: MACHINE)
    (tmp_path / "latency.json").write_text(text)
    script().check_place(tmp_path / "latency.json")
    assert (tmp_path / "latency.json").read_text() == text
