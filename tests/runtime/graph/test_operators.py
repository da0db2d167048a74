"""What is reckoned on paper is what ONNX Runtime makes of it."""

from typing import Any

import numpy as np
import onnxruntime as ort
import pytest
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from blink.runtime.graph import MalformedError, Node, Tensor
from blink.runtime.graph.onnx_file import KINDS
from blink.runtime.graph.operators import OPERATORS, outcome
from blink.runtime.graph.shapes import Value

KIND = {
    np.dtype(dtype).newbyteorder("="): kind for kind, (_, dtype, _) in KINDS.items() if kind != 9
}
KIND[np.dtype(bool)] = 9
MICROSOFT = {domain_op[1] for domain_op in OPERATORS if domain_op[0]}

P = np.linspace(-1, 1, 2 * 3 * 6 * 5, dtype=np.float32).reshape(2, 3, 6, 5)
M = P[0, 0]
B8, W8 = (P * 100 + 120).astype(np.uint8), (P[:, :, :3, :3] * 100).astype(np.int8)
BOOLS = M > 0
S, Z, ZI = np.float32(0.02), np.uint8(128), np.int8(0)
C3 = np.array([0.5, 1, 2], np.float32)


def ints(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64)


Case = tuple[str, list[Any], dict[str, Any]]
UNARY = "Relu Tanh Exp Floor Ceil Round HardSwish Softplus Sigmoid Abs Neg Sign Identity"
CASES: list[Case] = [
    *((op, [P], {}) for op in (*UNARY.split(), "LeakyRelu", "Elu", "HardSigmoid")),
    *((op, [np.abs(P) + 1], {}) for op in ("Log", "Sqrt", "Reciprocal")),
    ("Clip", [P, S * 0, S], {}),
    ("Clip", [P, None, S], {}),
    ("Not", [BOOLS], {}),
    *((op, [P, P[:, :1]], {}) for op in ("Add", "Sub", "Mul", "Div", "Pow")),
    ("Add", [M[:, None], M], {}),
    *((op, [P, M], {}) for op in ("Min", "Max", "Sum", "Mean")),
    ("PRelu", [P, C3[:, None, None]], {}),
    *((op, [P, M], {}) for op in ("Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Equal")),
    *((op, [BOOLS, BOOLS[:1]], {}) for op in ("And", "Or", "Xor")),
    ("Where", [BOOLS, P, M], {}),
    ("Cast", [P], {"to": 7}),
    ("Constant", [], {"value": numpy_helper.from_array(M)}),
    *((f"Reduce{op}", [P, ints(2, -1)], {"keepdims": 0}) for op in ("Mean", "Sum", "Max", "Min")),
    ("ReduceMean", [P], {}),
    ("ReduceMean", [P, ints(1)], {}),
    ("Reshape", [P, ints(0, -1, 5)], {}),
    ("Reshape", [P, ints(-1)], {}),
    ("Flatten", [P], {"axis": 2}),
    ("Flatten", [P], {"axis": -1}),
    ("Squeeze", [P[:1], ints(0)], {}),
    ("Unsqueeze", [M, ints(0, -1)], {}),
    ("Transpose", [P], {"perm": [0, 3, 1, 2]}),
    ("Transpose", [P], {}),
    ("Concat", [P, P[:, :1]], {"axis": 1}),
    ("Split", [P], {"axis": 1, "num_outputs": 3}),
    ("Split", [P], {"num_outputs": 2}),
    ("Slice", [P, ints(1, -4), ints(3, 1 << 40), ints(1, 2)], {}),
    ("Slice", [P, ints(4), ints(-(1 << 40)), ints(2), ints(-2)], {}),
    ("Gather", [P, ints(2, -1)], {"axis": 1}),
    ("Gather", [P, np.array(1)], {}),
    ("Conv", [P, P[:, :, :3, :3]], {"strides": [2, 1], "pads": [1, 0, 1, 2]}),
    ("Conv", [P, P[:, :, :2, :2], C3[:2]], {"dilations": [2, 3]}),
    ("Conv", [P, P[0, :, None, :3, :3]], {"group": 3, "auto_pad": "VALID"}),
    ("MaxPool", [P], {"kernel_shape": [2, 3], "strides": [2, 2], "ceil_mode": 1}),
    ("MaxPool", [B8], {"kernel_shape": [2, 2], "storage_order": 0}),
    ("AveragePool", [P], {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [2, 2]}),
    ("GlobalAveragePool", [P], {}),
    ("GlobalMaxPool", [P], {}),
    ("Gemm", [M, M, C3[:1]], {"transA": 1}),
    ("Gemm", [M, M], {"transB": 1, "alpha": 0.5}),
    ("MatMul", [P, P[0, 0].T], {}),
    ("InstanceNormalization", [P, C3, C3], {"epsilon": 4.0}),
    ("BatchNormalization", [P, C3, C3, C3, C3], {}),
    ("QuantizeLinear", [P, S, Z], {}),
    ("QuantizeLinear", [P, S], {}),
    ("DequantizeLinear", [B8, S, Z], {}),
    ("DequantizeLinear", [W8, C3, np.zeros(3, np.int8)], {"axis": 1}),
    ("QLinearConv", [B8, S, Z, W8, S, ZI, S, Z], {"pads": [1, 1, 1, 1]}),
    ("QLinearConv", [B8, S, Z, W8, C3[:2], np.zeros(2, np.int8), S, Z, np.zeros(2, np.int32)], {}),
    ("QLinearMatMul", [B8, S, Z, B8[0, 0].T.copy(), S, Z, S, Z], {}),
    ("QLinearAdd", [B8, S, Z, B8[:, :1], S, Z, S, Z], {}),
    ("QLinearMul", [B8, S, Z, B8[0, 0], S, Z, S, Z], {}),
    ("QLinearGlobalAveragePool", [B8, S, Z, S, Z], {}),
    ("QLinearSigmoid", [B8, S, Z, S, Z], {}),
    ("QLinearLeakyRelu", [B8, S, Z, S, Z], {"alpha": 0.1}),
    ("QLinearConcat", [S, Z, B8, S, Z, B8[:, :1], S, Z], {"axis": 1}),
    ("QGemm", [B8[0, 0], S, Z, B8[0, 0], S, Z], {"transB": 1, "alpha": 1.0}),
    ("QGemm", [B8[0, 0], S, Z, B8[0, 0], S, Z, np.zeros(6, np.int32), S, Z], {"transB": 1}),
]  # fmt: skip


