import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from blink.contract import BundleError, Crop, ExportError, OperatingPoint, atomic_folder
from blink.contract.labels import NAMES
from blink.export.card import write_card
from blink.export.exportable import Exportable
from blink.export.golden import golden_entry
from blink.export.onnx_graph import threshold_entry
from blink.export.parity import Validation, check_parity
from blink.export.search import Learning, Material, Plan, search
from blink.latency import Benchmark
from blink.runtime.bundle import BESIDE, CARD, FILE, SCHEMA, Bundle, digest, load_bundle
from blink.runtime.entries import MODEL
from blink.runtime.graph import MalformedError
from blink.runtime.preprocessing import stack
from blink.target import Target


def export_bundle(  # noqa: PLR0913 - one argument for each thing that an export needs
    folder: Path,
    exportable: Exportable,
    *,
    calibration: NDArray[np.uint8] | None,
    validation: Validation,
    golden: Sequence[Crop],
    provenance: dict[str, Any],
    plan: Plan | None = None,
    learning: Learning | None = None,
    target: Target | None = None,
    benchmark: Benchmark | None = None,
    inspection: dict[str, Any] | None = None,
) -> Bundle:
    """Checkpoint → candidates → gate → choice → bundle: the folder that ships, written whole.

    fp32 always ships, and beside it the best int8 that passes the gate; which of the candidates is
    `model.onnx` is decided by `blink.export.search`. Heuristics leave in fp32 alone.

    Args:
        folder: Where the bundle is to stand; an older one is replaced.
        exportable: The intelligence.
        calibration: Crops of training people, uint8 (N, C, H, W), some hundred; None for no int8.
            Not used for heuristics.
        validation: Crops of validation people.
        golden: Some crops of any size whose answers are kept, for `Detector.verify`.
        provenance: JSON-ready. `licence` (a sentence on the weights) is required; `description`
            and `limits` (a list of sentences) are printed in the card as such, everything else
            (fingerprints of data and split, people held out, commit) as a list. The number
            of `parameters` and the figures of `parity` with torch are added.
        plan: Which candidates are made; fp32 and int8 per channel by default.
        learning: Crops of training people with labels, for quantisation-aware training.
        target: Whose limits decide what is chosen; None for none.
        benchmark: Measures the candidates here; without it their size decides.
        inspection: What `Detector.inspect` needs to know, JSON-ready; None for nothing.

    Returns:
        The bundle, loaded and verified.

    Raises:
        ExportError: fp32 ONNX differs from torch, validation cannot judge, no licence, or what was
            made would be refused where it is loaded; an older bundle is left as it was.
        StorageError: The folder could not be written; an older bundle is left as it was.
    """
    spec = exportable.graph.spec
    validation.check(spec)
    if not provenance.get("licence"):
        raise ExportError("Provenance lacks `licence`: say in a sentence who may use the weights.")
    _json_ready(provenance)  # now, not after the minutes that a large export takes
    inputs = stack(golden, spec)
    material = Material(validation, calibration, learning)
    found = search(exportable, plan or Plan.short(), material, target=target, benchmark=benchmark)
    crops = np.concatenate([inputs, validation.crops])
    parity = check_parity(exportable.graph, found.graphs, crops)
    precisions = {
        name: MODEL if name == found.chosen else f"{name}.onnx" for name in sorted(found.graphs)
    }
    entries = {
        "schema": SCHEMA,
        "name": exportable.name,
        "kind": exportable.kind,
        "precision": found.chosen,
        "precisions": precisions,
        "input_spec": spec.to_dict(),
        "calibration": exportable.graph.calibration.to_dict(),
        "operating_point": exportable.operating_point.to_dict(),
        "labels": list(NAMES),
        "provenance": {**provenance, "parameters": _parameters(exportable), "parity": parity},
        "metrics": {},
        "golden": golden_entry(inputs, dict(found.graphs)),
        "export": found.told,
        "inspection": inspection or {},
    }
    files = {precisions[name]: graph for name, graph in found.graphs.items()}
    return _write(folder, entries, files)


def record_metrics(bundle: Bundle, metrics: dict[str, Any]) -> Bundle:
    """Writes what was measured on the very files into `bundle.json` and the card.

    Args:
        bundle: Its folder is verified again, and replaced as a whole; no model file changes.
        metrics: JSON-ready: test set → {metric: {value, low, high}, n, people, protocol}.

    Returns:
        The bundle as it is now.

    Raises:
        BundleError: The folder was changed since it was exported.
        ExportError: The metrics are not JSON-ready, or no loader would take them; the folder is
            left as it was.
        StorageError: The folder could not be written; it is left as it was.
    """
    entries, graphs = _verified(bundle.folder)
    return _write(bundle.folder, entries | {"metrics": metrics}, graphs)


