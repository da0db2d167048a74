import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.export.measured import SHA, graph, measured, script


def record(folder: Path, monkeypatch: pytest.MonkeyPatch, content: Any) -> Any:
    """Reads a record on the CPU of `measured`, to compare `net int8` with."""
    monkeypatch.setattr(script(), "machine", lambda: measured()["machine"])
    (folder / "record.json").write_text(json.dumps(content))
    now = script().Graph("bundle", "net", None, SHA, 1000, "net", "int8")
    return script().read_record(folder / "record.json", [now])


@pytest.mark.parametrize("known", [graph(), graph(sha256="cd" * 32), graph("old fp32")])
def test_read_record_returns_it_when_it_holds_the_graph_or_another_export_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: dict[str, Any]
) -> None:
    assert record(tmp_path, monkeypatch, measured(known)) == measured(known)


def without(key: str, content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != key}


MACHINE = measured()["machine"]


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
        (measured(graph(p50_us="fast")), "ValueError"),
        (measured(graphs=None), "TypeError"),
        (measured(machine=without("flags", MACHINE)), "KeyError.'flags'"),
        (measured(machine=MACHINE | {"flags": None}), "is of a CPU .instructions unknown., this"),
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
