import json
from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from blink.contract import Calibration, InputSpec, OperatingPoint
from blink.export import Exportable
from blink.export.onnx_graph import metadata, to_onnx
from blink.export.search.finish import finish
from blink.heuristics import Colour, Gradient, Intensity, Vote
from blink.models import EyeGraph, EyeNet
from blink.runtime.graph import MalformedError, check_graph
from blink.runtime.graph.check import follow
from blink.runtime.graph.onnx_file import KINDS, read_model
from tests import crafted

DESCRIBED = {
    "name": "crafted",
    "input_spec": crafted.SPEC.to_dict(),
    "operating_point": OperatingPoint(0.45).to_dict(),
}
Change = Callable[[onnx.ModelProto], object]


def exported(net: torch.nn.Module, spec: InputSpec) -> tuple[bytes, dict[str, object]]:
    """A graph as the export makes it, and what its bundle says of it."""
    graph = EyeGraph(net, spec, Calibration(1.5)).eval()
    given = Exportable("any", "net", graph, OperatingPoint())
    said = {key.removeprefix("blink."): json.loads(v) for key, v in metadata(given).items()}
    crops = np.random.default_rng(1).integers(0, 256, (4, *spec.shape), np.uint8)
    return finish(to_onnx(given), crops).SerializeToString(), said


RGB = InputSpec(colour="rgb", normalisation="unit")
NETS: dict[str, tuple[Callable[[], torch.nn.Module], InputSpec]] = {
    "grey": (lambda: EyeNet(1, [(8, 2), (16, 2)], 0.1), InputSpec()),
    "rgb": (lambda: EyeNet(3, [(8, 4)], 0.0), InputSpec(24, 40, colour="rgb")),
    "vote": (lambda: Vote([Gradient(), Colour(), Intensity()]), RGB),
}


@pytest.mark.parametrize("name", NETS)
def test_check_graph_takes_it_when_the_export_made_it(name: str) -> None:
    make, spec = NETS[name]
    data, said = exported(make(), spec)

    assert check_graph(data, spec, said).opsets[""] >= 11


@pytest.mark.parametrize("precision", crafted.FILES)
@pytest.mark.parametrize("batch", [1, 2, 5])
def test_follow_gives_the_shapes_of_onnx_runtime_when_a_net_runs(
    precision: str, batch: int
) -> None:
    model = crafted.model(precision)
    on_paper = follow(read_model(model.SerializeToString()), crafted.SPEC, batch)
    names = [node.output[0] for node in model.graph.node]
    del model.graph.output[:]
    model.graph.output.extend(helper.make_empty_tensor_value_info(name) for name in names)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])

    answers = session.run(names, {"crops": np.zeros((batch, *crafted.SPEC.shape), np.uint8)})

    for name, answer in zip(names, answers, strict=True):
        assert on_paper[name].shape == answer.shape
        assert KINDS[on_paper[name].kind][0] == answer.dtype.name


def swap_halves(model: onnx.ModelProto, *halves: str) -> None:
    """The last map's channels, second half first."""
    at = next(n for n, node in enumerate(model.graph.node) if "r2" in node.input)
    model.graph.node[at].input[0] = "swapped"
    split = helper.make_node("Split", ["r2"], halves, axis=1, num_outputs=len(halves))
    model.graph.node.insert(at, split)
    model.graph.node.insert(at + 1, helper.make_node("Concat", halves[::-1], ["swapped"], axis=1))


def test_follow_knows_each_part_when_a_value_is_split() -> None:
    model = crafted.model("fp32")
    swap_halves(model, "left", "right")

    values = follow(read_model(model.SerializeToString()), crafted.SPEC, 2)

    assert values["left"].shape == values["right"].shape == (2, 4, 4, 4)
    assert values["swapped"].shape == values["r2"].shape == (2, 8, 4, 4)


def value_info(model: onnx.ModelProto, shape: list[int | str]) -> None:
    given: list[str | int | None] = [*shape]
    model.graph.value_info.append(helper.make_tensor_value_info("r2", TensorProto.FLOAT, given))


def heavy(model: onnx.ModelProto) -> None:
    """Wide layers, each within bounds, together without."""
    kernel = numpy_helper.from_array(np.zeros((512, 8, 15, 15), np.float32), "kernel")
    model.graph.initializer.append(kernel)
    at = next(n for n, node in enumerate(model.graph.node) if "r1" in node.output)
    for number in range(19):
        new = helper.make_node("Conv", ["r1", "kernel"], [f"wide{number}"], pads=[7, 7, 7, 7])
        model.graph.node.insert(at + 1, new)


