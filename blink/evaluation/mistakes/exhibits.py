"""Crops as pictures that lie within the page, each with its row of the manifest."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from blink.contract import Crop, DataError
from blink.contract.labels import NAMES
from blink.data.images import encode_png
from blink.data.lookup import ManifestRow, look_up
from blink.data.manifest import Manifest
from blink.data.schema import ATTRIBUTES
from blink.pages import png_uri
from blink.runtime.preprocessing import resize

LARGEST_SIDE = 112
"""Pixels of a picture within the page; larger crops are shrunk to it, smaller ones stay."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One crop, ready to be shown.

    Attributes:
        picture: A data URI of a PNG file.
        width: Of the original crop.
        height: Of the original crop.
        p_closed: What the intelligence said.
        label: `open`, `closed`, or `unlabelled`.
        subject: Who it is, or that nobody knows.
        id: The crop's.
        row: Its number in the manifest, from 0.
        folder: The manifest's.
        attributes: What is known of how the eye looks, in words.
        fields: All that the manifest knows: names and values, the picture left out.
    """

    picture: str
    width: int
    height: int
    p_closed: float
    label: str
    subject: str
    id: str
    row: int
    folder: str
    attributes: tuple[str, ...]
    fields: tuple[tuple[str, str], ...]

    @property
    def command(self) -> str:
        """What shows this row in a terminal."""
        return f"blink data show {shlex.quote(self.folder)} {self.id}"


def exhibit(manifest: Manifest, table: pd.DataFrame, ids: Iterable[str]) -> list[Exhibit]:
    """Prepares crops for a page; the manifest is read once for all of them, so ask for all at once.

    Args:
        manifest: Where the pictures lie.
        table: The predictions table that says what was made of them.
        ids: Which crops, in the order wanted; one may stand several times.

    Raises:
        DataError: A crop was not predicted, or the predictions are of another data set.
    """
    wanted = list(ids)
    names = list(dict.fromkeys(wanted))
    places = pd.Index(table["id"]).get_indexer(pd.Index(names, dtype=object))
    if (places < 0).any():
        raise DataError(
            f"{names[int((places < 0).argmax())]} was not predicted, so that nothing can be said "
            "of it. Name a crop of the predictions table."
        )
    scores = table["p_closed"].to_numpy(float)[places]
    scored = sorted(
        zip(look_up(manifest, names), scores, strict=True), key=lambda pair: pair[0].row
    )
    crops = manifest.crops([entry.row for entry, _ in scored])
    shown = {
        entry.values["id"]: _exhibit(manifest, entry, float(score), crop)
        for (entry, score), crop in zip(scored, crops, strict=True)
    }
    return [shown[name] for name in wanted]


def _exhibit(manifest: Manifest, entry: ManifestRow, score: float, crop: Crop) -> Exhibit:
    values, known = entry.values, dict(entry.fields)
    return Exhibit(
        picture=_embed(crop),
        width=crop.shape[1],
        height=crop.shape[0],
        p_closed=score,
        label="unlabelled" if values["label"] is None else NAMES[values["label"]],
        subject=values["subject"] or "person unknown",
        id=values["id"],
        row=entry.row,
        folder=str(manifest.folder),
        attributes=tuple(
            f"{name.replace('_', ' ')} {known[name]}" for name in ATTRIBUTES if name in known
        ),
        fields=entry.fields,
    )


def _embed(crop: Crop) -> str:
    scale = LARGEST_SIDE / max(crop.shape[:2])
    if scale < 1:
        crop = resize(crop, *(max(1, round(scale * side)) for side in crop.shape[:2]))
    return png_uri(encode_png(crop))
