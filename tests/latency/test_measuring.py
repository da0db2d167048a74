import json
import shutil
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from blink.contract import BlinkError, BundleError, ConfigError
from blink.latency import (
    Latency,
    attach,
    latencies_of,
    measure_graphs,
    measure_latency,
    read_latencies,
)
from blink.latency.measuring import slug
from blink.runtime import Bundle, load_bundle
from tests.export.measured import SCRIPT, graph, measured, script

HONEST = """
    import argparse, json, pathlib, sys
    print("half way", file=sys.stderr)
    parser = argparse.ArgumentParser()
    parser.add_argument("bundles", nargs="+")
    parser.add_argument("--quick", action="store_true")
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


def program(folder: Path, text: str) -> Path:
    path = folder / "benchmark.py"
    path.write_text(dedent(text))
    return path


@pytest.fixture
def folder(bundle: Bundle, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle.folder, tmp_path / "copy"))


def sha256_of(bundle: Bundle, precision: str) -> str:
    return str(script().digest(bundle.path(precision).read_bytes()))


def from_target(folder: Path, bundle: Bundle, name: str = "t.json", **changes: Any) -> Path:
    """What the target has measured of both precisions, or what it says otherwise."""
    own = [graph(f"drawn {p}", sha256=sha256_of(bundle, p)) for p in ("fp32", "int8")]
    path = folder / name
    path.write_text(json.dumps(measured(*own, cpu="ARM Cortex-A72 (r0p3)") | changes))
    return path


def test_measure_latency_finds_each_precision_of_each_bundle_when_all_is_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundles = [tmp_path / "zoo" / "eye net", tmp_path / "zoo" / "vote"]
    found = measure_latency(program(tmp_path, HONEST), bundles)
    assert found == {
        (bundles[0], "fp32"): Latency(10.5, 20.5, 1.5, "a CPU"),
        (bundles[0], "int8"): Latency(10.5, 20.5, 1.5, "a CPU"),
        (bundles[1], "fp32"): Latency(11.5, 20.5, 1.5, "a CPU"),
        (bundles[1], "int8"): Latency(11.5, 20.5, 1.5, "a CPU"),
    }
    assert capsys.readouterr().err == "half way\n"


def test_measure_latency_starts_nothing_when_there_are_no_bundles(tmp_path: Path) -> None:
    assert measure_latency(tmp_path / "not there.py", []) == {}
    assert measure_graphs(tmp_path / "not there.py", {}, np.zeros((1, 1, 8, 8), np.uint8)) == {}


def test_measure_latency_tells_the_last_lines_when_the_benchmark_fails(tmp_path: Path) -> None:
    benchmark = program(
        tmp_path,
        """
        import sys
        print("\\n".join(f"line {number}" for number in range(9)), file=sys.stderr)
        sys.exit("bundle.json was changed after the export.")
        """,
    )
    with pytest.raises(BlinkError, match=r"failed with exit code 1") as caught:
        measure_latency(benchmark, [tmp_path / "net"])
    told = str(caught.value).splitlines()[1:]
    assert told == [
        *(f"line {n}" for n in range(5, 9)),
        "bundle.json was changed after the export.",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "ended well but wrote nothing"),
        (
            "import sys; open(sys.argv[-1], 'w').write('{')",
            "does not know.*the whole: Invalid JSON",
        ),
        ("import sys; open(sys.argv[-1], 'w').write('{}')", "does not know.*version: Field requ"),
    ],
)
def test_measure_latency_says_so_when_the_benchmark_breaks_its_word(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(BlinkError, match=message):
        measure_latency(program(tmp_path, text), [tmp_path / "net"])


def test_measure_latency_tells_bundles_of_one_name_apart_when_folders_differ(
    tmp_path: Path,
) -> None:
    bundles = [tmp_path / "a" / "net", tmp_path / "b" / "net"]
    found = measure_latency(program(tmp_path, HONEST), bundles)
    assert [found[bundle, "int8"].p50_us for bundle in bundles] == [10.5, 11.5]


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


def test_measure_graphs_ranks_graphs_when_one_is_longer() -> None:
    crops = np.zeros((4, 1, 8, 8), np.uint8)
    graphs = {"long one": chain(200), "short": chain(1)}
    found = measure_graphs(SCRIPT, graphs, crops, seconds=0.2, processes=2)
    assert list(found) == list(graphs)
    long, short = found.values()
    assert long.ratio_to_empty_graph.value > short.ratio_to_empty_graph.value
    assert long.ratios_to["short"].value > 1
    assert short.ratios_to["long one"].value == pytest.approx(1 / long.ratios_to["short"].value)
    assert long.p50_us > short.p50_us
    assert long.peak_memory_bytes is None or long.peak_memory_bytes > 10_000_000


def test_attach_puts_the_file_beside_the_bundle_when_it_measured_its_graphs(
    folder: Path, bundle: Bundle, tmp_path: Path
) -> None:
    given = from_target(tmp_path, bundle)
    path = attach(folder, given)
    assert path == folder / "latency-arm-cortex-a72-r0p3.json"
    assert path.read_bytes() == given.read_bytes()
    assert load_bundle(folder).name == "drawn"
    assert [p for p, _ in read_latencies(folder)] == [path]
    assert list(latencies_of(load_bundle(folder), "fp32")) == [
        (path, Latency(10.5, 20.5, 4.0, "ARM Cortex-A72 (r0p3)"))
    ]


def test_attach_replaces_the_file_of_the_same_cpu_when_a_newer_one_comes(
    folder: Path, bundle: Bundle, tmp_path: Path
) -> None:
    attach(folder, from_target(tmp_path, bundle))
    newer = from_target(tmp_path, bundle, "u.json", date="2026-12-01T00:00:00+00:00")
    path = attach(folder, newer)
    assert [place for place, _ in read_latencies(folder)] == [path]
    assert path.read_bytes() == newer.read_bytes()
    with pytest.raises(ConfigError, match=r"t\.json is of 2026-11-24.* is newer\. Remove that"):
        attach(folder, tmp_path / "t.json")
    assert attach(folder, path) == path  # its own file: nothing changes
    assert path.read_bytes() == newer.read_bytes()


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"version": 1}, ConfigError, r"t\.json is no latency\.json of version 2 \(version"),
        ({"graphs": []}, ConfigError, r"graphs: Tuple should have at least 1 item"),
        ({"graphs": [graph("other int8")]}, BundleError, r"measured no graph of .*other int8"),
        ({"graphs": [graph("drawn int8")]}, BundleError, r"drawn int8 of another export"),
        ({"secret": 1}, ConfigError, "secret: Extra inputs are not permitted"),
    ],
)
def test_attach_says_what_does_not_fit_when_the_file_is_another(
    folder: Path,
    bundle: Bundle,
    tmp_path: Path,
    changes: dict[str, Any],
    kind: type[BlinkError],
    message: str,
) -> None:
    with pytest.raises(kind, match=message):
        attach(folder, from_target(tmp_path, bundle, **changes))
    assert not list(folder.glob("latency*"))


def test_attach_names_the_file_when_it_is_not_there(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no\.json cannot be read: No such file"):
        attach(folder, tmp_path / "no.json")


@pytest.mark.parametrize("cpu", ["AMD EPYC 9R14 @ 2.6GHz", "Cortex-A72", "???", "x " * 9])
def test_slug_is_the_benchmarks_own_when_a_cpu_has_any_name(cpu: str) -> None:
    assert script().beside("net", cpu).name == f"latency-{slug(cpu)}.json"