def wide(model: onnx.ModelProto) -> None:
    """Values within bounds, together more than a crop may make."""
    at = next(n for n, node in enumerate(model.graph.node) if "x" in node.output)
    last, names = "x", []
    for number in range(13):  # 256 numbers, doubled 13 times, are 2 million
        names.append(f"double{number}")
        new = helper.make_node("Concat", [last, last], [names[-1]], axis=1)
        model.graph.node.insert(at + 1 + number, new)
        last = names[-1]
    for number in range(3):
        new = helper.make_node("Neg", [last], [f"more{number}"])
        model.graph.node.insert(at + 14 + number, new)


REFUSED: dict[str, tuple[Change, str]] = {
    "numbers": (wide, "numbers a crop; 8,388,608 are allowed"),
    "foreign domain": (
        lambda m: setattr(m.opset_import[0], "domain", "ai.onnx.ml"),
        "it needs opset 13 of 'ai.onnx.ml'",
    ),
    "old opset": (lambda m: setattr(m.opset_import[0], "version", 6), "it needs opset 6"),
    "no opset": (lambda m: m.opset_import.pop(), "it names no opset"),
    "metadata of others": (
        lambda m: m.metadata_props.add(key="ort_config", value="{}"),
        "foreign metadata: 'ort_config'",
    ),
    "no metadata": (lambda m: m.metadata_props.pop(0), "do not say its name"),
    "another input": (
        lambda m: setattr(m.graph.input[0].type.tensor_type.shape.dim[1], "dim_value", 3),
        r"takes crops uint8 \[\*, 3, 16, 16\], its input spec says crops uint8 \[\*, 1, 16, 16\]",
    ),
    "one crop alone": (
        lambda m: setattr(m.graph.input[0].type.tensor_type.shape.dim[0], "dim_value", 1),
        r"takes crops uint8 \[1, 1, 16, 16\]",
    ),
    "another output": (
        lambda m: setattr(m.graph.output[0], "name", "logit"),
        r"gives logit float32 \[\*\] where p_closed float32 \[\*\] is expected",
    ),
    "no node": (lambda m: m.graph.ClearField("node"), "it has 0 nodes"),
    "a node within": (
        lambda m: setattr(m.graph.node[1], "op_type", "If"),
        r"node 1 \(If\): 'If' is no operation that a bundle may have",
    ),
    "nobody": (
        lambda m: m.graph.node[1].input.__setitem__(0, "nobody"),
        r"node 1 \(Conv\): takes 'nobody', which nothing before it gives",
    ),
    "a part without name": (lambda m: swap_halves(m, "left", ""), "a value has no name"),
    "a part twice": (lambda m: swap_halves(m, "left", "left"), "value 'left' is made twice"),
    "twice": (lambda m: m.graph.node.append(m.graph.node[1]), "value 'c1' is made twice"),
    "declared otherwise": (
        lambda m: value_info(m, ["batch", 8, 4, 5]),
        "'r2' is declared as something that it is not",
    ),
    "declared for one": (
        lambda m: value_info(m, [1, 8, 4, 4]),
        "'r2' is declared as something that it is not",
    ),
    "declared for nothing": (
        lambda m: setattr(m.graph.value_info.add(), "name", "x"),
        "a value has no type",
    ),
    "answers of the wrong shape": (
        lambda m: m.graph.node[-1].input.__setitem__(0, "logits"),
        "p_closed is not one number a crop",
    ),
    "work": (heavy, "it takes .* multiplications a crop; 536,870,912 are allowed"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_check_graph_says_why_when_a_graph_is_refused(case: str) -> None:
    change, message = REFUSED[case]
    model = crafted.model("fp32")
    change(model)

    with pytest.raises(MalformedError, match=message):
        check_graph(model.SerializeToString(), crafted.SPEC, DESCRIBED)


def test_check_graph_takes_it_when_values_are_declared_rightly() -> None:
    model = crafted.model("fp32")
    value_info(model, ["batch", 8, 4, 4])

    found = check_graph(model.SerializeToString(), crafted.SPEC, DESCRIBED)

    assert [port.name for port in found.values] == ["r2"]
