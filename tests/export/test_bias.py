from collections.abc import Callable

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from blink.export.bias import correct_biases
from blink.export.parity import run_onnx
from tests.export.searched import crops
from tests.exported import traced_net

CALIBRATION = crops(100, 2)


def shifted(amount: float) -> Callable[[onnx.ModelProto], onnx.ModelProto]:
    """A quantiser whose only fault is that it adds something to the last neuron's bias."""

    def quantise(model: onnx.ModelProto) -> onnx.ModelProto:
        twin = onnx.ModelProto()
        twin.CopyFrom(model)
        (bias,) = [tensor for tensor in twin.graph.initializer if tensor.name == "net.head.bias"]
        values = numpy_helper.to_array(bias) + np.float32(amount)
        bias.CopyFrom(numpy_helper.from_array(values, bias.name))
        return twin

    return quantise


@pytest.fixture(scope="module")
def model() -> onnx.ModelProto:
    return traced_net()


@pytest.mark.parametrize("amount", [-0.8, 0.3])
def test_correct_biases_takes_a_shift_off_when_the_quantiser_adds_one(
    model: onnx.ModelProto, amount: float
) -> None:
    quantise = shifted(amount)
    expected = run_onnx(model.SerializeToString(), CALIBRATION)
    before = run_onnx(quantise(model).SerializeToString(), CALIBRATION)
    corrected = quantise(correct_biases(model, quantise, CALIBRATION))
    after = run_onnx(corrected.SerializeToString(), CALIBRATION)
    assert np.abs(before - expected).max() > 0.03
    np.testing.assert_allclose(after, expected, rtol=0, atol=1e-5)


def weights(model: onnx.ModelProto) -> dict[str, list[float]]:
    arrays = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}
    return {name: array.ravel().tolist() for name, array in arrays.items()}


def test_correct_biases_changes_nothing_when_nothing_was_rounded(model: onnx.ModelProto) -> None:
    assert weights(correct_biases(model, shifted(0.0), CALIBRATION)) == weights(model)


def test_correct_biases_leaves_the_model_alone_when_it_corrects(model: onnx.ModelProto) -> None:
    before = weights(model)
    corrected = weights(correct_biases(model, shifted(0.5), CALIBRATION))
    assert weights(model) == before
    assert {name for name in before if before[name] != corrected[name]} == {"net.head.bias"}
