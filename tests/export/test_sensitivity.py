from functools import cache

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from sklearn.metrics import balanced_accuracy_score

from blink.contract import ExportError
from blink.export import Validation
from blink.export.int8 import layers_of, quantise
from blink.export.parity import run_onnx
from blink.export.search.sensitivity import sensitivity
from blink.runtime.preprocessing import stack
from tests.exported import drawn, traced_net, trained_net

THRESHOLD = 0.45


@cache
def validation(count: int = 200, seed: int = 3) -> Validation:
    crops, labels = drawn(count, seed)
    return Validation(stack(list(crops), trained_net().graph.spec), labels)


def with_hidden_giant(number: int) -> onnx.ModelProto:
    """Gives a layer weights of 1,000 on a channel that is always 0.

    Nothing changes in float, while all other weights of that layer round to nothing.
    """
    model = traced_net()
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    nodes = {node.name: node for node in model.graph.node}
    before, layer = (nodes[name] for name in layers_of(model)[number - 1 : number + 1])
    bias = numpy_helper.to_array(constants[before.input[2]]).copy()
    bias[0] = -1e6
    weight = numpy_helper.to_array(constants[layer.input[1]]).copy()
    weight[:, 0] = 1000
    for name, values in ((before.input[2], bias), (layer.input[1], weight)):
        constants[name].CopyFrom(numpy_helper.from_array(values, name))
    return model


@pytest.mark.parametrize("number", [1, 2])
def test_sensitivity_puts_a_layer_first_when_its_weights_round_to_nothing(number: int) -> None:
    model = with_hidden_giant(number)
    worst, *rest = sensitivity(model, validation(50, 2).crops, validation(), THRESHOLD)
    assert worst.layer == layers_of(model)[number]
    assert worst.largest_difference > 0.1
    assert all(worst.balanced_accuracy_lost >= layer.balanced_accuracy_lost for layer in rest)
    assert max(layer.largest_difference for layer in rest) < 0.03


def test_sensitivity_says_what_the_layer_alone_costs_when_asked_again() -> None:
    model, calibration = with_hidden_giant(1), validation(50, 2).crops
    crops, labels = validation().crops, validation().labels
    worst = sensitivity(model, calibration, validation(), THRESHOLD)[0]
    fp32 = run_onnx(model.SerializeToString(), crops)
    others = [layer for layer in layers_of(model) if layer != worst.layer]
    rounded = quantise(model, calibration, in_float=others, has_biases_corrected=False)
    int8 = run_onnx(rounded.SerializeToString(), crops)
    lost = balanced_accuracy_score(labels, fp32 >= THRESHOLD) - balanced_accuracy_score(
        labels, int8 >= THRESHOLD
    )
    assert worst.balanced_accuracy_lost == pytest.approx(lost)
    assert worst.largest_difference == pytest.approx(float(np.abs(fp32 - int8).max()), abs=1e-6)


def test_sensitivity_names_each_layer_once_and_leaves_the_model_alone_when_it_measures() -> None:
    model = traced_net()
    found = sensitivity(model, validation(50, 2).crops, validation(), THRESHOLD)
    assert sorted(layer.layer for layer in found) == sorted(layers_of(model))
    assert model == traced_net()
    costs = [(max(one.balanced_accuracy_lost, 0), one.largest_difference) for one in found]
    assert costs == sorted(costs, reverse=True)


def test_sensitivity_refuses_when_the_calibration_set_is_empty() -> None:
    with pytest.raises(ExportError, match="calibration set is empty"):
        sensitivity(traced_net(), validation().crops[:0], validation(), THRESHOLD)
