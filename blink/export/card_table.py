"""The export search as the model card shows it."""

from typing import Any

from blink.pages import cell


def tell_search(export: dict[str, Any]) -> dict[str, Any]:
    """What the card's template reads.

    Args:
        export: Of `bundle.json`; empty for a bundle that knows nothing of a search.
    """
    candidates = [_candidate(one) for one in export.get("table", [])]
    tried = [one for one in export.get("table", []) if one["precision"] == "int8"]
    return {
        "candidates": candidates,
        "reason": cell(export.get("reason", "")),
        "target": export.get("target"),
        "measured_on": cell(export.get("measured_on") or ""),
        "left_out": [
            {"name": one["name"], "why": cell(one["why"])} for one in export.get("left_out", [])
        ],
        "quantised_ships": not tried or any(one["ships_as"] for one in tried),
        "sensitive": [
            f"{cell(layer['layer'])} {100 * layer['balanced_accuracy_lost']:+.2f}"
            for layer in export.get("sensitivity", [])
        ],
        "opencv": export.get("opencv_dnn", {}),
    }


def _candidate(row: dict[str, Any]) -> dict[str, Any]:
    ratio, difference = row["ratio_to_empty_graph"], row["difference"]
    return {
        "name": cell(row["name"]),
        "recipe": cell(row["recipe"]),
        "file": "–" if row["ships_as"] is None else f"`{row['ships_as']}`",
        "size": f"{row['size_bytes'] / 1000:.1f}",
        "graph": f"{row['nodes']} nodes, opset {row['opset']}",
        "memory": _megabytes(row["peak_memory_bytes"]),
        "accuracy": f"{row['balanced_accuracy']:.4f}",
        "ratio": "–" if ratio is None else _span(ratio, 1.0, ".2f"),
        "difference": _span(difference, 100.0, "+.2f"),
        "changed": f"{100 * row['changed_decisions']:.2f} %",
        "largest": f"{row['largest_difference']:.1e}",
        "why": cell(row["why"]),
    }


def _megabytes(memory: int | None) -> str:
    return "–" if memory is None else f"{memory / 1e6:.1f} MB"


def _span(span: dict[str, Any], unit: float, form: str) -> str:
    """A number and its interval, where it has one."""
    value, low, high = (span[key] for key in ("value", "low", "high"))
    text = format(unit * value, form)
    if low is None or high is None:
        return text
    return f"{text} [{format(unit * low, form)}, {format(unit * high, form)}]"
