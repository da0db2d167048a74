from dataclasses import dataclass, replace
from functools import cache
from typing import Any, get_args

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import blink.export.search.candidate
import blink.export.search.searching
from blink.contract import ConfigError, ExportError, Probabilities
from blink.export import Plan
from blink.export.onnx_graph import to_onnx
from blink.export.parity import run_onnx
from blink.export.search import Gate, Learning, Material, search
from blink.export.search.candidate import Precision, Recipe
from blink.export.search.gate import GateResult
from blink.export.search.recipes import Aware, Float32, Fused, Half, Mixed, Static
from blink.latency import Benchmark, GraphLatency
from blink.runtime.entries import PRECISIONS
from tests.export.searched import crops, latency, validation
from tests.exported import drawn, heuristic, trained_net


@pytest.fixture(autouse=True)
def traced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch takes seconds to trace a net, and here it is the same net again and again."""
    monkeypatch.setattr(blink.export.search.candidate, "to_onnx", _to_onnx)


_to_onnx = cache(to_onnx)
MATERIAL = Material(validation(), crops(128, 2))


def rows(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in told["table"]}


def test_search_finds_what_this_cpu_computes_otherwise_than_it_is_defined(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def always_open(*given: Any, is_fused: bool) -> Probabilities:
        return np.float32(is_fused) * run_onnx(*given)

    monkeypatch.setattr(blink.export.search.searching, "run_onnx", always_open)
    told = rows(search(trained_net(), Plan([Float32(), Static(), Fused()]), MATERIAL).told)
    assert "others decide 50 % otherwise" in told["int8"]["why"]
    assert "others decide 50 % otherwise" in told["int8-operators"]["why"]
    assert "saturate" not in told["fp32"]["why"]


def test_search_tells_of_every_candidate_when_all_are_made() -> None:
    recipes: list[Recipe] = [
        Float32(),
        Half(),
        Static(),
        Static("int8-tensor", per_channel=False),
        Static("int8-float-first", with_first=False),
        Static("int8-reduced", is_reduced=True),
        Static("int8-equalised", is_equalised=True),
        Fused(),
        Mixed(),
        Aware(),
    ]
    found = search(trained_net(), Plan(recipes, lists_sensitivity=True), MATERIAL)
    told = rows(found.told)
    assert list(told) == [recipe.name for recipe in recipes[:8]]
    assert all(row["passed"] for row in told.values())
    assert [one["name"] for one in found.told["left_out"]] == ["int8-mixed", "int8-aware"]
    assert told["fp16"]["size_bytes"] < 0.6 * told["fp32"]["size_bytes"]
    assert told["int8-operators"]["nodes"] < 0.5 * told["int8"]["nodes"]
    differences = (told["int8-operators"], told["int8"])
    assert differences[0]["largest_difference"] == differences[1]["largest_difference"]
    assert {name: row["opset"] for name, row in told.items()} == {
        "fp32": 11,
        "fp16": 11,
        "int8": 13,
        "int8-tensor": 11,
        "int8-float-first": 13,
        "int8-reduced": 13,
        "int8-equalised": 13,
        "int8-operators": 11,
    }
    smallest = min(told.values(), key=lambda row: ("saturate" in row["why"], row["size_bytes"]))
    chosen = told[found.told["chosen"]]
    assert chosen["size_bytes"] <= 1.03 * smallest["size_bytes"]
    assert chosen["ships_as"] == "model.onnx"
    assert {precision: len(data) for precision, data in found.graphs.items()} == {
        "int8": chosen["size_bytes"],
        "fp32": told["fp32"]["size_bytes"],
    }
    assert found.told["opencv_dnn"]["loads"]
    assert found.told["opencv_dnn"]["largest_difference"] < 1e-6
    assert sorted(layer["layer"] for layer in found.told["sensitivity"]) == sorted(
        f"net/{number:03d}-Conv" for number in (0, 2, 4)
    )


def test_search_ships_fp16_and_int8_beside_fp32_when_half_is_the_fastest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = {"fp32": 2.0, "fp16": 1.0, "int8": 3.0}
    given: dict[str, bytes] = {}

    def measured(
        _: Benchmark, graphs: dict[str, bytes], *_args: Any, **_rest: Any
    ) -> dict[str, Any]:
        given.update(graphs)
        return {
            name: latency(times[name], {other: times[other] for other in graphs if other != name})
            for name in graphs
        }

    monkeypatch.setattr(blink.export.search.searching, "measure_graphs", measured)
    plan = Plan([Float32(), Half(), Static()])
    found = search(trained_net(), plan, MATERIAL, benchmark=Benchmark())
    assert found.chosen == "fp16"
    assert found.graphs == {name: given[name] for name in ("fp16", "fp32", "int8")}
    assert found.told["measured_on"] == "a CPU"
    assert [row["ships_as"] for row in found.told["table"]] == [
        "fp32.onnx",
        "model.onnx",
        "int8.onnx",
    ]
    assert rows(found.told)["int8"]["ratio_to_empty_graph"]["value"] == 3.0


def test_search_makes_fp32_alone_when_it_is_a_heuristic(monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(*_: object, **__: object) -> dict[str, GraphLatency]:
        raise AssertionError("a single candidate needs no comparison")

    monkeypatch.setattr(blink.export.search.searching, "measure_graphs", measured)
    spec = heuristic().graph.spec
    seen = Material(
        type(MATERIAL.validation)(np.repeat(crops(20, 3), 3, axis=1), drawn(20, 3)[1]),
        np.repeat(crops(8, 2), 3, axis=1),
    )
    assert seen.validation.crops.shape[1:] == spec.shape
    plan = Plan([Float32(), Static(), Aware(), Mixed()], lists_sensitivity=True)
    found = search(heuristic(), plan, seen, benchmark=Benchmark())
    assert list(found.graphs) == ["fp32"]
    assert found.told["sensitivity"] == []


@dataclass(frozen=True)
class Near(Gate):
    """Passes what is as near to fp32 as this, in the largest |Δp| of any crop."""

    most: float = 0.0

    def judge(self, *given: Any) -> GateResult:
        found = super().judge(*given)
        return replace(found, passed=found.largest_difference <= self.most)


def test_search_mixes_layers_until_the_gate_is_passed_when_int8_fails_it() -> None:
    plan = Plan([Float32(), Static(), Mixed()], gate=Near())
    strict = search(trained_net(), plan, MATERIAL)
    told = rows(strict.told)
    assert list(strict.graphs) == ["fp32"]
    assert strict.told["reason"] == "fp32: no quantised candidate passes the gate"
    assert told["int8-mixed"]["passed"] is False  # all layers but one are in float
    assert told["int8-mixed"]["largest_difference"] < told["int8"]["largest_difference"]

    most = told["int8"]["largest_difference"] * 0.999
    mixed = search(trained_net(), replace(plan, gate=Near(most=most)), MATERIAL)
    found = rows(mixed.told)["int8-mixed"]
    assert set(mixed.graphs) == {"fp32", "int8"}
    assert found["passed"]
    assert found["largest_difference"] <= most
    assert len(mixed.graphs["int8"]) == found["size_bytes"]


def test_aware_trains_when_rounding_afterwards_costs_too_much() -> None:
    learning = Learning(crops(128, 1), drawn(128, 1)[1])
    material = Material(MATERIAL.validation, MATERIAL.calibration, learning)
    plan = Plan([Float32(), Static(), Aware(epochs=1, worth=-1.0)])
    found = rows(search(trained_net(), plan, material).told)
    assert found["int8-aware"]["passed"]
    assert found["int8-aware"]["largest_difference"] != found["int8"]["largest_difference"]

    one_class = Learning(learning.crops[1::2], learning.labels[1::2])
    other = Material(MATERIAL.validation, MATERIAL.calibration, one_class)
    (left,) = search(trained_net(), plan, other).told["left_out"]
    assert "open and closed" in left["why"]

    left = search(trained_net(), plan, MATERIAL).told["left_out"]
    assert left == [{"name": "int8-aware", "why": "no training crops were given to learn from"}]


def test_half_keeps_weights_in_16_bits_when_made(caplog: pytest.LogCaptureFixture) -> None:
    plan = Plan([Float32(), Half()])
    found = search(trained_net(), plan, MATERIAL)
    assert "No int8" not in caplog.text  # none was asked for
    model = onnx.load_from_string(found.graphs["fp16"])
    kinds = {numpy_helper.to_array(t).size: t.data_type for t in model.graph.initializer}
    assert kinds[16 * 16 * 9] == onnx.TensorProto.FLOAT16
    fp32, half = (run_onnx(found.graphs[name], crops(40, 9)) for name in ("fp32", "fp16"))
    assert 0 < np.abs(fp32 - half).max() < 1e-3


def test_search_refuses_when_there_is_nothing_to_calibrate_on() -> None:
    empty = Material(MATERIAL.validation, crops(8, 2)[:0])
    with pytest.raises(ExportError, match="calibration set is empty"):
        search(trained_net(), Plan.short(), empty)


def test_search_makes_no_int8_when_no_calibration_set_is_given() -> None:
    found = search(trained_net(), Plan.short(), Material(MATERIAL.validation))
    assert list(found.graphs) == ["fp32"]
    assert found.told["reason"] == "fp32: none was quantised"


@pytest.mark.parametrize(
    "recipes", [[], [Static()], [Float32(), Static(), Static()], [Half(), Float32()]]
)
def test_plan_refuses_when_fp32_is_not_first_or_names_are_not_unique(recipes: list[Any]) -> None:
    with pytest.raises(ConfigError, match="the first must be fp32"):
        Plan(recipes)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"calibration_crops": -4}, r"whole numbers from 0, not \[-4, 0\]"),
        ({"calibration_crops": "abc"}, r"whole numbers from 0, not \['abc', 0\]"),
        ({"learning_crops": 1e3}, r"whole numbers from 0, not \[0, 1000\.0\]"),
        ({"margin": -0.1}, r"margin must be a number from 0, not -0\.1"),
        ({"margin": "abc"}, "margin must be a number from 0"),
    ],
)
def test_plan_refuses_when_a_number_is_none(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Plan([Float32()], **values)


def test_gate_refuses_when_a_limit_is_no_number() -> None:
    limit: Any = "abc"
    with pytest.raises(ConfigError, match=r"must be numbers, not \['abc', 0\.007, 0\.02\]"):
        Gate(limit)


def test_fused_says_what_is_missing_when_its_base_was_not_made() -> None:
    found = search(trained_net(), Plan([Float32(), Fused()]), MATERIAL)
    assert found.told["left_out"] == [
        {"name": "int8-operators", "why": "there is no candidate int8"}
    ]


@pytest.mark.parametrize(("base", "says"), [(True, False), (False, True)])
def test_fused_makes_no_candidate_when_it_says_another_width_of_weights_than_its_base(
    base: bool, says: bool
) -> None:
    recipes: list[Recipe] = [Float32(), Static(is_reduced=base), Fused(is_reduced=says)]
    found = search(trained_net(), Plan(recipes), MATERIAL)
    assert list(rows(found.told)) == ["fp32", "int8"]
    assert found.told["left_out"][0]["why"].startswith(f"its `is_reduced` is {says} and that of")


def test_fused_is_made_when_it_says_the_width_of_its_base() -> None:
    recipes: list[Recipe] = [Float32(), Static(is_reduced=True), Fused(is_reduced=True)]
    found = search(trained_net(), Plan(recipes), MATERIAL)
    assert list(rows(found.told)) == ["fp32", "int8", "int8-operators"]


@pytest.mark.parametrize("recipe", [Float32, Half, Aware])
def test_recipe_refuses_when_told_of_a_width_that_it_does_not_heed(recipe: type) -> None:
    with pytest.raises(TypeError, match="is_reduced"):
        recipe(is_reduced=True)


def test_precision_is_one_of_those_when_bundles_hold_it() -> None:
    assert get_args(Precision) == PRECISIONS
