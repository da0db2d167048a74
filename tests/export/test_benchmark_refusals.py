import base64
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from blink.runtime import Bundle
from blink.runtime.bundle import digest
from tests.export.measured import run, script
from tests.export.test_benchmark import foreign


@pytest.fixture
def folder(bundle: Bundle, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle.folder, tmp_path / "copy"))


def changed(folder: Path) -> None:
    with (folder / "model.onnx").open("ab") as file:
        file.write(b"\0")


def missing(folder: Path) -> None:
    (folder / "model.onnx").unlink()


def no_bundle(folder: Path) -> None:
    shutil.rmtree(folder)


def no_json(folder: Path) -> None:
    (folder / "bundle.json").write_text("[]")


def edited(folder: Path) -> None:
    path = folder / "bundle.json"
    path.write_text(path.read_text().replace('"drawn"', '"other"', 1))


def deep(folder: Path) -> None:
    (folder / "bundle.json").write_text("[" * 100_000)


def pipe(folder: Path) -> None:
    """What is no ordinary file, either, but at its end at once."""
    (folder / "model.onnx").unlink()
    (folder / "model.onnx").symlink_to("/dev/null")


def sealed(folder: Path, golden: dict[str, Any] | None = None, **changes: Any) -> None:
    """Changes `bundle.json` and makes its own hash right again."""
    content = json.loads((folder / "bundle.json").read_text()) | changes
    content["golden"] |= golden or {}
    content["sha256"] = digest(content)
    (folder / "bundle.json").write_text(json.dumps(content))


def no_graphs(folder: Path) -> None:
    sealed(folder, precisions={})


def no_name(folder: Path) -> None:
    sealed(folder, name=["drawn"])


def huge_answers(folder: Path) -> None:
    sealed(folder, {"p_closed": {"fp32": [10**400], "int8": [10**400]}})


def other_answers(folder: Path) -> None:
    golden = json.loads((folder / "bundle.json").read_text())["golden"]
    answers = {name: [1 - p for p in found] for name, found in golden["p_closed"].items()}
    sealed(folder, {"p_closed": answers})


def other_crops(folder: Path) -> None:
    sealed(folder, {"crops": base64.b64encode(bytes(7)).decode()})


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (changed, "model.onnx was changed after the export"),
        (missing, "model.onnx: No such file or directory"),
        (no_bundle, "bundle.json: No such file or directory"),
        (no_json, "is no bundle.json that this script knows .*Copy the bundle again, whole, or"),
        (edited, "bundle.json was changed after the export"),
        (other_answers, "does not give its golden answers on this CPU"),
        (other_crops, "is no bundle.json that this script knows"),
        (deep, "is no bundle.json that this script knows .RecursionError"),
        (huge_answers, "is no bundle.json that this script knows .OverflowError"),
        (pipe, "model.onnx is no ordinary file"),
        (no_graphs, "bundle.json names no bundle, or no graph"),
        (no_name, "bundle.json names no bundle, or no graph"),
    ],
)
def test_read_bundle_says_what_is_wrong_when_it_is_broken(
    folder: Path, harm: Any, message: str
) -> None:
    harm(folder)
    with pytest.raises(script().BundleError, match=message):
        script().read_bundle(str(folder))


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--core", "-1"], "--core must be one that this process may use: 2, 3"),
        (["--core", "99999999999999999999"], "--core must be one that this process may use: 2, 3"),
        (["--inputs", "rows.npy"], "--inputs is for bare ONNX files, and none is named"),
    ],
)
def test_parse_refuses_when_an_option_would_do_nothing_good(
    folder: Path,
    words: list[str],
    fault: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(script(), "allowed_cores", lambda: [2, 3])
    with pytest.raises(SystemExit, match="2"):
        script().parse([str(folder), *words])
    assert fault in capsys.readouterr().err


def test_parse_takes_a_folder_for_one_when_its_name_begins_with_a_dash() -> None:
    assert script().parse(["--quick", "--", "-x", "net"]).graphs == ["-x", "net"]


def test_benchmark_ends_with_one_sentence_when_the_bundle_is_broken(folder: Path) -> None:
    changed(folder)
    result = run(folder)
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert not list(folder.glob("latency*"))


@pytest.mark.parametrize("arguments", [[], ["x", "--processes", 1], ["x", "--seconds", 0]])
def test_benchmark_explains_its_use_when_called_wrongly(arguments: list[object]) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert "usage: benchmark.py" in result.stderr


def test_read_model_refuses_a_graph_when_it_does_not_repeat_its_answers(tmp_path: Path) -> None:
    path = foreign(tmp_path / "random.onnx", "RandomNormalLike")
    with pytest.raises(script().BundleError, match="answers the same input otherwise"):
        script().read_model(str(path), "foreign")


def test_read_model_names_the_type_when_it_cannot_feed_it(tmp_path: Path) -> None:
    info = [helper.make_tensor_value_info(name, TensorProto.STRING, [1]) for name in ("x", "y")]
    drawn = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "s", info[:1], info[1:])
    opset = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(drawn, opset_imports=opset, ir_version=8), tmp_path / "s.onnx")
    with pytest.raises(script().BundleError, match=r"x of type tensor\(string\): not known here"):
        script().read_model(str(tmp_path / "s.onnx"), "foreign")


