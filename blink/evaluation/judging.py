"""Bundles run over people whom nobody has trained on, exactly as they will run in a product."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blink.data.manifest import Manifest
from blink.data.split import Split
from blink.evaluation.predictions import predict_manifest, write_predictions
from blink.evaluation.results import Latency, Row, TestSet
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
    """

    name: str
    protocol: str
    manifest: Manifest
    rows: NDArray[np.int64]
    is_transfer: bool


def find_held_out(data: tuple[Manifest, Split], *, trained_on: bool) -> list[HeldOut]:
    """The test people of each data set in a manifest; a data set without any is left out.

    Args:
        data: The data sets, and their people's roles.
        trained_on: Whether other people of these data sets were trained on.
    """
    manifest, split = data
    return [
        HeldOut(name, _protocol(split, name, trained_on), manifest, rows, not trained_on)
        for name in manifest.table["dataset"].unique()
        for rows in [_of(manifest, split.rows(manifest, "test"), name)]
        if len(rows)
    ]


def _of(manifest: Manifest, rows: NDArray[np.int64], dataset: str) -> NDArray[np.int64]:
    return rows[(manifest.table["dataset"].iloc[rows] == dataset).to_numpy(np.bool_)]


def _protocol(split: Split, dataset: str, trained_on: bool) -> str:
    people = split.table[split.table["dataset"] == dataset]
    tested = int((people["role"] == "test").sum())
    if trained_on:
        return f"subject-disjoint: {tested} of {len(people)} people were never trained on"
    return f"cross-dataset: {tested} people, and nothing of this data set was trained on"


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
) -> TestSet:
    """Predicts crop by crop, keeps the predictions, and lines the detectors up for the report.

    Args:
        held_out: Who is predicted.
        detectors: The first one is what the run is about.
        latencies: By folder name of the bundle and precision, see `measure_latency`.
        folder: Where the predictions tables are to lie.
    """
    named = {f"{d.bundle.name}-{d.precision}": d for d in detectors}
    tables = predict_manifest(
        named, held_out.manifest, held_out.rows, f"Predicting {held_out.name}"
    )
    for name, table in tables.items():
        write_predictions(folder / f"{name}-on-{held_out.name}.parquet", table)
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
    return TestSet(held_out.name, held_out.protocol, held_out.manifest, rows, held_out.is_transfer)


def metrics_of(bundle: Bundle, tests: Sequence[TestSet]) -> dict[str, Any]:
    """What a bundle says of itself: the metrics of its chosen precision on each test set."""
    return {
        test.name: {
            **{name: estimate.to_dict() for name, estimate in scores.metrics.items()},
            "n": scores.n,
            "people": scores.people,
            "protocol": test.protocol,
        }
        for test in tests
        for row in test.rows
        if (row.name, row.precision) == (bundle.name, bundle.precision)
        for scores in [row.evaluation.scores]
    }
