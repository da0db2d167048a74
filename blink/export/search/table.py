"""The search as `bundle.json`, the card and the report tell it."""

from collections.abc import Mapping, Sequence
from typing import Any

from blink.export.search.choice import Choice, RankedCandidate
from blink.export.search.opencv import OpenCvReading
from blink.export.search.opset import opset_of
from blink.export.search.sensitivity import LayerSensitivity
from blink.runtime.entries import MODEL


def tell(
    entries: Sequence[RankedCandidate],
    choice: Choice,
    left_out: Mapping[str, str],
    sensitivity: Sequence[LayerSensitivity],
    opencv: OpenCvReading,
) -> dict[str, Any]:
    """All that was found, JSON-ready.

    Args:
        entries: The candidates.
        choice: What ships of them.
        left_out: Name of a recipe → why it made no candidate.
        sensitivity: Of the layers; empty where it was not asked for.
        opencv: What OpenCV makes of the fp32 file.
    """
    measured = [entry.latency for entry in entries if entry.latency is not None]
    return {
        "chosen": choice.chosen,
        "reason": choice.reason,
        "target": None,
        "measured_on": measured[0].cpu if measured else None,
        "table": [_row(entry, choice) for entry in entries],
        "left_out": [{"name": name, "why": why} for name, why in left_out.items()],
        "sensitivity": [layer.to_dict() for layer in sensitivity],
        "opencv_dnn": opencv.to_dict(),
    }


def _row(entry: RankedCandidate, choice: Choice) -> dict[str, Any]:
    candidate, judgement, latency = entry.candidate, entry.candidate.judgement, entry.latency
    ratio = None if latency is None else latency.ratio_to_empty_graph
    return {
        "name": entry.name,
        "precision": candidate.precision,
        "recipe": candidate.recipe.words,
        "size_bytes": entry.size,
        "nodes": len(candidate.model.graph.node),
        "opset": opset_of(candidate.model),
        "ratio_to_empty_graph": (
            None if ratio is None else {"value": ratio.value, "low": ratio.low, "high": ratio.high}
        ),
        "peak_memory_bytes": None if latency is None else latency.peak_memory_bytes,
        "balanced_accuracy": judgement.balanced_accuracy,
        "difference": judgement.difference.to_dict(),
        "changed_decisions": judgement.changed_decisions,
        "largest_difference": judgement.largest_difference,
        "passed": judgement.passed,
        "ships_as": _file(entry, choice),
        "why": choice.why[entry.name],
    }


def _file(entry: RankedCandidate, choice: Choice) -> str | None:
    if entry.name == choice.chosen:
        return MODEL
    ships = entry.name == choice.quantised or entry.candidate.precision == "fp32"
    return f"{entry.candidate.precision}.onnx" if ships else None
