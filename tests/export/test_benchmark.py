import ast
import json
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import numpy as np
import onnx
import onnxruntime as ort
import psutil
import pytest
from onnx import TensorProto, helper

from blink.latency.file import read_latency_file, write_schema
from blink.runtime import Bundle, load_bundle
from tests.export.measured import SCRIPT, run, script
from tests.test_architecture import outside

SCHEMA = Path(__file__).parents[2] / "docs" / "latency.schema.json"
SHORT = ("--quick", "--processes", 2, "--seconds", 0.05)


@pytest.fixture
def folder(bundle: Bundle, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle.folder, tmp_path / "copy"))


def foreign(path: Path, node: str = "Add") -> Path:
    """A graph of dynamic shapes and two types: Cast(ids) + x; or another node on x."""
    sizes: list[str | int | None] = ["people", 3]
    nodes = [helper.make_node("Cast", ["ids"], ["cast"], to=TensorProto.FLOAT)]
    nodes.append(helper.make_node(node, ["x", "cast"] if node == "Add" else ["x"], ["y"]))
    graph = helper.make_graph(
        nodes,
        "foreign",
        [
            helper.make_tensor_value_info("ids", TensorProto.INT64, sizes),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, sizes),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, sizes)],
    )
    opset = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)
    return path


@pytest.fixture(scope="module")
def whole(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], str]:
    """A whole run, short as it is: what was written, and what was printed."""
    place = tmp_path_factory.mktemp("whole")
    rival = foreign(place / "rival.onnx")
    short = ("--processes", 2, "--seconds", 0.05, "--cold-starts", 1)
    done = run(bundle.folder, "--against", rival, "--out", place / "latency.json", *short)
    assert done.returncode == 0, done.stderr
    return json.loads((place / "latency.json").read_text()), done.stdout


def test_empty_graph_is_one_identity_when_rebuilt_with_onnx() -> None:
    shape = [1, 1, 32, 32]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        "empty",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
    )
    opset = [helper.make_opsetid("", 13)]
    assert onnx.load_from_string(script().EMPTY_GRAPH) == helper.make_model(
        graph, opset_imports=opset, ir_version=8
    )
    x = np.random.default_rng(0).random(shape, np.float32)
    session = ort.InferenceSession(script().EMPTY_GRAPH, providers=["CPUExecutionProvider"])
    np.testing.assert_array_equal(session.run(None, {"x": x})[0], x)


def test_benchmark_imports_numpy_and_onnxruntime_alone_when_read() -> None:
    assert outside(SCRIPT.read_text(encoding="utf-8")) == {"numpy", "onnxruntime"}


def test_benchmark_writes_what_the_schema_says_when_it_measures_everything(
    whole: tuple[dict[str, Any], str], tmp_path: Path
) -> None:
    content, _ = whole
    schema = json.loads(SCHEMA.read_text("utf-8"))
    jsonschema.validate(content, schema)
    path = tmp_path / "latency.json"
    path.write_text(json.dumps(content))
    assert [graph.name for graph in read_latency_file(path).graphs][-1] == "rival"
    del content["graphs"][0]["sha256"]
    with pytest.raises(jsonschema.ValidationError, match="'sha256' is a required property"):
        jsonschema.validate(content, schema)
    content["graphs"][0]["sha256"] = "ab" * 32


def test_schema_in_docs_is_up_to_date_when_it_is_written_again(tmp_path: Path) -> None:
    write_schema(tmp_path / "schema.json")
    assert (tmp_path / "schema.json").read_text("utf-8") == SCHEMA.read_text("utf-8"), (
        "the entries have changed: call write_schema(Path('docs/latency.schema.json')), and count "
        "VERSION up, here and in export/benchmark.py, if a reader of the old file would stumble"
    )


def test_benchmark_verifies_every_timed_call_when_it_measures(
    bundle: Bundle, whole: tuple[dict[str, Any], str]
) -> None:
    content, _ = whole
    *ours, rival = content["graphs"]
    assert [entry["name"] for entry in ours] == [f"drawn {p}" for p in sorted(bundle.precisions)]
    for entry in (content["empty_graph"], *content["graphs"]):
        assert entry["verified"]["calls"] == entry["calls"] >= 2 * script().BLOCKS
        assert entry["verified"]["wrong"] == 0
        assert 0 < entry["p50_us"] <= entry["p99_us"]
    assert {entry["verified"]["expected"] for entry in ours} == {"golden"}
    assert rival["verified"]["expected"] == "own"
    assert content["empty_graph"]["ratio_to_empty_graph"] == {"value": 1, "low": 1, "high": 1}
    for entry in ours:
        ratio = entry["ratio_to_empty_graph"]
        assert 0 < ratio["low"] <= ratio["value"] <= ratio["high"]
        assert entry["golden_difference"] <= 0.01


