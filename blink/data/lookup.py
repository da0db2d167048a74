"""Rows of a manifest by the ids of their crops."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as arrow
import pyarrow.compute as pc

from blink.contract import DataError
from blink.data.manifest import Manifest
from blink.data.schema import COLUMNS


@dataclass(frozen=True, eq=False)
class ManifestRow:
    """A row of a manifest.

    Attributes:
        row: Its number, from 0.
        values: Column → value, without the picture; None where nothing is known.
    """

    row: int
    values: dict[str, Any]

    @property
    def fields(self) -> tuple[tuple[str, str], ...]:
        """What is known, as text: names and values in the order of the columns."""
        return tuple(
            (name, f"{value:.3g}" if isinstance(value, float) else str(value))
            for name, value in self.values.items()
            if value is not None
        )


def id_of(manifest: Manifest, start: str) -> str:
    """The id of the one crop whose id begins so.

    Raises:
        DataError: No crop's does, or several crops' do; or it is no beginning of an id.
    """
    if not re.fullmatch("[0-9a-f]{1,16}", start):
        raise DataError(
            f"{start!r} is no id of a crop: an id is 16 of the signs 0-9 and a-f, as a report "
            "or an audit names it, and its beginning is enough."
        )
    found: list[str] = []
    for batch in manifest.batches(["id"]):
        found += batch["id"].filter(pc.starts_with(batch["id"], start)).to_pylist()
    if len(found) > 1:
        raise DataError(
            f"{start} may mean {len(found):,} crops of {manifest.folder}, such as {found[0]} and "
            f"{found[1]}. Name more of the id."
        )
    if not found:
        raise _missing(manifest, start)
    return found[0]


def look_up(manifest: Manifest, ids: Sequence[str]) -> list[ManifestRow]:
    """The rows of these crops, in the order of the ids; the manifest is read once, as a stream.

    Raises:
        DataError: An id is not in the manifest.
    """
    wanted = arrow.array(list(ids), arrow.string())
    found: dict[str, ManifestRow] = {}
    start = 0
    for batch in manifest.batches(COLUMNS) if len(ids) else ():
        places = np.flatnonzero(pc.is_in(batch["id"], wanted))
        for place, values in zip(places, batch.take(places).to_pylist(), strict=True):
            found[values["id"]] = ManifestRow(start + int(place), values)
        start += len(batch)
    if missing := next((name for name in ids if name not in found), None):
        raise _missing(manifest, missing)
    return [found[name] for name in ids]


def _missing(manifest: Manifest, name: str) -> DataError:
    return DataError(
        f"{name} is not in {manifest.folder}: it is a crop of another data set. Name the manifest "
        "that it came from."
    )
