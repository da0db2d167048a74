"""The page of an audit: one HTML file that needs nothing but itself, with its pictures in it."""

from dataclasses import dataclass
from pathlib import Path

import cv2

from blink import pages
from blink.contract import Crop
from blink.data.audit.audit import Audit
from blink.data.audit.finding import MOST_EXHIBITS, Finding
from blink.data.audit.guide import explain
from blink.data.images import encode_png
from blink.data.manifest import Manifest

LARGEST_SIDE = 112
"""Pixels of a picture on the page; larger crops are shrunk to it, smaller ones are enlarged."""
MOST_TIMES = 4
"""A small crop is enlarged so many times at most, each of its pixels shown as a square."""
MOST_TOGETHER = 6
"""Pictures of one exhibit."""


@dataclass(frozen=True, slots=True)
class ShownCrop:
    """A crop, ready to be shown.

    Attributes:
        uri: A data URI.
        width: Pixels that it takes on the page.
        height: Likewise.
        title: Its id, person and size.
    """

    uri: str
    width: int
    height: int
    title: str


def write_page(path: Path, audit: Audit, manifest: Manifest) -> None:
    """Writes the page whole.

    Raises:
        DataError: A picture cannot be decoded.
        StorageError: The disk is full.
    """
    pages.write_page(path, render_page(audit, manifest))


def render_page(audit: Audit, manifest: Manifest) -> str:
    """The page's text. The same audit gives the same page."""
    return pages.render(
        "blink.data.audit",
        "audit.html.j2",
        {"count": lambda number: f"{number:,}"},
        audit=audit,
        pictures=_pictures(audit.findings, manifest),
        explain=explain,
        most_exhibits=MOST_EXHIBITS,
        most_together=MOST_TOGETHER,
    )


def _pictures(findings: tuple[Finding, ...], manifest: Manifest) -> dict[int, ShownCrop]:
    """Every picture that is shown, by its row."""
    rows = sorted(
        {
            row
            for finding in findings
            for exhibit in finding.exhibits[:MOST_EXHIBITS]
            for row in exhibit.rows[:MOST_TOGETHER]
        }
    )
    table = manifest.table.iloc[rows][["id", "dataset", "subject"]].astype(object).fillna("?")
    shown = {}
    for row, crop, (name, dataset, subject) in zip(
        rows, manifest.crops(rows), table.itertuples(index=False, name=None), strict=True
    ):
        height, width = crop.shape[:2]
        title = f"{name} · {dataset}/{subject} · {width}×{height} pixels"
        shown[row] = _embed(crop, title)
    return shown


def _embed(crop: Crop, title: str) -> ShownCrop:
    largest = max(crop.shape[:2])
    times = max(1, min(MOST_TIMES, LARGEST_SIDE // largest))
    if largest > LARGEST_SIDE:
        height, width = (max(1, round(s * LARGEST_SIDE / largest)) for s in crop.shape[:2])
        crop = cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA).astype(crop.dtype)
    height, width = (times * side for side in crop.shape[:2])
    return ShownCrop(pages.png_uri(encode_png(crop)), width, height, title)
