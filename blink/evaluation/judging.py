"""Bundles run over people whom nobody has trained on, exactly as they will run in a product."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blink.data.manifest import Manifest
from blink.data.split import TEST, Split
from blink.data.split.ledger import Ledger, Look, Visitor
from blink.evaluation.predictions import predict_manifest, write_predictions
from blink.evaluation.results import Latency, Row, TestSet
from blink.evaluation.wording import plural
from blink.runtime import Bundle, Detector


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The test people of one data set.

    Attributes:
        name: Of the data set.
        protocol: Who was held out of what, in words.
        manifest: Where the crops lie.
        rows: Their rows of the manifest, rising.
        is_transfer: Whether nothing of this data set was trained on.
        split: Fingerprint of the split that holds them out.
        ledger: Where looks at them are counted; None where they are not.
    """

    name: str
    protocol: str
    manifest: Manifest
    rows: NDArray[np.int64]
    is_transfer: bool
    split: str
    ledger: Ledger | None = None


def find_held_out(data: tuple[Manifest, Split], *, trained_on: bool) -> list[HeldOut]:
    """The test people of each data set in a manifest; a data set without any is left out.

    Args:
        data: The data sets, and their people's roles.
        trained_on: Whether other people of these data sets were trained on.
    """
    manifest, split = data
    return [
        HeldOut(
            f"{name}-leaky" if split.is_leaky else name,
            _protocol(split, name, trained_on),
            manifest,
            rows,
            not _is_trained_on(split, name, trained_on),
            split.fingerprint,
            split.ledgers.get(name),
        )
        for name, rows in _test_rows(manifest, split).items()
        if len(rows)
    ]


def _test_rows(manifest: Manifest, split: Split) -> dict[str, NDArray[np.int64]]:
    """Data set → its test crops' rows, rising."""
    parts: dict[str, list[NDArray[np.int64]]] = {name: [] for name in manifest.datasets}
    start = 0
    for batch, roles in zip(manifest.batches(["dataset"]), split.roles(manifest), strict=True):
        names = batch["dataset"].dictionary_encode()
        for number, name in enumerate(names.dictionary.to_pylist()):
            is_tested = (roles == TEST) & (names.indices.to_numpy() == number)
            parts[name].append(start + np.flatnonzero(is_tested))
        start += len(batch)
    return {name: np.concatenate(found) for name, found in parts.items()}


def _is_trained_on(split: Split, dataset: str, trained_on: bool) -> bool:
    if split.is_leaky or not trained_on:
        return trained_on
    return bool((split.table.loc[split.table["dataset"] == dataset, "role"] == "train").any())


def _protocol(split: Split, dataset: str, trained_on: bool) -> str:
    if split.is_leaky:
        return (
            "LEAKY on purpose: crops were shuffled one by one, so the people tested were trained "
            "on; this shows what the leak is worth, not what the intelligence is"
        )
    people = split.table[(split.table["dataset"] == dataset) & (split.table["subject"] != "")]
    tested = int((people["role"] == "test").sum())
    whose = plural(tested, "person", "people")
    on = f" on sensor {split.sensor} alone" if split.sensor is not None else ""
    if not _is_trained_on(split, dataset, trained_on):
        return f"cross-dataset: {whose}{on}, and nothing of this data set was trained on"
    unknown = "" in set(split.table.loc[split.table["dataset"] == dataset, "subject"])
    but = "; crops of people unknown were trained on too, and may show them" if unknown else ""
    if split.sensor is not None:
        return (
            f"sensor left out: {whose}{on}, whose eyes, like that sensor, were not trained on{but}"
        )
    return f"subject-disjoint: {tested} of {len(people)} people were never trained on{but}"


def line_up(bundles: Sequence[Bundle]) -> list[Detector]:
    """Every precision of every bundle, ready to run; of each bundle the chosen one first."""
    return [
        Detector(bundle, precision)
        for bundle in bundles
        for precision in sorted(bundle.precisions, key=lambda name: name != bundle.precision)
    ]


def judge(
    held_out: HeldOut,
    detectors: Sequence[Detector],
    latencies: Mapping[tuple[str, str], Latency],
    folder: Path,
    visitor: Visitor,
) -> TestSet:
    """Predicts crop by crop, keeps the predictions, and lines the detectors up for the report.

    Where looks are counted, this is one, whatever becomes of the run; the same bundles of the same
    run judged again, as after a resume, are the same look.

    Args:
        held_out: Who is predicted.
        detectors: The first one is what the run is about.
        latencies: By folder name of the bundle and precision, see `measure_latency`.
        folder: The run's; the predictions tables go into its `predictions`.
        visitor: The run, for the ledger.
    """
    looks = _count(held_out, detectors, visitor)
    named = {f"{d.bundle.name}-{d.precision}": d for d in detectors}
    tables = predict_manifest(
        named, held_out.manifest, held_out.rows, f"Predicting {held_out.name}"
    )
    for name, table in tables.items():
        write_predictions(folder / "predictions" / f"{name}-on-{held_out.name}.parquet", table)
    rows = [
        Row(
            name=detector.bundle.name,
            kind=detector.bundle.kind,
            precision=detector.precision,
            parameters=detector.bundle.provenance.get("parameters"),
            size_bytes=detector.bundle.path(detector.precision).stat().st_size,
            latency=latencies.get((detector.bundle.folder.name, detector.precision)),
            operating_point=detector.bundle.operating_point,
            table=tables[name],
            is_main=detector is detectors[0],
        )
        for name, detector in named.items()
    ]
    return TestSet(
        held_out.name, held_out.protocol, held_out.manifest, rows, held_out.is_transfer, looks
    )


def _count(held_out: HeldOut, detectors: Sequence[Detector], visitor: Visitor) -> int | None:
    if held_out.ledger is None:
        return None
    bundles = {d.bundle.name: _files_hash(d.bundle) for d in detectors}
    look = Look(**visitor.to_dict(), test_set=held_out.name, split=held_out.split, bundles=bundles)
    return held_out.ledger.record(look)


def _files_hash(bundle: Bundle) -> str:
    """Hash over the graphs of a bundle: what it answers with."""
    digest = hashlib.sha256()
    for precision in sorted(bundle.precisions):
        digest.update(hashlib.sha256(bundle.path(precision).read_bytes()).digest())
    return digest.hexdigest()[:16]


def metrics_of(bundle: Bundle, tests: Sequence[TestSet]) -> dict[str, Any]:
    """What a bundle says of itself: the metrics of its chosen precision on each test set."""
    return {
        test.name: {
            **{name: estimate.to_dict() for name, estimate in scores.metrics.items()},
            "n": scores.n,
            "people": scores.people,
            "unknown": scores.unknown,
            "protocol": test.statement,
        }
        for test in tests
        for row in test.rows
        if (row.name, row.precision) == (bundle.name, bundle.precision)
        for scores in [row.evaluation.scores]
    }
