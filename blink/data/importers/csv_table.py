import codecs
import csv
import hashlib
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np

from blink.contract import ConfigError, DataError
from blink.contract.attributes import VOCABULARY
from blink.data.archive import Archive
from blink.data.importers.general import check_attribute, check_text
from blink.data.importers.listed import ListedEyes, member_below
from blink.data.importers.picture import Box, Picture, Skip

_BOX = ("x", "y", "width", "height")
_TEXTS = ("session", "clip", "label_source", "licence")
_LARGEST = {"frame": 2**31 - 1, "openness": 1, "label_weight": 1}
"""Columns of numbers; the least value of each is 0."""
_DELIMITERS = {";": "';'", "\t": "$'\\t'", "|": "'|'", ",": ","}
"""What may stand between two cells, and how a shell is told."""
_OURS = ("path", "label", "subject", "id", *_BOX, *_TEXTS, *_LARGEST, *VOCABULARY)


@dataclass(frozen=True, kw_only=True)
class CsvEyes(ListedEyes):
    r"""A table with a row for each crop: where its picture lies, the state of the eye, the person.

    The table is UTF-8 text with the names of its columns in the first row. Which column is which is
    said, never guessed; only `path` and `label` need no `--column` where they are called so. An
    empty cell is not known. Paths are relative, with forward slashes.

        blink data import csv eyes.csv --out eyes-v1 --column path=file --column label=state \
            --column subject=person --state 1=closed --state 0=open
    """

    kind: ClassVar[str] = "csv"
    unit: ClassVar[str] = "row"
    version: ClassVar[int] = 2
    people_in: ClassVar[str] = "--column subject=NAME, the column that names the person, or "

    column: Mapping[str, str] = field(
        default_factory=dict,
        metadata={
            "help": "OURS=THEIRS: which column of the table holds what, such as label=state. Ours "
            f"are {', '.join(_OURS)}. x, y, width and height, in pixels, cut the eye out of its "
            "picture; id tells crops of one picture apart."
        },
    )
    delimiter: str = field(
        default="",
        metadata={"help": "What stands between two cells; a comma, or a tab in a .tsv."},
    )

    def __post_init__(self) -> None:
        self._check_columns()
        super().__post_init__()
        if self.has_people and self.subject_from is not None:
            raise ConfigError("--column subject and --subject-from both name people. Drop one.")
        if len(self.delimiter) > 1:
            raise ConfigError(f"--delimiter {self.delimiter!r}: it is one character.")

    def _check_columns(self) -> None:
        """Refuses columns that cannot be meant; before people, whose column may be among them."""
        for ours, theirs in self.column.items():
            if ours not in _OURS:
                raise ConfigError(
                    f"--column {ours}={theirs}: {ours!r} is none of ours, which are "
                    f"{', '.join(_OURS)}."
                )
            if ours in self.attribute:
                raise ConfigError(f"--column and --attribute both say {ours}. Drop one.")
        if 0 < len(self.column.keys() & set(_BOX)) < len(_BOX):
            raise ConfigError(f"A box takes four columns: {', '.join(_BOX)}. Name all or none.")

    @property
    def has_people(self) -> bool:
        """Whether a column names the person."""
        return "subject" in self.column

    def pictures(self, archive: Archive, skip: Skip) -> Iterator[Picture]:
        """One for each row, in the table's order.

        Of several rows about one crop that say the same, the first counts; where they contradict
        each other none does. The table is read twice for that, and some 32 bytes a row are kept.

        Raises:
            ConfigError: The table has no column of a name that was given.
            DataError: The table is missing, no UTF-8 text, or broken.
        """
        repeated, contradicted = self._repeats()
        seen: set[int] = set()
        for number, picture in self._rows():
            if isinstance(picture, DataError):
                skip(f"row {number}", str(picture))
                continue
            name = _hash(picture.source)
            if name in contradicted:
                skip(f"row {number}", "another row says otherwise of the same crop")
            elif name in seen:
                skip(f"row {number}", "it repeats an earlier row")
            else:
                yield picture
            if name in repeated:
                seen.add(name)

    def _repeats(self) -> tuple[set[int], set[int]]:
        """Hashes of the crops that several rows say the same of, and of those in contradiction."""
        sources, rows = array("Q"), array("Q")
        for _, picture in self._rows():
            if isinstance(picture, Picture):
                sources.append(_hash(picture.source))
                rows.append(_hash(repr(picture)))
        names = np.sort(sources)
        several = np.isin(sources, names[1:][names[1:] == names[:-1]])
        table = np.stack([np.asarray(sources)[several], np.asarray(rows)[several]], axis=1)
        different, times = np.unique(table, axis=0, return_counts=True)
        which, sayings = np.unique(different[:, 0], return_counts=True)
        return set(different[times > 1, 0].tolist()), set(which[sayings > 1].tolist())

    def _rows(self) -> Iterator[tuple[int, Picture | DataError]]:
        """Number of each row, as a spreadsheet counts them, with its picture or its fault."""
        lines = self._lines()
        _, header = next(lines, (0, []))
        places = self._places(header)
        for number, cells in lines:
            try:
                yield number, self._picture(_pick(cells, places, len(header)))
            except DataError as error:
                yield number, error

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        delimiter = self.delimiter or ("\t" if self.path.suffix.lower() == ".tsv" else ",")
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.reader(file, delimiter=delimiter, strict=True)
                yield from ((n, cells) for n, cells in enumerate(reader, start=1) if cells)
        except UnicodeDecodeError as error:
            raise DataError(
                f"{self.path}{_first_foreign(self.path)}. Save it as CSV in UTF-8."
            ) from error
        except csv.Error as error:
            raise DataError(f"{self.path}, line {reader.line_num}: {error}. Mend it.") from error
        except OSError as error:
            raise DataError(f"{self.path} cannot be read ({error.strerror}).") from error

    def _places(self, header: list[str]) -> dict[str, int]:
        """Our name of each column that is read → its place in the table."""
        theirs = [name.strip() for name in header]
        if not theirs:
            raise DataError(f"{self.path} is empty: its first row has to name its columns.")
        wanted = {"path": "path", "label": "label", **self.column}
        for ours, name in wanted.items():
            if theirs.count(name) != 1:
                fault = "twice" if name in theirs else "not"
                way_out = _delimited(theirs) or f"Say which one holds what: --column {ours}=…"
                raise ConfigError(
                    f"{self.path}: the column {name!r} is {fault} among "
                    f"{', '.join(map(repr, theirs))}. {way_out}"
                )
        return {ours: theirs.index(name) for ours, name in wanted.items()}

    def _picture(self, cells: Mapping[str, str]) -> Picture:
        member = member_below(cells["path"])
        box = _box(cells) if "x" in cells else None
        mark = cells.get("id") or (",".join(map(str, box)) if box else "")
        source = f"{member}#{mark}" if mark else member
        columns = self.columns(source, cells["label"] or "unsure", cells.get("subject"))
        further = {name: _value(name, text) for name, text in cells.items() if text}
        columns |= {name: value for name, value in further.items() if value is not None}
        return Picture(source, columns, member, box=box)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _first_foreign(path: Path) -> str:
    """Which line of a file is no UTF-8, and what it may be instead."""
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return " is no UTF-8 text, but UTF-16"
        file.seek(0)
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                shown = line[max(error.start - 10, 0) : error.end + 10].decode("cp1252", "replace")
                said = f"; as Windows-1252 it reads {shown.strip()!r}"
                return f", line {number}, is no UTF-8 text{said}"
    return " is no UTF-8 text"


