from dataclasses import replace
from typing import Any

import pytest

from blink.evaluation.report import render_report
from blink.evaluation.report.exported import show_exports
from tests.evaluation.drawn import make_report
from tests.pages.outline import check_page


def row(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "precision": "fp32",
        "recipe": f"made as {name}",
        "size_bytes": 12_345,
        "nodes": 12,
        "opset": 11,
        "ratio_to_empty_graph": {"value": 5.25, "low": 5.03, "high": 5.5},
        "peak_memory_bytes": 58_000_000,
        "balanced_accuracy": 0.97,
        "difference": {"value": -0.0012, "low": -0.004, "high": 0.001},
        "changed_decisions": 0.0025,
        "largest_difference": 0.017,
        "passed": True,
        "ships_as": None,
        "why": f"what became of {name}",
    } | changes


def told(**changes: Any) -> dict[str, Any]:
    return {
        "chosen": "fp32",
        "reason": "fp32: faster here, int8 takes 1.20× its time; int8 is 3.1× smaller",
        "target": "iris_login",
        "measured_on": "a Quiet CPU",
        "table": [row("fp32", ships_as="model.onnx"), row("int8", ships_as="int8.onnx")],
        "left_out": [{"name": "int8-mixed", "why": "not needed: int8 passes the gate"}],
        "sensitivity": [
            {"layer": "net/000-Conv", "balanced_accuracy_lost": 0.0021, "largest_difference": 0.04}
        ],
        "opencv_dnn": {"loads": True, "largest_difference": 6e-8, "why": None},
    } | changes


def page(export: dict[str, Any]) -> str:
    report = replace(make_report(), exports={"eye-drawn": export})
    return " ".join(check_page(render_report(report)).text.split())


@pytest.mark.parametrize(
    "expected",
    [
        "What ships, and why",
        "fp32: faster here, int8 takes 1.20× its time; int8 is 3.1× smaller.",
        "Chosen within the limits of iris_login.",
        "one thread, one crop, on a Quiet CPU.",
        "int8 made as int8",
        "int8.onnx",
        "5.25 5.03 to 5.50",
        "-0.12 -0.40 to +0.10",
        "what became of int8",
        "Not tried: int8-mixed, not needed: int8 passes the gate.",
        "What each layer costs when it alone is rounded",
        "net/000-Conv 0.21 4.0e-02",
        "OpenCV's DNN module loads the fp32 file, too, and answers the same: largest |Δp| 6e-08.",
    ],
)
def test_render_report_tells_the_whole_search_when_there_was_one(expected: str) -> None:
    assert expected in page(told())


def test_render_report_says_what_is_missing_when_little_was_measured() -> None:
    few = row(
        "int8",
        ratio_to_empty_graph=None,
        peak_memory_bytes=None,
        difference={"value": 0.0, "low": None, "high": None},
    )
    text = page(
        told(
            table=[row("fp32"), few],
            target=None,
            measured_on=None,
            sensitivity=[],
            left_out=[],
            opencv_dnn={"loads": False, "largest_difference": None, "why": "it knows no Conv"},
        )
    )
    assert "No target set limits. No latency was measured." in text
    assert "OpenCV's DNN module cannot use the fp32 file: it knows no Conv." in text
    assert "rounded" not in text.split("What ships, and why")[1].split("To repeat")[0]
    assert "int8 made as int8 – 12.3 12 nodes, opset 11 – – 0.9700 +0.00 0.25" in text


@pytest.mark.parametrize("export", [{}, told(table=[row("fp32")])])
def test_show_exports_is_empty_when_there_was_nothing_to_choose(export: dict[str, Any]) -> None:
    assert show_exports({"gradient": export}) == []
    assert "What ships, and why" not in page(export)
