import json
import math
import os
import shutil
import signal
import sys
from pathlib import Path
from textwrap import dedent
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from blink.contract import BlinkError, ConfigError
from blink.contract.termination import Terminated
from blink.latency import (
    Benchmark,
    Latency,
    latencies_of,
    measure_graphs,
    measure_latency,
)
from blink.latency.entries import Interval
from blink.latency.file import read_latency_file
from blink.latency.measuring import _graph_latency
from blink.runtime import Bundle, load_bundle
from tests.export.measured import SCRIPT, graph, interval, measured
from tests.latency.brought import from_target, sha256_of

HONEST = """
    import argparse, json, pathlib, sys
    print("half way", file=sys.stderr)
    parser = argparse.ArgumentParser()
    parser.add_argument("bundles", nargs="+")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--processes", type=int)
    parser.add_argument("--out")
    given = parser.parse_args()
    whole = json.loads(TEMPLATE)
    (entry,) = whole["graphs"]
    whole["graphs"] = [
        entry | {"name": f"{bundle} {precision}", "source": bundle, "precision": precision,
                 "p50_us": 10.5 + place}
        for place, bundle in enumerate(given.bundles)
        for precision in ("fp32", "int8")
    ]
    pathlib.Path(given.out).write_text(json.dumps(whole))
""".replace("TEMPLATE", repr(json.dumps(measured(graph(ratio=1.5)))))
WRITE = "import sys; open(sys.argv[sys.argv.index('--out') + 1], 'w').write"


def program(folder: Path, text: str) -> Path:
    path = folder / "benchmark.py"
    path.write_text(dedent(text))
    return path


@pytest.fixture
def folder(bundle: Bundle, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle.folder, tmp_path / "copy"))


def test_measure_latency_finds_each_precision_of_each_bundle_when_all_is_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundles = [tmp_path / "zoo" / "eye net", tmp_path / "zoo" / "vote"]
    found = measure_latency(Benchmark(program(tmp_path, HONEST)), bundles)
    assert found == {
        (bundles[0], "fp32"): Latency(10.5, 20.5, 1.5, "a CPU"),
        (bundles[0], "int8"): Latency(10.5, 20.5, 1.5, "a CPU"),
        (bundles[1], "fp32"): Latency(11.5, 20.5, 1.5, "a CPU"),
        (bundles[1], "int8"): Latency(11.5, 20.5, 1.5, "a CPU"),
    }
    assert capsys.readouterr().err == "half way\n"


def test_measure_latency_starts_nothing_when_there_are_no_bundles(tmp_path: Path) -> None:
    missing = Benchmark(tmp_path / "not there.py")
    assert measure_latency(missing, []) == {}
    assert measure_latency(None, [tmp_path / "net"]) == {}
    assert measure_graphs(missing, {}, np.zeros((1, 1, 8, 8), np.uint8)) == {}


def test_measure_latency_tells_the_last_lines_when_the_benchmark_fails(tmp_path: Path) -> None:
    failing = program(
        tmp_path,
        """
        import sys
        print("\\n".join(f"line {number}" for number in range(9)), file=sys.stderr)
        sys.exit("bundle.json was changed after the export.")
        """,
    )
    with pytest.raises(BlinkError, match=r"failed with exit code 1") as caught:
        measure_latency(Benchmark(failing), [tmp_path / "net"])
    told = str(caught.value).splitlines()[1:]
    assert told == [
        *(f"line {n}" for n in range(5, 9)),
        "bundle.json was changed after the export.",
    ]


def test_measure_latency_leaves_no_benchmark_behind_when_it_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "process"
    sleeping = program(
        tmp_path,
        f"""
        import os, pathlib, sys, time
        pathlib.Path({str(place)!r}).write_text(str(os.getpid()))
        print("measuring", file=sys.stderr, flush=True)
        time.sleep(600)
        """,
    )

    def stop(_word: str) -> int:
        raise Terminated(signal.SIGTERM)

    monkeypatch.setattr(sys.stderr, "write", stop)
    with pytest.raises(Terminated):
        measure_latency(Benchmark(sleeping), [tmp_path / "net"])
    monkeypatch.undo()

    with pytest.raises(ProcessLookupError):
        os.kill(int(place.read_text()), 0)


