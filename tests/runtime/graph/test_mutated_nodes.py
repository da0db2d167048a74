"""Nodes that are changed at random: they run as reckoned, or ONNX Runtime says why not."""

import random
from collections import Counter
from typing import Any

import numpy as np
import pytest

from blink.runtime.graph import MalformedError
from blink.runtime.graph.operators import OPERATORS
from tests.runtime.graph.test_operators import (
    B8,
    BOOLS,
    C3,
    CASES,
    KIND,
    MICROSOFT,
    W8,
    ZI,
    Case,
    M,
    P,
    S,
    Z,
    by_runtime,
    ints,
    on_paper,
)

FEW, MANY = 600, 20_000
INPUTS: list[Any] = [
    *(P, P[:1], P[:, :1], P[0, 0, 0], M, BOOLS, C3, C3[:1], C3[:2], S, Z, ZI, None),
    *(B8, B8[0, 0], B8[:, :1], B8[:1, :, :3, :3], W8, W8[0, 0], np.float16(0.5), P.astype("f2")),
    *(np.zeros(3, np.uint8), np.zeros(3, np.int8), np.zeros(6, np.int32), np.float32(1e-30)),
    *(ints(0), ints(1), ints(-1), ints(0, 1), ints(2, -1), ints(0, -1, 5), ints(3, 1 << 40)),
]
ATTRIBUTES: dict[str, list[Any]] = {
    "axis": [0, 1, -1, 2, 3, -4, 4, 9],
    "keepdims": [0, 1, 2, -1],
    "noop_with_empty_axes": [0, 1],
    "strides": [[1, 1], [2, 3], [0, 1], [256, 256], [1], [1, 1, 1]],
    "pads": [[0, 0, 0, 0], [1, 1, 1, 1], [2, 0, 2, 0], [1, 0], [255] * 4],
    "dilations": [[1, 1], [2, 2], [5, 1]],
    "kernel_shape": [[2, 2], [3, 3], [1, 1], [6, 5], [7, 7], [256, 256]],
    "group": [1, 3, 2, -1],
    "ceil_mode": [0, 1, 2],
    "count_include_pad": [0, 1],
    "auto_pad": ["NOTSET", "VALID", "SAME_UPPER"],
    "transA": [0, 1],
    "transB": [0, 1],
    "alpha": [0.5, 0.0, float("nan")],
    "to": [1, 2, 6, 7, 9, 10],
    "perm": [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0], [0, 0]],
    "channels_last": [0, 1],
    "training_mode": [0, 1],
}


def mutated(seed: int) -> Case:
    """A case with other inputs or attributes."""
    rng = random.Random(seed)
    op, inputs, attributes = rng.choice([case for case in CASES if case[0] != "Constant"])
    inputs, attributes = [*inputs], {**attributes}
    known = OPERATORS["com.microsoft" if op in MICROSOFT else "", op].attributes.keys()
    names = sorted(known & ATTRIBUTES.keys())
    for _ in range(rng.choice([1, 1, 2, 3])):
        choice = rng.random()
        if choice < 0.5 or (choice > 0.65 and not names):
            inputs[rng.randrange(len(inputs))] = rng.choice(INPUTS)
        elif choice < 0.6:
            inputs.append(rng.choice(INPUTS))
        elif choice < 0.65:
            inputs = inputs[: max(1, len(inputs) - 1)]
        else:
            name = rng.choice(names)
            attributes[name] = rng.choice(ATTRIBUTES[name])
    return op, inputs, attributes


def ends(count: int) -> Counter[str]:
    """How so many mutated nodes end."""
    found: Counter[str] = Counter()
    for seed in range(count):
        case = mutated(seed)
        try:
            value = on_paper(case)
        except MalformedError:
            found["refused"] += 1
            continue
        try:
            answer = by_runtime(case)
        except Exception:  # ONNX Runtime's errors share no base class but this
            found["refused by ONNX Runtime"] += 1
            continue
        as_reckoned = (value.shape, value.kind) == (answer.shape, KIND[answer.dtype])
        found["as reckoned" if as_reckoned else f"otherwise: seed {seed}, {case[0]}"] += 1
    return found


@pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
def test_outcome_is_what_onnx_runtime_gives_when_nodes_are_mutated(count: int) -> None:
    with np.errstate(all="ignore"):
        found = ends(count)

    assert not [end for end in found if end.startswith("otherwise")]
    assert found["as reckoned"] > count / 10
    assert found["refused"] > count / 3
    assert found["refused by ONNX Runtime"] < count / 20
