"""The predictions table: the only thing that evaluation reads of an intelligence."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
from numpy.typing import NDArray
from pyarrow import parquet
from tqdm import tqdm

from blink.contract import DataError, Intelligence, whole_file
from blink.data.manifest import Manifest
from blink.data.schema import ARROW, ATTRIBUTES, column

DESCRIPTION = ("id", "dataset", "subject", "session", "clip", "frame", "label", *ATTRIBUTES)
"""What a predictions table takes over from the manifest."""

COLUMNS = (*DESCRIPTION, "p_closed")

_ARROW = arrow.schema(
    [
        *(ARROW.field(name) for name in DESCRIPTION),
        arrow.field("p_closed", arrow.float32(), nullable=False),
    ]
)
_SCHEMA = pa.DataFrameSchema(
    {name: column(name) for name in DESCRIPTION}
    | {"p_closed": pa.Column("float32", pa.Check.in_range(0, 1))},
    strict=True,
    coerce=True,
    unique=["id"],
)


def predict_manifest(
    intelligences: Mapping[str, Intelligence],
    manifest: Manifest,
    rows: NDArray[np.int64],
    description: str,
) -> dict[str, pd.DataFrame]:
    """Runs intelligences over a data set image by image, exactly as at runtime.

    Each picture is decoded once and shown to all of them.

    Args:
        intelligences: Bundles, heuristics, foreign models, each by a name of the caller's choice.
        manifest: Where the crops lie.
        rows: Which rows of the manifest; in rising order they are read in constant memory.
        description: What the progress bar calls it.

    Returns:
        Name to predictions table: `DESCRIPTION` and p_closed, one row per crop, in the order of
        `rows`.

    Raises:
        DataError: An intelligence gave something that is no probability.
    """
    crops = tqdm(manifest.crops(rows), desc=description, unit="crop", total=len(rows))
    scores = np.empty((len(rows), len(intelligences)), np.float32)
    for place, crop in enumerate(crops):
        scores[place] = [one.predict([crop])[0] for one in intelligences.values()]
    table = _describe(manifest, rows)
    return {
        name: checked_predictions(table.assign(p_closed=column), f"What {name} predicted")
        for name, column in zip(intelligences, scores.T, strict=True)
    }


def _describe(manifest: Manifest, rows: NDArray[np.int64]) -> pd.DataFrame:
    """The `DESCRIPTION` of rows, in their order; the manifest is streamed."""
    order = np.argsort(rows, kind="stable")
    rising, parts, start = rows[order], [], 0
    for batch in manifest.batches(DESCRIPTION):
        first, last = np.searchsorted(rising, [start, start + len(batch)])
        parts.append(batch.take(arrow.array(rising[first:last] - start)))
        start += len(batch)
    found = arrow.Table.from_batches(parts).take(arrow.array(np.argsort(order)))
    table: pd.DataFrame = found.to_pandas()
    return table


def checked_predictions(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Returns the table with its proper types if it is a predictions table.

    Args:
        table: `DESCRIPTION` and p_closed, in any order of columns and rows.
        where: What to call the table in an error.

    Raises:
        DataError: Names the row, the column and the fault of the first bad cell: an unknown or
            missing column, an id that stands twice, a probability that is NaN or not in [0, 1].
    """
    try:
        checked: pd.DataFrame = _SCHEMA.validate(table.reset_index(drop=True), lazy=True)
    except pa.errors.SchemaErrors as error:
        first = error.failure_cases.iloc[0]
        row = "" if pd.isna(first["index"]) else f"row {int(first['index'])}, "
        raise DataError(
            f"{where} is no predictions table: {row}column {first['column']}: "
            f"'{first['failure_case']!s}' breaks the rule {first['check']}. Predict again."
        ) from None
    return checked[list(COLUMNS)]


def write_predictions(path: Path, table: pd.DataFrame) -> None:
    """Writes a predictions table as Parquet, whole or not at all.

    Raises:
        DataError: See `checked_predictions`.
        StorageError: The disk is full.
    """
    checked = checked_predictions(table, str(path))
    with whole_file(path) as temporary:
        parquet.write_table(
            arrow.Table.from_pandas(checked, schema=_ARROW, preserve_index=False), temporary
        )


def read_predictions(path: Path) -> pd.DataFrame:
    """Reads a predictions table and checks every row of it.

    Raises:
        DataError: There is no such file, it is damaged, or see `checked_predictions`.
    """
    try:
        table = parquet.read_table(path)
    except FileNotFoundError:
        raise DataError(f"{path} is missing. Evaluate the bundle first to make it.") from None
    except (arrow.ArrowInvalid, OSError) as error:
        raise DataError(f"{path} is damaged ({error}). Delete it and predict again.") from error
    return checked_predictions(table.to_pandas(), str(path))
