"""Mistakes as pictures that lie within the page."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from blink.contract import Crop
from blink.data.images import encode_png
from blink.data.manifest import Manifest
from blink.data.schema import ATTRIBUTES
from blink.evaluation.mistakes import find_pictures
from blink.runtime.preprocessing import resize

LARGEST_SIDE = 112
"""Pixels of a picture within the page; larger crops are shrunk to it, smaller ones stay."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One mistake, ready to be shown.

    Attributes:
        picture: A data URI.
        width: Of the original crop.
        height: Of the original crop.
        p_closed: What the intelligence said.
        subject: Who it is, or that nobody knows.
        id: The crop's row in the manifest.
        attributes: What is known about it.
    """

    picture: str
    width: int
    height: int
    p_closed: float
    subject: str
    id: str
    attributes: tuple[str, ...]


def exhibit(manifest: Manifest, mistakes: pd.DataFrame) -> list[Exhibit]:
    """Prepares mistakes for a page.

    Args:
        manifest: Where the pictures lie.
        mistakes: Rows of a predictions table.

    Raises:
        DataError: The predictions are of another data set.
    """
    crops = find_pictures(manifest, mistakes["id"])
    records = mistakes.to_dict("records")
    return [
        Exhibit(
            picture=_embed(crop),
            width=crop.shape[1],
            height=crop.shape[0],
            p_closed=record["p_closed"],
            subject="person unknown" if pd.isna(record["subject"]) else record["subject"],
            id=record["id"],
            attributes=_known([(name, record[name]) for name in ATTRIBUTES]),
        )
        for crop, record in zip(crops, records, strict=True)
    ]


def _known(attributes: Sequence[tuple[str, str | float | None]]) -> tuple[str, ...]:
    return tuple(
        f"{name.replace('_', ' ')} {value:.2f}"
        if isinstance(value, float)
        else f"{name.replace('_', ' ')} {value}"
        for name, value in attributes
        if not pd.isna(value)
    )


def _embed(crop: Crop) -> str:
    scale = LARGEST_SIDE / max(crop.shape[:2])
    if scale < 1:
        crop = resize(crop, *(max(1, round(scale * side)) for side in crop.shape[:2]))
    return f"data:image/png;base64,{base64.b64encode(encode_png(crop)).decode()}"
