"""Small data sets of drawn eyes and predictions on them, for the tests of this room."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd

from blink.contract import Crop, OperatingPoint
from blink.data.images import encode_png
from blink.data.manifest import Manifest, write_manifest
from blink.data.row import make_row
from blink.data.schema import ATTRIBUTES
from blink.evaluation.predictions import DESCRIPTION, checked_predictions
from blink.evaluation.results import Report, Row, TestSet


def draw_eye(closed: bool, size: int = 32, shade: int = 170) -> Crop:
    eye = np.full((size, size), shade, np.uint8)
    middle = (size // 2, size // 2)
    if closed:
        cv2.line(eye, (2, size // 2), (size - 2, size // 2), 40, 2)
    else:
        cv2.ellipse(eye, middle, (size // 2 - 3, size // 4), 0, 0, 360, 240, -1)
        cv2.circle(eye, middle, size // 6, 30, -1)
    return eye


def draw_manifest(
    folder: Path, labels: Sequence[int | None], people: int = 4, **attributes: Any
) -> Manifest:
    """Person `i mod people` shows crop i; an attribute's values are dealt out to people in turn."""
    return write_manifest(
        folder,
        [
            make_row(
                "drawn",
                f"{number}.png",
                encode_png(draw_eye(label == 1, 24 + 4 * (number % 3), 120 + number % 90)),
                subject=f"person-{number % people}",
                licence="test",
                label=label,
                **{name: deal[number % people % len(deal)] for name, deal in attributes.items()},
            )
            for number, label in enumerate(labels)
        ],
    )


def predictions(
    labels: Sequence[int | None],
    scores: Sequence[float],
    people: Sequence[str | None],
    **columns: Any,
) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "id": [f"crop-{number}" for number in range(len(labels))],
            "dataset": "drawn",
            "subject": list(people),
            "label": pd.array(list(labels), dtype="Int8"),
            "p_closed": list(scores),
            **columns,
        }
    )
    blank = {name: None for name in (*DESCRIPTION, *ATTRIBUTES) if name not in table}
    return checked_predictions(table.assign(**blank), "The drawn table")


def predict(manifest: Manifest, scores: Sequence[float]) -> pd.DataFrame:
    return manifest.table[list(DESCRIPTION)].assign(p_closed=np.asarray(scores, np.float32))


def make_test_set(
    manifest: Manifest, rows: Sequence[tuple[str, str, Sequence[float]]], **changes: Any
) -> TestSet:
    """Rows of (name, kind, scores), the last of which is the main one."""
    plain: dict[str, Any] = {
        "precision": "fp32",
        "parameters": 12,
        "size_bytes": 3400,
        "latency": None,
    } | changes
    return TestSet(
        name="Drawn people",
        protocol="Subject-disjoint: people who were drawn for this test.",
        manifest=manifest,
        rows=[
            Row(
                name=name,
                kind=kind,
                operating_point=OperatingPoint(0.5, "by hand"),
                table=predict(manifest, scores),
                is_main=number == len(rows) - 1,
                **plain,
            )
            for number, (name, kind, scores) in enumerate(rows)
        ],
    )


def make_report(*tests: TestSet, **changes: Any) -> Report:
    plain: dict[str, Any] = {
        "title": "A drawn run",
        "question": "Does the page stand?",
        "made": "2026-11-24T13:05:00+00:00",
    }
    return Report(tests=tests, **plain | changes)
