"""Manifests for splits, which read no picture: every crop is the same blank."""

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from blink.data.images import encode_png
from blink.data.manifest import Manifest, write_manifest
from blink.data.row import Row, make_row

_CROP = np.zeros((8, 8), np.uint8)
_PICTURE = encode_png(_CROP)
_FOLDER = tempfile.TemporaryDirectory()


def blanks(
    dataset: str, people: Mapping[Any, Iterable[int | None]], start: int = 0, **columns: Any
) -> list[Row]:
    """One row for each label of each person; None is people unknown."""
    numbered = [(subject, label) for subject, labels in people.items() for label in labels]
    return [
        make_row(
            dataset,
            f"{start + number}.png",
            _PICTURE,
            _CROP,
            subject=subject,
            label=label,
            licence="drawn",
            **columns,
        )
        for number, (subject, label) in enumerate(numbered)
    ]


def sketch(dataset: str, people: Mapping[Any, Iterable[int | None]], **columns: Any) -> Manifest:
    """A written data set of blanks."""
    return write(blanks(dataset, people, **columns))


def write(rows: list[Row]) -> Manifest:
    """A written data set of these rows, in a folder of its own that ends with the process."""
    return write_manifest(Path(tempfile.mkdtemp(dir=_FOLDER.name)) / "set", rows)