def test_benchmark_sets_dynamic_dimensions_to_one_when_a_graph_is_foreign(
    whole: tuple[dict[str, Any], str],
) -> None:
    rival = whole[0]["graphs"][-1]
    assert (rival["kind"], rival["bundle"], rival["golden_difference"]) == ("foreign", None, None)
    assert [(i["name"], i["type"], i["shape"]) for i in rival["inputs"]] == [
        ("ids", "tensor(int64)", [1, 3]),
        ("x", "tensor(float)", [1, 3]),
    ]
    assert {cell["batch"] for cell in rival["throughput"]} == {1}


def test_benchmark_goes_from_the_raw_crop_to_the_answer_when_blink_is_installed(
    whole: tuple[dict[str, Any], str],
) -> None:
    for entry in whole[0]["graphs"][:-1]:
        assert [way["crop"] for way in entry["end_to_end"]] == [[64, 64], [64, 64, 3]]
        for way in entry["end_to_end"]:
            assert way["verified"]["calls"] == way["calls"] > 0
            assert way["ratio_to_session"]["value"] > 0
    assert "end_to_end" not in whole[0]["gaps"]


def test_benchmark_tells_the_machine_and_the_rest_when_it_measures_everything(
    whole: tuple[dict[str, Any], str],
) -> None:
    content, told = whole
    assert content["machine"]["onnxruntime"] == ort.__version__
    assert content["machine"]["cpu"] in told
    first = content["graphs"][0]
    assert {cell["batch"] for cell in first["throughput"]} == {1, 8, 64}
    assert {cell["threads"] for cell in first["throughput"]} >= {1, content["machine"]["cores"]}
    assert all(0 < c["slowest"] <= c["crops_per_second"] for c in first["throughput"])
    start = first["cold_start"]
    assert start["runs"] == 1
    assert start["import_ms"] + start["session_ms"] + start["first_answer_ms"] < start["total_ms"]
    names = [one["name"] for one in content["graphs"]]
    pairs = [(pair["first"], pair["second"]) for pair in content["between"]]
    assert pairs == [(a, b) for n, a in enumerate(names) for b in names[n + 1 :]]
    assert "× empty graph" in told
    assert "crops/s" in told


def test_benchmark_replaces_its_file_beside_the_bundle_when_run_again(folder: Path) -> None:
    assert run(folder, *SHORT).returncode == 0
    (path,) = folder.glob("latency-*.json")
    path.write_text("{}")
    assert run(folder, *SHORT).returncode == 0
    again = json.loads(path.read_text())
    assert load_bundle(folder).name == "drawn"
    assert again["method"]["quick"] is True
    assert again["gaps"]["throughput"] == "--quick measures one thread and batch 1 alone"


def test_benchmark_writes_one_file_when_it_is_named(folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    out = tmp_path / "results" / "all.json"
    done = run(folder, other, "--out", out, *SHORT)
    assert done.returncode == 0, done.stderr
    graphs = json.loads(out.read_text())["graphs"]
    assert [one["source"] for one in graphs] == [str(folder)] * (len(graphs) // 2) + [
        str(other)
    ] * (len(graphs) // 2)
    assert len({one["name"] for one in graphs}) == len(graphs)
    assert [path.name for path in out.parent.iterdir()] == ["all.json"]
    assert not list(folder.glob("latency*"))


def test_benchmark_is_python_3_10_when_it_is_read_for_a_target() -> None:
    source = SCRIPT.read_text(encoding="utf-8")
    used = {n.attr for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Attribute)}
    ast.parse(source, feature_version=(3, 10))
    assert "timezone" in used
    assert "UTC" not in used  # of datetime, since 3.11


@pytest.fixture
def measuring(folder: Path) -> Iterator[tuple[subprocess.Popen[str], psutil.Process]]:
    """A benchmark of minutes, and the process that measures for it; both are gone in the end."""
    command = [sys.executable, str(SCRIPT), str(folder), "--quick", "--seconds", "60"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        family = [psutil.Process(process.pid)]
        try:
            assert process.stderr is not None
            assert "timing: process 1 of 5" in process.stderr.readline()
            deadline = time.monotonic() + 60
            while not (found := [p for p in family[0].children() if "--work" in p.cmdline()]):
                assert time.monotonic() < deadline, "no process measures"
                time.sleep(0.01)
            family += found
            yield process, found[0]
        finally:
            for one in family:
                with suppress(psutil.NoSuchProcess):
                    one.kill()


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_benchmark_ends_with_130_and_leaves_nothing_when_it_is_interrupted(
    hears_hangup: None,
    measuring: tuple[subprocess.Popen[str], psutil.Process],
    folder: Path,
    name: str,
) -> None:
    process, fresh = measuring
    process.send_signal(getattr(signal, name))
    out, rest = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in out + rest
    assert psutil.wait_procs([fresh], timeout=20)[1] == []
    assert not list(folder.glob("*latency*")) + list(folder.glob(".latency*"))


def test_heed_signals_leaves_a_signal_ignored_when_the_run_is_to_outlive_its_terminal() -> None:
    numbers = (signal.SIGHUP, signal.SIGTERM)
    before = [signal.signal(signal.SIGHUP, signal.SIG_IGN)]
    before.append(signal.signal(signal.SIGTERM, signal.SIG_DFL))
    try:
        script().heed_signals()
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