def test_ratio_to_a_graph_has_a_number_when_the_one_the_other_way_was_rounded_to_0() -> None:
    none = Interval(value=0.4, low=0, high=1.0)
    pair = SimpleNamespace(first="a", second="b", ratio=none)
    graph = SimpleNamespace(name="b", p50_us=1.0, ratio_to_empty_graph=none, peak_memory_bytes=1)
    found: Any = SimpleNamespace(between=[pair], machine=SimpleNamespace(cpu="CPU"))

    ratio = _graph_latency(found, graph, {"a": "A", "b": "B"}).ratios_to["A"]  # type: ignore[arg-type]

    assert (ratio.value, ratio.low, ratio.high) == (2.5, 1.0, 20_000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "ended well but wrote nothing"),
        (f"{WRITE}('{{')", "does not know.*the whole: Invalid JSON"),
        (f"{WRITE}('{{}}')", "does not know.*version: Field requ"),
    ],
)
def test_measure_latency_says_so_when_the_benchmark_breaks_its_word(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(BlinkError, match=message):
        measure_latency(Benchmark(program(tmp_path, text)), [tmp_path / "net"])


def test_measure_latency_lets_the_benchmark_run_for_as_long_as_it_is_told(tmp_path: Path) -> None:
    telling = program(tmp_path, "import sys; sys.exit(' '.join(sys.argv[1:6]))")
    with pytest.raises(BlinkError, match=r"--quick --seconds 0\.2 --processes 3"):
        measure_latency(Benchmark(telling, seconds=0.2, processes=3), [tmp_path / "net"])


def test_measure_latency_tells_bundles_of_one_name_apart_when_folders_differ(
    tmp_path: Path,
) -> None:
    bundles = [tmp_path / "a" / "net", tmp_path / "b" / "net"]
    found = measure_latency(Benchmark(program(tmp_path, HONEST)), bundles)
    assert [found[bundle, "int8"].p50_us for bundle in bundles] == [10.5, 11.5]


def test_measure_latency_takes_folders_for_folders_when_a_name_begins_with_a_dash(
    tmp_path: Path,
) -> None:
    found = measure_latency(Benchmark(program(tmp_path, HONEST)), [Path("--quick"), Path("-x")])
    assert [found[Path(name), "fp32"].p50_us for name in ("--quick", "-x")] == [10.5, 11.5]


def chain(length: int) -> bytes:
    """uint8 (N, 1, 8, 8) through so many nodes: the longer, the slower."""
    nodes = [helper.make_node("Cast", ["crops"], ["x0"], to=TensorProto.FLOAT)]
    nodes += [helper.make_node("Tanh", [f"x{n}"], [f"x{n + 1}"]) for n in range(length)]
    drawn = helper.make_graph(
        nodes,
        "chain",
        [helper.make_tensor_value_info("crops", TensorProto.UINT8, ["n", 1, 8, 8])],
        [helper.make_tensor_value_info(f"x{length}", TensorProto.FLOAT, ["n", 1, 8, 8])],
    )
    opset = [helper.make_opsetid("", 13)]
    made: bytes = helper.make_model(drawn, opset_imports=opset, ir_version=8).SerializeToString()
    return made


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"seconds": 0}, "seconds are 0; name a number above 0"),
        ({"seconds": "long"}, "seconds are 'long'"),
        ({"seconds": math.inf}, "seconds are inf"),
        ({"processes": 1}, "processes are 1; name a whole number from 2"),
        ({"processes": 2.5}, "processes are 2.5"),
    ],
)
def test_benchmark_is_refused_when_a_number_is_none(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Benchmark(**values)


def test_measure_graphs_ranks_graphs_when_one_is_longer() -> None:
    crops = np.zeros((4, 1, 8, 8), np.uint8)
    graphs = {"long one": chain(200), "short": chain(1)}
    found = measure_graphs(Benchmark(SCRIPT, seconds=0.2, processes=2), graphs, crops)
    assert list(found) == list(graphs)
    long, short = found.values()
    assert long.ratio_to_empty_graph.value > short.ratio_to_empty_graph.value
    assert long.ratios_to["short"].value > 1
    assert short.ratios_to["long one"].value == pytest.approx(1 / long.ratios_to["short"].value)
    assert long.p50_us > short.p50_us
    assert long.peak_memory_bytes is None or long.peak_memory_bytes > 10_000_000


@pytest.mark.parametrize("newer", ["latency.json", "latency-arm-cortex-a72-r0p3.json"])
def test_latencies_of_takes_the_newest_when_several_files_are_of_one_cpu(
    folder: Path, bundle: Bundle, newer: str
) -> None:
    for name in ("latency.json", "latency-arm-cortex-a72-r0p3.json", "latency-z.json"):
        own = graph("drawn fp32", 3.0 if name == newer else 4.0, sha256=sha256_of(bundle, "fp32"))
        date = "2026-11-24T13:00:00" + ("+00:00" if name == newer else "+01:00")  # an hour before
        from_target(folder, bundle, name, date=date, graphs=[own])
    assert list(latencies_of(load_bundle(folder), "fp32")) == [
        (folder / newer, Latency(10.5, 20.5, 3.0, "ARM Cortex-A72 (r0p3)"))
    ]


def test_read_latency_file_takes_a_ratio_of_0_when_a_rival_is_far_slower(
    bundle: Bundle, tmp_path: Path
) -> None:
    pair = {"first": "drawn int8", "second": "rival", "ratio": interval(0.0)}  # 0.00003, rounded
    path = from_target(tmp_path, bundle, between=[pair])
    assert read_latency_file(path).between[0].ratio.value == 0
