import json
import logging
import warnings
from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from scipy.special import logit
from torch import Tensor, nn

from blink.contract import Calibration, InputSpec, OperatingPoint
from blink.export import Exportable
from blink.export.onnx_graph import prepend_scaling, strip_scaling, to_onnx
from blink.export.parity import run_onnx
from blink.heuristics import Colour, Gradient, Intensity, Vote
from blink.models import EyeGraph, EyeNet, scale
from blink.runtime.preprocessing import stack
from tests.exported import drawn, run_torch, traced_net, trained_net


def exportable(spec: InputSpec) -> Exportable:
    torch.manual_seed(1)
    net = EyeNet(spec.channels, [(8, 2), (8, 2)])
    return Exportable("x", "net", EyeGraph(net, spec, Calibration(0.7, 0.4)), OperatingPoint())


@pytest.fixture(scope="module")
def model() -> onnx.ModelProto:
    return traced_net()


def test_to_onnx_gives_the_same_bytes_when_called_twice(model: onnx.ModelProto) -> None:
    again = to_onnx(trained_net())
    assert again.SerializeToString(deterministic=True) == model.SerializeToString(
        deterministic=True
    )


def test_to_onnx_counts_no_places_when_a_net_of_adaptive_pools_was_trained_channels_last() -> None:
    layers = (nn.Conv2d(1, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Conv2d(4, 1, 1), nn.Flatten(0))
    net = nn.Sequential(*layers).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    trained = Exportable("x", "net", EyeGraph(net, InputSpec(), Calibration()), OperatingPoint())

    operations = {node.op_type for node in to_onnx(trained).graph.node}

    assert not operations & {"Shape", "Range", "Gather"}


def test_to_onnx_names_what_goes_in_and_out_when_exported(model: onnx.ModelProto) -> None:
    (crops,), (p_closed,) = model.graph.input, model.graph.output
    sizes = [d.dim_param or d.dim_value for d in crops.type.tensor_type.shape.dim]
    assert (crops.name, crops.type.tensor_type.elem_type) == ("crops", onnx.TensorProto.UINT8)
    assert sizes == ["batch", 1, 32, 32]
    assert (p_closed.name, p_closed.type.tensor_type.elem_type) == (
        "p_closed",
        onnx.TensorProto.FLOAT,
    )
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [("", 18)]


def test_to_onnx_carries_the_contract_when_exported(model: onnx.ModelProto) -> None:
    entries = {entry.key: json.loads(entry.value) for entry in model.metadata_props}
    assert InputSpec.from_dict(entries["blink.input_spec"]) == InputSpec()
    assert Calibration.from_dict(entries["blink.calibration"]) == Calibration(1.5)
    assert OperatingPoint.from_dict(entries["blink.operating_point"]) == OperatingPoint(
        0.45, "fixed for tests"
    )
    assert entries["blink.labels"] == ["open", "closed"]
    assert entries["blink.name"] == "drawn"


def test_to_onnx_tells_nothing_of_this_machine_when_exported(model: onnx.ModelProto) -> None:
    text = str(model)
    for trace in ("stack_trace", "pkg.torch", ".py", "forward", str(torch.__version__)):
        assert trace not in text
    assert not model.graph.metadata_props
    assert not any(node.metadata_props or node.doc_string for node in model.graph.node)


def test_to_onnx_folds_batch_norm_when_the_net_has_some(model: onnx.ModelProto) -> None:
    kinds = [node.op_type for node in model.graph.node if node.name.startswith("net/")]
    assert kinds == ["Conv", "Relu"] * 3 + ["ReduceMean", "Gemm", "Squeeze"]


def test_to_onnx_folds_the_calibration_when_the_net_ends_in_a_layer() -> None:
    subject = trained_net()
    net, spec = subject.graph.net, subject.graph.spec
    moved = replace(subject, graph=EyeGraph(net, spec, Calibration(9.0, -0.3)))
    model = to_onnx(moved)
    kinds = [node.op_type for node in model.graph.node]
    assert not {"Div", "Add"} & set(kinds)
    assert kinds[:3] == ["Cast", "Sub", "Mul"]
    crops = stack(list(drawn(20, seed=5)[0]), spec)
    p, flat = (run_onnx(one.SerializeToString(), crops) for one in (to_onnx(subject), model))
    np.testing.assert_allclose((logit(flat) + 0.3) * 9, logit(p) * 1.5, rtol=1e-3, atol=1e-4)


class Ending(nn.Module):
    """A net that ends in a layer, with constants that might be taken for the calibration's."""

    def __init__(self, divisor: float, bias: float | None, width: int) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(1, width, 4, 3), nn.Linear(width, 1, bias=bias is not None)
        self.divisor = divisor
        if bias is not None:
            nn.init.constant_(self.head.bias, bias)
            nn.init.constant_(self.conv.bias, bias)  # type: ignore[arg-type]

    def forward(self, scaled: Tensor) -> Tensor:
        logits: Tensor = self.head(self.conv(scaled).relu().mean((2, 3)) / self.divisor)
        return logits.squeeze(1)


@pytest.mark.parametrize(
    ("divisor", "bias", "width", "calibration", "is_folded"),
    [
        (3.0, None, 4, Calibration(1.3, 0.2), False),
        (1.3, 0.1, 4, Calibration(1.3, 1.3), True),
        (3.0, 0.1, 1, Calibration(1.3, 0.2), False),
    ],
    ids=["no bias", "equal constants", "shared bias"],
)
def test_to_onnx_is_torchs_equal_when_the_calibration_cannot_just_be_folded(
    divisor: float, bias: float | None, width: int, calibration: Calibration, is_folded: bool
) -> None:
    torch.manual_seed(1)
    graph = EyeGraph(Ending(divisor, bias, width), InputSpec(), calibration)
    crops = stack(list(drawn(20, seed=5)[0]), graph.spec)
    model = to_onnx(Exportable("x", "net", graph, OperatingPoint()))
    assert ("Div" not in {node.op_type for node in list(model.graph.node)[-3:]}) == is_folded
    p = run_onnx(model.SerializeToString(), crops)
    np.testing.assert_allclose(p, run_torch(graph, crops), rtol=0, atol=1e-6)


def test_strip_scaling_undoes_prepend_scaling(model: onnx.ModelProto) -> None:
    core, spec = strip_scaling(model)
    assert spec == InputSpec()
    assert [entry.name for entry in core.graph.input] == ["scaled"]
    assert core.graph.node[0].op_type == "Conv"
    prepend_scaling(core, spec)
    assert core.SerializeToString(deterministic=True) == model.SerializeToString(deterministic=True)


def test_to_onnx_is_quiet_and_leaves_the_net_alone_when_it_is_training(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    subject = exportable(InputSpec())
    subject.graph.train()
    before = {name: tensor.clone() for name, tensor in subject.graph.state_dict().items()}
    with warnings.catch_warnings(record=True) as caught, caplog.at_level(logging.WARNING):
        warnings.simplefilter("always")
        to_onnx(subject)
    assert capfd.readouterr() == ("", "")
    assert not caught
    assert not caplog.records
    assert subject.graph.training
    for name, tensor in subject.graph.state_dict().items():
        assert torch.equal(tensor, before[name])


@pytest.mark.parametrize(
    "spec",
    [
        InputSpec(height=16, width=16, normalisation="unit"),
        InputSpec(height=24, width=40, colour="rgb"),
    ],
    ids=lambda spec: f"{spec.key}-{spec.normalisation}",
)
def test_to_onnx_is_torchs_equal_when_the_spec_varies(spec: InputSpec) -> None:
    subject = exportable(spec)
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (20, *spec.shape), dtype=np.uint8)
    p = run_onnx(to_onnx(subject).SerializeToString(), crops)
    np.testing.assert_allclose(p, run_torch(subject.graph, crops), rtol=0, atol=1e-5)


def test_to_onnx_is_torchs_equal_when_given_all_heuristics() -> None:
    pictures, labels = drawn(60, seed=4)
    pictures[1::3] = pictures[1::3, ..., :1]  # some grey ones, on which colour has no opinion
    spec = InputSpec(colour="rgb", normalisation="unit")
    crops = stack(list(pictures), spec)
    module = Vote([Gradient(), Colour(), Intensity()])
    module.fit(scale(torch.from_numpy(crops), spec), labels)
    graph = EyeGraph(module, spec, Calibration())
    model = to_onnx(Exportable("x", "heuristic", graph, OperatingPoint()))
    p = run_onnx(model.SerializeToString(), crops)
    assert np.ptp(p) > 0.1
    np.testing.assert_allclose(p, run_torch(graph, crops), rtol=0, atol=1e-5)