def outputs_of(case: Case) -> tuple[str, ...]:
    """Names of what the node gives."""
    return ("o", *(f"o{number}" for number in range(1, case[2].get("num_outputs", 1))))


def by_runtime(case: Case) -> NDArray[Any]:
    """What ONNX Runtime gives first."""
    op, inputs, attributes = case
    domain = "com.microsoft" if op in MICROSOFT else ""
    given = {f"i{n}": np.asarray(value) for n, value in enumerate(inputs) if value is not None}
    names = ["" if value is None else f"i{n}" for n, value in enumerate(inputs)]
    node = helper.make_node(op, names, outputs_of(case), domain=domain, **attributes)
    # The first is fed and the others are constants, as in a net.
    fed = [name for name in given if name == "i0" and op != "QLinearConcat"]
    ports = [
        helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(given[n].dtype),
                                      given[n].shape)
        for n in fed
    ]  # fmt: skip
    constants = [numpy_helper.from_array(v, n) for n, v in given.items() if n not in fed]
    out = helper.make_empty_tensor_value_info("o")
    graph = helper.make_graph([node], "one", ports, [out], constants)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found: NDArray[Any] = session.run(None, {name: given[name] for name in fed})[0]
    return found


def on_paper(case: Case, constant: bool = True) -> Value:
    """What is reckoned of it."""
    op, inputs, attributes = case
    values: list[Value | None] = []
    for number, value in enumerate(inputs):
        if value is None:
            values.append(None)
            continue
        array = np.asarray(value)
        kind = KIND[array.dtype]
        tensor = Tensor("t", kind, array) if number and constant else None
        values.append(Value(kind, array.shape, tensor))
    if op == "QLinearConcat":
        values[0] = Value(1, (), Tensor("t", 1, np.asarray(S)))
    known = {k: tuple(v) if isinstance(v, list) else v for k, v in attributes.items()}
    if op == "Constant":
        known = {"value": Tensor("t", 1, M)}
    domain = "com.microsoft" if op in MICROSOFT else ""
    return outcome(Node("n", op, domain, (), outputs_of(case), known), values)


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda n: CASES[n][0])
def test_outcome_is_what_onnx_runtime_gives_when_a_node_is_sound(number: int) -> None:
    expected = by_runtime(CASES[number])

    found = on_paper(CASES[number])

    assert found.shape == expected.shape
    assert found.kind == KIND[expected.dtype]


def test_cases_cover_the_list_when_all_are_counted() -> None:
    assert {op for op, _, _ in CASES} == {op for _, op in OPERATORS}


