from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from blink.cli.bundle.opened import opened
from blink.cli.options import AnyBundle, JsonFile
from blink.cli.outcome import leave
from blink.contract.wording import METRIC_NAMES, estimate_in_words, one_line, plural

if TYPE_CHECKING:
    from blink.runtime import Bundle

_SHOWN = ("balanced_accuracy", "auc")
"""Metrics that are shown; `--json` has all."""


def show(subject: AnyBundle, json: JsonFile = None) -> None:
    """Show what is in a bundle: what it sees, where it decides, its graphs, how well it does.

    Example:
        blink bundle show export/zoo/standard
    """
    from blink.runtime.bundle import load_bundle

    with opened(subject) as folder:
        found = told(load_bundle(folder), folder)
    typer.echo("\n".join(map(one_line, _lines(found))))
    if json is not None:
        leave(json, found)


def told(bundle: "Bundle", folder: Path) -> dict[str, Any]:
    """What is in a bundle, JSON-ready; without the golden crops, which only machines read."""
    from blink.runtime.bundle import SIGNATURE
    from blink.runtime.folder import BESIDE
    from blink.runtime.graph import read_model
    from blink.runtime.signature import read_signature

    graphs = {}
    for precision, file in bundle.precisions.items():
        model = read_model(bundle.graph(precision))
        graphs[precision] = {
            "file": file,
            "bytes": len(bundle.graph(precision)),
            "opset": model.opsets[""],
            "operations": dict(sorted(Counter(node.op for node in model.nodes).items())),
            "numbers": sum(tensor.values.size for tensor in model.tensors),
        }
    signed = (folder / SIGNATURE).exists()
    return {
        "name": bundle.name,
        "kind": bundle.kind,
        "precision": bundle.precision,
        "input_spec": bundle.spec.to_dict(),
        "calibration": bundle.calibration.to_dict(),
        "operating_point": bundle.operating_point.to_dict(),
        "provenance": bundle.provenance,
        "metrics": bundle.metrics,
        "export": bundle.export,
        "inspection": bundle.inspection,
        "graphs": graphs,
        "has_openness": bundle.has_openness,
        "golden_crops": len(bundle.golden_crops()),
        "latencies": sorted(path.name for path in folder.glob(BESIDE)),
        "signed_by": read_signature(folder)["public_key"] if signed else None,
        "sha256": bundle.sha256,
    }


def _lines(found: dict[str, Any]) -> list[str]:
    spec, point = found["input_spec"], found["operating_point"]
    rows = [
        ("name", f"{found['name']}, a {found['kind']}"),
        ("sees", f"{spec['height']}×{spec['width']} {spec['colour']}, {spec['normalisation']}"),
        ("temperature", f"{found['calibration']['temperature']:.4g}, within the graph"),
        ("offset", f"{found['calibration'].get('offset', 0):.3g}, within the graph"),
        ("closed", f"where p_closed >= {point['threshold']:.4g} ({point['rule']})"),
    ]
    if found["has_openness"]:
        rows.append(("openness", "0 closed to 1 wide open, too"))
    for precision, graph in found["graphs"].items():
        chosen = ", chosen" if precision == found["precision"] else ""
        nodes = sum(graph["operations"].values())
        rows.append(
            (
                precision,
                f"{graph['file']}: {graph['bytes']:,} bytes, {nodes} nodes, "
                f"{graph['numbers']:,} numbers, opset {graph['opset']}{chosen}",
            )
        )
    if found["export"]:
        rows.append(("export", found["export"]["reason"]))
    rows += [("tested on", _result(name, one)) for name, one in found["metrics"].items()]
    rows += [
        ("inspects", "yes" if found["inspection"] else "by default limits"),
        ("golden", f"{found['golden_crops']} crops"),
        ("latencies", ", ".join(found["latencies"]) or "none"),
        ("signed by", found["signed_by"] or "nobody"),
        ("licence", str(found["provenance"]["licence"])),
        ("sha256", found["sha256"]),
    ]
    width = max(len(name) for name, _ in rows)
    return [f"{name:{width}}  {value}" for name, value in rows]


def _result(name: str, found: Any) -> str:
    """A test set with what is told of it there; a bundle may hold anything as its metrics."""
    if not isinstance(found, dict):
        return name
    known = {METRIC_NAMES[metric]: estimate_in_words(found.get(metric)) for metric in _SHOWN}
    parts = [f"{told} {value}" for told, value in known.items() if value]
    if type(people := found.get("people")) is int:
        parts.append(plural(people, "person", "people"))
    told = f"{name}: {', '.join(parts)}" if parts else name
    return f"{told}. {protocol}" if isinstance(protocol := found.get("protocol"), str) else told
