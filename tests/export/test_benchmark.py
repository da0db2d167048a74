import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper

from blink.runtime import Bundle, load_bundle

SCRIPT = Path(__file__).parents[2] / "export" / "benchmark.py"


@pytest.fixture
def folder(bundle: Bundle, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle.folder, tmp_path / "copy"))


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["benchmark"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Runs the script alone: isolated from Blink and from this folder."""
    command = [sys.executable, "-I", str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_empty_graph_is_one_identity_when_rebuilt_with_onnx(benchmark: ModuleType) -> None:
    shape = [1, 1, 32, 32]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])],
        "empty",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
    )
    opset = [helper.make_opsetid("", 13)]
    assert onnx.load_from_string(benchmark.EMPTY_GRAPH) == helper.make_model(
        graph, opset_imports=opset, ir_version=8
    )
    x = np.random.default_rng(0).random(shape, np.float32)
    session = ort.InferenceSession(benchmark.EMPTY_GRAPH, providers=["CPUExecutionProvider"])
    np.testing.assert_array_equal(session.run(None, {"x": x})[0], x)


def test_benchmark_imports_numpy_and_onnxruntime_alone_when_read() -> None:
    lines = SCRIPT.read_text(encoding="utf-8").splitlines()
    imported = {line.split()[1].split(".")[0] for line in lines if line[:5] in {"impor", "from "}}
    assert imported - sys.stdlib_module_names == {"numpy", "onnxruntime"}


def test_benchmark_writes_beside_the_bundle_when_no_file_is_named(folder: Path) -> None:
    result = run(folder, "--processes", 1, "--seconds", 0.1)
    assert result.returncode == 0, result.stderr
    (path,) = folder.glob("latency-*.json")
    found = json.loads(path.read_text())
    assert set(found) == {"cpu", "onnxruntime", "threads", "empty_graph_us", "graphs"}
    assert (found["onnxruntime"], found["threads"]) == (ort.__version__, 1)
    assert [row["precision"] for row in found["graphs"]] == ["fp32", "int8"]
    for row in found["graphs"]:
        assert row["bundle"] == str(folder)
        assert 0 < row["p50_us"] <= row["p99_us"]
        ratio = row["p50_us"] / found["empty_graph_us"]
        assert row["ratio_to_empty_graph"] == pytest.approx(ratio, rel=1e-2)
        assert row["ratio_to_empty_graph"] > 1
        assert f"{row['p50_us']:.1f}" in result.stdout
    assert load_bundle(folder).name == "drawn"


def test_benchmark_writes_one_file_when_it_is_named(folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    out = tmp_path / "results" / "all.json"
    result = run(folder, other, "--out", out, "--processes", 2, "--seconds", 0.05)
    assert result.returncode == 0, result.stderr
    rows = json.loads(out.read_text())["graphs"]
    assert [row["bundle"] for row in rows] == [str(folder)] * 2 + [str(other)] * 2
    assert [path.name for path in out.parent.iterdir()] == ["all.json"]
    assert not list(folder.glob("latency*"))


def test_measure_takes_medians_over_processes_when_they_differ(
    benchmark: ModuleType, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    answers = iter([[(10.0, 20.0), (30.0, 40.0)], [(5.0, 9.0), (25.0, 41.0)], [(8.0, 9.0)] * 2])

    class Pool:
        def __enter__(self) -> "Pool":
            return self

        def __exit__(self, *_: object) -> None: ...

        def apply(self, *_: object) -> Any:
            return next(answers)

    class Context:
        Pool = staticmethod(lambda _count: Pool())

    monkeypatch.setattr(benchmark.multiprocessing, "get_context", lambda _kind: Context)
    graph = benchmark.read_bundle(str(folder))[0]
    found = benchmark.measure([graph], 3, 1.0)
    assert found["empty_graph_us"] == 8.0
    (row,) = found["graphs"]
    # ratios within each process are 3, 5 and 1; that of the medians would be 25 / 8
    assert (row["p50_us"], row["p99_us"], row["ratio_to_empty_graph"]) == (25.0, 40.0, 3.0)


def changed(folder: Path) -> None:
    with (folder / "model.onnx").open("ab") as file:
        file.write(b"\0")


def missing(folder: Path) -> None:
    (folder / "fp32.onnx").unlink()


def no_bundle(folder: Path) -> None:
    shutil.rmtree(folder)


def no_json(folder: Path) -> None:
    (folder / "bundle.json").write_text("[]")


def edited(folder: Path) -> None:
    path = folder / "bundle.json"
    path.write_text(path.read_text().replace('"drawn"', '"other"', 1))


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (changed, "model.onnx was changed after the export"),
        (missing, "fp32.onnx: No such file or directory"),
        (no_bundle, "bundle.json: No such file or directory"),
        (no_json, "is no bundle.json that this script knows"),
        (edited, "bundle.json was changed after the export"),
    ],
)
def test_benchmark_ends_with_one_sentence_when_the_bundle_is_broken(
    folder: Path, harm: Any, message: str
) -> None:
    harm(folder)
    result = run(folder)
    assert result.returncode == 1
    assert message in result.stderr
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("arguments", [[], ["x", "--processes", 0], ["x", "--seconds", 0]])
def test_benchmark_explains_its_use_when_called_wrongly(arguments: list[object]) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert "usage: benchmark.py" in result.stderr
