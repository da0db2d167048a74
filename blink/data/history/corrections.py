"""Corrections of labels: a list that an audit suggests, a person edits, and a new version keeps."""

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Final, Literal, cast, get_args

import numpy as np
import pyarrow as arrow
import pyarrow.compute as pc
from tqdm import tqdm

from blink.contract import CLOSED, OPEN, DataError, atomic_file
from blink.data.manifest import Manifest, WriteExtraFiles, write_tables
from blink.data.schema import ARROW
from blink.data.spreadsheet import inert

Action = Literal["relabel", "drop"]
CORRECTED: Final = "corrected"
"""`label_source` of a crop that was relabelled."""

_COLUMNS: Final = (
    "id", "action", "given", "suggested", "score", "reason", "dataset", "subject", "row",
)  # fmt: skip
_REMARKS: Final = ("reason", "dataset", "subject")
"""Text that is for a person alone, and is not read back."""
_REQUIRED: Final = {"id", "given", "suggested"}
_LABELS: Final[dict[str, int | None]] = {"": None, "0": OPEN, "1": CLOSED}


@dataclass(frozen=True, slots=True)
class Correction:
    """What is to become of one crop.

    Attributes:
        id: Of the crop.
        given: Its label in the manifest; None if it has none.
        suggested: The label it is to have; None for "unsure". Of a drop without meaning.
        action: `relabel`, or `drop` to leave the crop out.
        score: What speaks for the given label, 0 to 1, the lowest first; None where not known.
        reason: In words, for the person who decides.
        dataset: Of the crop; this and the next two are for that person alone.
        subject: Of the crop, None where not known.
        row: Of the crop, in the manifest that the list was made for.
    """

    id: str
    given: int | None
    suggested: int | None
    action: Action = "relabel"
    score: float | None = None
    reason: str = ""
    dataset: str = ""
    subject: str | None = None
    row: int | None = None

    @property
    def changes_nothing(self) -> bool:
        """Whether the crop is to keep the label that it has."""
        return self.action == "relabel" and self.suggested == self.given


def write_corrections(path: Path, corrections: Iterable[Correction]) -> None:
    """Writes a list as CSV, whole, in its order; remarks that look like formulas get a `'` before.

    Raises:
        StorageError: The disk is full.
    """
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in corrections:
        cells = {name: getattr(one, name) for name in _COLUMNS}
        cells["score"] = None if one.score is None else f"{one.score:.6f}"
        cells |= {name: inert(cells[name] or "") for name in _REMARKS}
        writer.writerow(["" if cell is None else cell for cell in cells.values()])
    with atomic_file(path) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8", newline="")


def read_corrections(path: Path) -> list[Correction]:
    """Reads a list: columns `id`, `given`, `suggested`, and `action` if any crop is to be dropped.

    Labels are 0 (open), 1 (closed) or empty (not known). Other columns are not looked at.

    Raises:
        DataError: It is missing, no CSV, lacks a column, names an unknown action or label, or an
            id twice; the message names the line.
    """
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{path} is missing: there is no such list of corrections.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is no list of corrections ({error}).") from error
    reader = csv.DictReader(StringIO(text, newline=""), strict=True)
    try:
        missing = sorted(_REQUIRED - set(reader.fieldnames or ()))
        if missing:
            raise DataError(f"{path} lacks the columns {missing}; they stand in its first line.")
        found: dict[str, Correction] = {}
        for cells in reader:
            one = _parsed(cells, f"{path}, line {reader.line_num}")
            if one.id in found:
                raise DataError(f"{path}, line {reader.line_num}: {one.id} stands twice.")
            found[one.id] = one
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}: no CSV ({error}).") from error
    return list(found.values())


def _parsed(cells: Mapping[str | None, str | None], where: str) -> Correction:
    name, given, suggested, action = (
        (cells.get(key) or "").strip() for key in ("id", "given", "suggested", "action")
    )
    if None in cells or None in cells.values():
        raise DataError(f"{where}: it has not as many cells as the first line.")
    if not name:
        raise DataError(f"{where}: it names no id.")
    for column, label in (("given", given), ("suggested", suggested)):
        if label not in _LABELS:
            raise DataError(
                f"{where}: {column} is {label!r}; write 0 (open), 1 (closed) or nothing (unknown)."
            )
    action = action or "relabel"
    if action not in get_args(Action):
        raise DataError(f"{where}: the action is {action!r}; there are {get_args(Action)}.")
    return Correction(name, _LABELS[given], _LABELS[suggested], cast(Action, action))