REFUSED: list[tuple[Case, str]] = [
    (("Loop", [P], {}), "'Loop' is no operation that a bundle may have"),
    (("Relu", [P, P], {}), "has 2 inputs"),
    (("Relu", [P], {"axis": 1}), "has an attribute 'axis' that it may not have"),
    (("Flatten", [P], {"axis": 1.0}), "has an attribute 'axis' that it may not have"),
    (("Div", [ints(1), ints(0)], {}), "takes floats alone"),
    (("Add", [P, P[:, :, :4]], {}), "that do not fit"),
    (("Cast", [P], {"to": 8}), "casts to type 8"),
    (("Reshape", [P, ints(7, -1)], {}), r"cannot make \[7, -1\] of 180 elements"),
    (("Reshape", [P, ints(-1, -1)], {}), "leaves two sizes open"),
    (("Reshape", [P, ints(-2, 90)], {}), "makes a shape of"),
    (("Reshape", [P, ints(0, 0, 0, 0, 0)], {}), "a tensor of nothing"),
    (("Squeeze", [P], {}), "does not say which axes"),
    (("Squeeze", [P, ints(1)], {}), "more than one element"),
    (("ReduceMean", [P, ints(4)], {}), "names axis 4 of 4"),
    (("ReduceMean", [P, ints(1, -3)], {}), "names an axis twice"),
    (("Transpose", [P], {"perm": [0, 0, 1, 2]}), "has no order of 4 axes"),
    (("Split", [P], {"axis": 1, "num_outputs": 2}), "makes 2 parts of 3 elements"),
    (("Split", [P], {"axis": 1}), "does not say how many parts"),
    (("Split", [P], {"num_outputs": 65}), "has 65 outputs"),
    (("MaxPool", [P], {"kernel_shape": [2, 2], "storage_order": 1}), "counts along columns"),
    (("Slice", [P, ints(0), ints(1), ints(0), ints(0)], {}), "has steps out of bounds"),
    (("Slice", [P, ints(2), ints(1), ints(2)], {}), "leaves nothing"),
    (("Gather", [P, ints(3)], {"axis": 1}), "reaches beyond 3 elements"),
    (("Conv", [P, P[:, :, :3, :3]], {"strides": [0, 1]}), r"strides \[0, 1\], out of bounds"),
    (("Conv", [P, P[:, :, :3, :3]], {"pads": [9, 0, 0, 0]}), "pads beyond its kernel"),
    (("Conv", [P, P[:, :, :3, :3]], {"dilations": [1, 1 << 40]}), "dilations .*out of bounds"),
    (("Conv", [P, P[:, :, :3, :3]], {"group": 0}), "has 0 groups"),
    (("Conv", [P, P[:, :2, :3, :3]], {}), "a kernel for other channels"),
    (("Conv", [P[:, :, :2], P[:, :, :3, :3]], {}), "a kernel larger than its picture"),
    (("Conv", [P, P[:, :, :3, :3]], {"auto_pad": "SAME_UPPER"}), "pads on its own"),
    (("Gemm", [M, M], {}), "matrices that do not fit"),
    (("Gemm", [M, M], {"transB": 2}), "transB that is neither 0 nor 1"),
    (("MatMul", [M, M], {}), "matrices that do not fit"),
    (("QuantizeLinear", [P, S * 0, Z], {}), "a scale that is not above 0"),
    (("DequantizeLinear", [B8, S * np.float32("nan"), Z], {}), "a scale that is not above 0"),
    (("DequantizeLinear", [B8, C3, np.zeros(3, np.uint8)], {"axis": 0}), "for other channels"),
    (("BatchNormalization", [P, C3, C3, C3, C3], {"training_mode": 1}), "trains"),
]


@pytest.mark.parametrize(("case", "message"), REFUSED)
def test_outcome_says_why_when_a_node_is_refused(case: Case, message: str) -> None:
    with pytest.raises(MalformedError, match=message):
        on_paper(case)


@pytest.mark.parametrize(
    ("case", "message"),
    [
        (("Reshape", [P, ints(-1)], {}), "no constant whole numbers"),
        (("Gather", [P, ints(0)], {}), "no constant whole numbers"),
        (("Slice", [P, ints(0), ints(1)], {}), "no constant whole numbers"),
        (("QuantizeLinear", [P, S, Z], {}), "a scale that is no constant"),
    ],
)
def test_outcome_refuses_when_a_size_is_computed(case: Case, message: str) -> None:
    with pytest.raises(MalformedError, match=message):
        on_paper(case, constant=False)