def record_operating_point(bundle: Bundle, operating_point: OperatingPoint) -> Bundle:
    """Freezes another threshold, one that was chosen for a product, into a bundle.

    It is written into the metadata of every precision, too; weights and answers stay the same.

    Args:
        bundle: Its folder is verified again, and replaced as a whole; its metrics, which were
            measured at another threshold, are dropped.
        operating_point: Chosen on validation people.

    Returns:
        The bundle as it is now.

    Raises:
        BundleError: The folder was changed since it was exported.
        ExportError: No loader would take it; the folder is left as it was.
        StorageError: The folder could not be written; it is left as it was.
    """
    entries, graphs = _verified(bundle.folder)
    entries |= {"operating_point": operating_point.to_dict(), "metrics": {}}
    for name, graph in graphs.items():
        model = onnx.load_from_string(graph)
        known = {entry.key: entry.value for entry in model.metadata_props}
        onnx.helper.set_model_props(model, known | threshold_entry(operating_point))
        graphs[name] = _bytes(model)
    return _write(bundle.folder, entries, graphs)


def _verified(folder: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Entries that are to be written anew, and file name → ONNX file, both as they were verified.

    Raises:
        BundleError: The folder was changed since it was exported.
    """
    bundle = load_bundle(folder)
    entries = json.loads((folder / FILE).read_bytes())
    if digest(entries) != bundle.sha256:
        raise BundleError(f"{folder} is being written by somebody else. Wait for that, try again.")
    del entries["files"], entries["sha256"]
    return entries, {bundle.precisions[name]: graph for name, graph in bundle.graphs.items()}


def _parameters(exportable: Exportable) -> int:
    """Trained numbers of a net; fitted ones of a heuristic, which are buffers."""
    net = exportable.graph.net
    fitted = net.buffers() if exportable.kind == "heuristic" else net.parameters()
    return sum(tensor.numel() for tensor in fitted)


def _bytes(model: onnx.ModelProto) -> bytes:
    data: bytes = model.SerializeToString(deterministic=True)
    return data


def _write(folder: Path, entries: dict[str, Any], graphs: dict[str, bytes]) -> Bundle:
    """Writes the whole folder; latencies that lie beside an older one of the same graphs stay.

    Raises:
        ExportError: It would be refused where it is loaded.
    """
    content = _json_ready(entries)
    files = graphs | {CARD: write_card(content, graphs).encode()}
    content["files"] = {
        name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())
    }
    content["sha256"] = digest(content)
    beside = _latencies(folder, graphs)
    text = json.dumps(content, indent=2) + "\n"
    with atomic_folder(folder) as temporary:
        for name, data in (files | beside | {FILE: text.encode()}).items():
            (temporary / name).write_bytes(data)
        try:
            bundle = load_bundle(temporary)
        except BundleError as error:
            raise ExportError(_refusal(folder, temporary, error)) from error
    return replace(bundle, folder=folder)


def _refusal(folder: Path, temporary: Path, error: BundleError) -> str:
    """What would be refused and, of a graph, what to do about it."""
    if isinstance(error.__cause__, MalformedError):
        return (
            f"{folder} is not written: a graph for it would be refused ({error.__cause__}). Give "
            "the net another norm or activation, or make it smaller: docs/models.md; "
            "docs/bundle.md has what is refused."
        )
    said = str(error).replace(str(temporary), str(folder))
    return f"{folder} is not written, since it would be refused: {said}"


def _json_ready(entries: dict[str, Any]) -> dict[str, Any]:
    """The entries as they will be read again: tuples are lists, keys are text."""
    try:
        content: dict[str, Any] = json.loads(json.dumps(entries, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ExportError(f"Provenance and metrics must be JSON-ready: {error}.") from error
    return content


def _latencies(folder: Path, graphs: dict[str, bytes]) -> dict[str, bytes]:
    """The latency files of an older bundle, if its graphs are the same; else they mean nothing."""
    found = folder.glob("[!.]*.onnx")  # some systems leave a `._model.onnx` beside each file
    older = {path.name: path.read_bytes() for path in found}
    return {path.name: path.read_bytes() for path in folder.glob(BESIDE)} if older == graphs else {}