def digest_of(corrections: Sequence[Correction]) -> str:
    """Hash over what a list does, whatever its order and its remarks."""
    lines = sorted(
        f"{one.id},drop" if one.action == "drop" else f"{one.id},relabel,{one.suggested}"
        for one in corrections
        if not one.changes_nothing
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def apply_corrections(
    manifest: Manifest,
    corrections: Sequence[Correction],
    folder: Path,
    finish: WriteExtraFiles | None = None,
) -> Manifest:
    """Writes a new data set with the corrections made; the old one stays as it is.

    Memory is constant but for the list. A corrected crop gets `label_source` "corrected"; one that
    is to keep its label is checked and left as it is.

    Args:
        manifest: The data set that the list was made for.
        corrections: No id twice.
        folder: Where the new data set is to stand.
        finish: See `write_manifest`.

    Raises:
        DataError: The list is empty or changes nothing, an id is not in the manifest, its label is
            not the one given, or nothing is left.
        StorageError: The disk is full.
    """
    changes = {one.id: one for one in corrections if not one.changes_nothing}
    if not changes:
        raise DataError(
            "The list of corrections changes nothing: it is empty, or suggests the given labels "
            "alone. No new version is made."
        )
    _check(manifest, {one.id: one for one in corrections})
    with tqdm(total=len(manifest), desc="Relabelling", unit="crop") as bar:
        return write_tables(folder, _corrected(manifest, changes, bar), finish)


def _check(manifest: Manifest, listed: Mapping[str, Correction]) -> None:
    wanted, unseen = arrow.array(listed, arrow.string()), set(listed)
    for batch in manifest.batches(["id", "label"]):
        named = batch.filter(pc.is_in(batch["id"], value_set=wanted))
        for name, label in zip(named["id"].to_pylist(), named["label"].to_pylist(), strict=True):
            unseen.discard(name)
            if label != listed[name].given:
                raise DataError(
                    f"The list says that {name} is labelled {_said(listed[name].given)}, but in "
                    f"{manifest.folder} it is {_said(label)}: the list was made for another "
                    "version. Audit this one."
                )
    for name in sorted(unseen):
        if not re.fullmatch("[0-9a-f]{16}", name):
            raise DataError(
                f"{manifest.folder} has no crop {name!r}: an id is 16 of the signs 0-9 and a-f, "
                "and spreadsheets make numbers of some. Open the list anew as it was written, with "
                "the column id as text."
            )
    if unseen:
        raise DataError(
            f"{manifest.folder} has no crop {min(unseen)} ({len(unseen)} such ids in the list): "
            "the list was made for another data set."
        )


def _said(label: int | None) -> str:
    return "null" if label is None else str(label)


def _corrected(
    manifest: Manifest, changes: Mapping[str, Correction], bar: tqdm
) -> Iterator[arrow.Table]:
    for table in manifest.tables():
        ids = table["id"].to_pylist()
        touched = [name in changes for name in ids]
        corrected = _correct(table, ids, touched, changes) if any(touched) else table
        if len(corrected):
            yield corrected
        bar.update(len(ids))


def _correct(
    table: arrow.Table, ids: list[str], touched: list[bool], changes: Mapping[str, Correction]
) -> arrow.Table:
    labels = [
        changes[name].suggested if name in changes else label
        for name, label in zip(ids, table["label"].to_pylist(), strict=True)
    ]
    sources = pc.if_else(arrow.array(touched), CORRECTED, table["label_source"])
    kept = np.array([name not in changes or changes[name].action != "drop" for name in ids])
    table = _with(table, "label", arrow.array(labels, ARROW.field("label").type))
    return _with(table, "label_source", sources).filter(arrow.array(kept))


def _with(table: arrow.Table, name: str, values: arrow.Array) -> arrow.Table:
    return table.set_column(table.column_names.index(name), ARROW.field(name), values)
