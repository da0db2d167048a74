"""The real archives that rendered eyes are held against, and crops of people nobody tests on.

Real crops are for research only, and nothing of them is kept. Nobody sees test people here: who
looks at them to mend a renderer, or fits one to them, has tested on them. Whom a training on the
archives validates on is among those who are seen, so to a renderer they are no strangers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from blink.contract import Crop, DataError
from blink.data.images import decode
from blink.data.importers.archived import ArchivedEyes
from blink.data.importers.cew import CewEyes
from blink.data.importers.mrl import MrlEyes
from blink.data.split import Hashed


@dataclass(frozen=True)
class Counterpart:
    """An archive, and the cameras that are made to look like its own.

    Attributes:
        archive: File in the data folder.
        importer: Reads it.
        sealed: Says who is a test person, as `conf/data/collection/real.yaml` has it.
        sensors: Names of `SENSORS`.
    """

    archive: str
    importer: type[ArchivedEyes]
    sealed: Callable[[str], bool]
    sensors: tuple[str, ...]


COUNTERPARTS: Final = (
    Counterpart(
        "mrlEyes_2018_01.zip",
        MrlEyes,
        frozenset({"s0013", "s0017", "s0023", "s0024", "s0027", "s0029", "s0030"}).__contains__,
        ("ir-depth", "ir-industrial", "ir-cabin"),
    ),
    Counterpart("dataset_B_Eye_Images.zip", CewEyes, Hashed(5).holds, ("photo",)),
)


def real_crops(
    counterpart: Counterpart, data: Path, wanted: int, seed: int, label: int | None = None
) -> list[tuple[str, Crop]]:
    """Crops of people who train or validate, in turns, so that nobody has more than others.

    Args:
        counterpart: Of which archive.
        data: The folder with the archives.
        wanted: How many; who has no more crops begins anew.
        seed: Chooses them.
        label: `CLOSED` or `OPEN` for such crops alone; None for any, and no label is read.

    Returns:
        Whose each is, and the crop.

    Raises:
        DataError: The archive is missing, or holds test people alone.
    """
    importer = counterpart.importer(data / counterpart.archive)
    people: dict[str, list[str]] = {}
    with importer.open() as archive:
        for picture in importer.pictures(archive, lambda _member, _fault: None):
            subject = str(picture.columns["subject"])
            fits = label is None or picture.columns["label"] == label
            if fits and not counterpart.sealed(subject):
                people.setdefault(subject, []).append(picture.member)
        rng = np.random.default_rng(seed if label is None else (seed, label))
        if not people:
            raise DataError(f"{data / counterpart.archive} holds crops of test people alone.")
        names = rng.permutation(sorted(people)).tolist()
        turns = {name: rng.permutation(people[name]).tolist() for name in names}
        chosen = []
        for number in range(wanted):
            turn, place = divmod(number, len(names))
            name = names[place]
            chosen.append((name, decode(archive.read(turns[name][turn % len(turns[name])]))))
        return chosen