def test_read_model_says_what_does_not_fit_when_inputs_are_given(tmp_path: Path) -> None:
    with pytest.raises(script().BundleError, match="takes 2 inputs; --inputs is for graphs of one"):
        script().read_model(str(foreign(tmp_path / "f.onnx")), "model", np.zeros((2, 3)))
    with pytest.raises(script().BundleError, match=r"no.onnx: No such file"):
        script().read_model(str(tmp_path / "no.onnx"), "model")
    with pytest.raises(script().BundleError, match=r"a.blink is a packed bundle. Unpack it first"):
        script().read_model(str(tmp_path / "a.blink"), "foreign")
    (tmp_path / "text.onnx").write_text("no graph")
    with pytest.raises(script().BundleError, match=r"text.onnx cannot run here"):
        script().read_model(str(tmp_path / "text.onnx"), "model")


def test_refuse_wrong_tells_how_many_when_answers_were_wrong_while_timed() -> None:
    script()._refuse_wrong("net", 0, 5, 0.0)
    with pytest.raises(script().BundleError, match=r"net: 3 of 12,345 answers were wrong .* 0.25"):
        script()._refuse_wrong("net", 3, 12_345, 0.25)


def test_ways_say_why_not_when_blink_is_not_installed_or_cannot_run_the_bundle(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graphs = script().read_bundle(str(folder))
    (folder / "stray.txt").write_text("this version of Blink refuses what it does not know")
    ways, reason = script()._ways(graphs)
    assert ways == []
    assert "Blink, as installed here, cannot run it: " in reason
    assert "stray.txt" in reason
    monkeypatch.setitem(sys.modules, "blink.runtime", None)
    assert "Blink is not installed here" in script()._ways(graphs)[1]


def test_main_tells_the_fault_itself_when_the_system_refuses_something(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(script(), "measure", refuse)
    assert script().main([str(folder)]) == 1
    error = capsys.readouterr().err
    assert error == "error: [Errno 11] Resource temporarily unavailable\n"


def other_input(folder: Path) -> None:
    """A graph of floats, in a bundle whose hashes are right."""
    shape: list[str | int | None] = ["n", 1, 32, 32]
    tensors = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name in ("crops", "p_closed")
    ]
    node = helper.make_node("Identity", ["crops"], ["p_closed"])
    drawn = helper.make_graph([node], "floats", tensors[:1], tensors[1:])
    opset = [helper.make_opsetid("", 13)]
    onnx.save(helper.make_model(drawn, opset_imports=opset, ir_version=8), folder / "model.onnx")
    content = json.loads((folder / "bundle.json").read_text())
    content["files"]["model.onnx"] = script().digest((folder / "model.onnx").read_bytes())
    content["sha256"] = digest(content)
    (folder / "bundle.json").write_text(json.dumps(content))


def test_read_bundle_names_what_was_fed_when_the_graph_takes_no_pixels(folder: Path) -> None:
    other_input(folder)
    with pytest.raises(script().BundleError, match=r"model.onnx does not run on crops uint8\(1, 1"):
        script().read_bundle(str(folder))
