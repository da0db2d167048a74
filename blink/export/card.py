import json
from collections.abc import Iterator
from typing import Any

from blink.contract import InputSpec
from blink.contract.wording import METRIC_NAMES, estimate_in_words
from blink.export.card_table import tell_search
from blink.pages import cell, environment

_ANSWERS = {True: "met", False: "**not met**", None: "cannot say"}

_OWN_PLACE = {"licence", "description", "limits", "parity"}
"""Entries of the provenance that stand under headings of their own."""


def write_card(content: dict[str, Any], graphs: dict[str, bytes]) -> str:
    """The model card: Markdown by which a stranger can judge the bundle.

    Args:
        content: The entries of `bundle.json` from `schema` to `golden`.
        graphs: File name → ONNX file, for their sizes.
    """
    provenance = content["provenance"]
    template = environment("blink.export", html=False).get_template("card.md.j2")
    return template.render(
        content,
        channels=InputSpec.from_dict(content["input_spec"]).channels,
        sizes={name: len(data) for name, data in graphs.items()},
        origins={key: _text(value) for key, value in provenance.items() if key not in _OWN_PLACE},
        results=list(_results(content["metrics"])),
        decisions=list(_decisions(content["metrics"])),
        **tell_search(content.get("export", {})),
    )


def _results(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """One row for each test set and metric, an estimate as `0.950 [0.931, 0.964]`."""
    rows = []
    for test, scores in metrics.items():
        for name, estimate in scores.items():
            if isinstance(estimate, dict) and "value" in estimate:
                rows.append(
                    {
                        "test": _text(test),
                        "metric": METRIC_NAMES.get(name, name.replace("_", " ")),
                        "estimate": estimate_in_words(estimate) or "not defined",
                        "n": scores.get("n", "–"),
                        "people": scores.get("people", "–"),
                        "protocol": _text(scores.get("protocol", "–")),
                    }
                )
    return rows


def _decisions(metrics: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What was decided for a target, test set by test set."""
    for test, scores in metrics.items():
        if "decision" in scores:
            found = scores["decision"]
            yield {
                "test": _text(test),
                "target": _text(found["target"]),
                "verdict": _text(found["verdict"]),
                "because": _text(found["because"]),
                "criteria": [
                    {
                        "words": _text(one["words"]),
                        "found": _found(one["found"]),
                        "limit": f"{'≤' if one['is_upper'] else '≥'} {_figure(one['limit'])}",
                        "answer": _ANSWERS[one["met"]],
                    }
                    for one in found["findings"]
                ],
            }


def _found(estimate: dict[str, Any]) -> str:
    value, low, high = (estimate[key] for key in ("value", "low", "high"))
    if value is None:
        return _text(estimate["gap"] or "not measured")
    ends = [f"{sign} {_figure(end)}" for sign, end in (("≥", low), ("≤", high)) if end is not None]
    return f"{_figure(value)} [{', '.join(ends)}]" if ends else _figure(value)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _text(value: Any) -> str:
    """A value on one line of Markdown."""
    if isinstance(value, dict):
        return "; ".join(f"{_text(key)}: {_text(entry)}" for key, entry in value.items())
    if isinstance(value, list):
        return ", ".join(_text(entry) for entry in value)
    return cell(value if isinstance(value, str) else json.dumps(value))