def _delimited(header: list[str]) -> str:
    """What to try where the whole first row was taken for one cell; empty where it was not."""
    words = [word for sign, word in _DELIMITERS.items() if len(header) == 1 and sign in header[0]]
    return f"Its cells are divided by something else: --delimiter {words[0]}" if words else ""


def _pick(cells: list[str], places: Mapping[str, int], expected: int) -> dict[str, str]:
    """A row's cells under our names."""
    if len(cells) != expected:
        raise DataError(f"it has {len(cells)} cells, the first row {expected}")
    return {ours: cells[place].strip() for ours, place in places.items()}


def _box(cells: Mapping[str, str]) -> Box:
    try:
        x, y, width, height = (round(float(cells[name])) for name in _BOX)
    except (ValueError, OverflowError):
        raise DataError(f"its box {[cells[name] for name in _BOX]} is no four numbers") from None
    return x, y, width, height


def _value(name: str, text: str) -> str | int | float | None:
    """A cell of a manifest's column, checked; None for the cells that are read elsewhere."""
    if name in VOCABULARY:
        check_attribute(name, text)
        return text
    if name in _TEXTS:
        check_text(text)
        return text
    if name not in _LARGEST:
        return None
    try:
        number = int(text) if name == "frame" else float(text)
    except ValueError:
        raise DataError(f"{name}={text}: it is no number") from None
    if not 0 <= number <= _LARGEST[name]:
        raise DataError(f"{name}={text}: it lies between 0 and {_LARGEST[name]}")
    return number
