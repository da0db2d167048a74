"""Crops without end: a few rendered eyes, repeated under names of their own."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from blink.data.archive import Archive
from blink.data.images import decode, encode_png
from blink.data.importers.importing import Importer
from blink.data.importers.picture import Picture, Skip
from blink.runtime.preprocessing import grey, resize
from blink.synthesis.dataset import render_people

CROPS_OF_A_PERSON = 1000


@dataclass(frozen=True)
class TiledEyes(Importer):
    """So many crops from a folder of few pictures; half of the pictures are closed eyes."""

    crops: int = 0

    kind: ClassVar[str] = "tiled"
    version: ClassVar[int] = 1

    def pictures(self, archive: Archive, skip: Skip) -> Iterator[Picture]:
        """The tiles in turn, a thousand crops a person."""
        tiles = [(name, archive.read(name)) for name in archive.members]
        for number, (name, encoded) in zip(range(self.crops), itertools.cycle(tiles), strict=False):
            columns = {
                "subject": f"p{number // CROPS_OF_A_PERSON:06d}",
                "label": int(name.startswith("closed")),
                "licence": "rendered",
            }
            yield Picture(f"{number:09d}.png", columns, encoded=encoded)


def render_tiles(folder: Path, tiles: int) -> None:
    """Renders the different pictures, 50 a person, and shrinks them to 24×24."""
    folder.mkdir()
    for person, rows in enumerate(render_people(range(tiles // 50), 50, seed=0)):
        for number, row in enumerate(rows):
            small = resize(grey(decode(row["image"])), 24, 24)
            state = "closed" if row["label"] else "open"
            path = folder / f"{state}-{person:03d}-{number:02d}.png"
            path.write_bytes(encode_png(small))
