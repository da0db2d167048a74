"""The predictions table: the only thing that evaluation reads of an intelligence."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
from numpy.typing import NDArray
from pyarrow import parquet
from tqdm import tqdm

from blink.contract import ConfigError, Crop, Intelligence, atomic_file
from blink.data.manifest import Manifest
from blink.data.schema import ARROW, ATTRIBUTES, column, validated
from blink.evaluation.kept_table import read_kept
from blink.latency.slot import computing, give_way

DESCRIPTION = ("id", "dataset", "subject", "session", "clip", "frame", "label", *ATTRIBUTES)
"""What a predictions table takes over from the manifest."""

COLUMNS = (*DESCRIPTION, "p_closed")

OPENNESS_ANSWERED = "openness_answered"
"""How far an intelligence says that an eye is open; a table of one that does not say lacks it.

Null where the openness is not known, so that nobody could say how true an answer is.
"""

Notice = Callable[[int, Crop], None]
"""Is shown a place among the rows, and the crop there."""

_ARROW = arrow.schema(
    [
        *(ARROW.field(name) for name in DESCRIPTION),
        arrow.field("p_closed", arrow.float32(), nullable=False),
    ]
)
_OPENNESS = arrow.field(OPENNESS_ANSWERED, arrow.float32())
_SCHEMA = pa.DataFrameSchema(
    {name: column(name) for name in DESCRIPTION}
    | {
        "p_closed": pa.Column("float32", pa.Check.in_range(0, 1)),
        OPENNESS_ANSWERED: pa.Column(
            "Float32", pa.Check.in_range(0, 1), nullable=True, required=False
        ),
    },
    strict=True,
    coerce=True,
    unique=["id"],
)


def predict_manifest(
    intelligences: Mapping[str, Intelligence],
    manifest: Manifest,
    rows: NDArray[np.int64],
    description: str,
    *,
    notice: Notice | None = None,
    batch: int = 1,
) -> dict[str, pd.DataFrame]:
    """Runs intelligences over a data set image by image, exactly as at runtime.

    Each picture is decoded once and shown to all of them.

    Args:
        intelligences: Bundles, heuristics, foreign models, each by a name of the caller's choice.
        manifest: Where the crops lie.
        rows: Which rows of the manifest; in rising order they are read in constant memory.
        description: What the progress bar calls it.
        notice: Is shown each crop, and its place among `rows`, while it is at hand.
        batch: Crops in a call; more than 1 only where `check_batches` has found no difference.

    Returns:
        Name to predictions table: `DESCRIPTION` and p_closed, one row per crop, in the order of
        `rows`.

    Raises:
        ConfigError: There is less than one crop in a call.
        DataError: An intelligence gave something that is no probability.
    """
    if batch < 1:
        raise ConfigError(f"batch is {batch}; a call takes at least 1 crop.")
    crops = iter(tqdm(manifest.crops(rows), desc=description, unit="crop", total=len(rows)))
    scores = np.empty((len(intelligences), len(rows)), np.float32)
    place = 0
    with computing():
        while group := list(islice(crops, batch)):
            give_way()
            if notice is not None:
                for number, crop in enumerate(group, start=place):
                    notice(number, crop)
            for answers, one in zip(scores, intelligences.values(), strict=True):
                answers[place : place + len(group)] = one.predict(group)
            place += len(group)
    table = describe(manifest, rows)
    return {
        name: checked_predictions(table.assign(p_closed=column), f"What {name} predicted")
        for name, column in zip(intelligences, scores, strict=True)
    }


def check_batches(
    intelligences: Mapping[str, Intelligence],
    manifest: Manifest,
    rows: NDArray[np.int64],
    batch: int,
) -> None:
    """Checks that batches give the very bits that image by image gives.

    Kernels may add up in another order when a batch is larger. Tried are the first batch, the last
    one, which may be smaller, and one of crops drawn at random.

    Args:
        intelligences: See `predict_manifest`.
        manifest: See `predict_manifest`.
        rows: See `predict_manifest`.
        batch: Crops in a call.

    Raises:
        ConfigError: They do not; names the intelligence and how far it is off.
    """
    last = (len(rows) - 1) // batch * batch
    drawn = np.random.default_rng(0).choice(len(rows), min(batch, len(rows)), replace=False)
    for places in (np.arange(min(batch, len(rows))), np.arange(last, len(rows)), np.sort(drawn)):
        crops = list(manifest.crops(rows[places]))
        for name, one in intelligences.items():
            together = one.predict(crops)
            alone = np.concatenate([one.predict([crop]) for crop in crops])
            if differ := int(np.sum(together.view(np.uint32) != alone.view(np.uint32))):
                raise ConfigError(
                    f"{name} gives other bits in batches of {len(crops)}: {differ} of them differ, "
                    f"p_closed by up to {np.abs(together - alone).max():.1e}. Evaluate image by "
                    "image, as at runtime: without --batched."
                )


def describe(
    manifest: Manifest, rows: NDArray[np.int64], columns: Sequence[str] = DESCRIPTION
) -> pd.DataFrame:
    """Columns of rows of a manifest, in the order of the rows; the manifest is streamed."""
    order = np.argsort(rows, kind="stable")
    rising, parts, start = rows[order], [], 0
    for batch in manifest.batches(columns):
        first, last = np.searchsorted(rising, [start, start + len(batch)])
        parts.append(batch.take(arrow.array(rising[first:last] - start)))
        start += len(batch)
    found = arrow.Table.from_batches(parts).take(arrow.array(np.argsort(order)))
    table: pd.DataFrame = found.to_pandas()
    return table


def checked_predictions(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Returns the table with its proper types if it is a predictions table.

    Args:
        table: `DESCRIPTION`, p_closed and perhaps `OPENNESS_ANSWERED`, in any order of columns
            and rows.
        where: What to call the table in an error.

    Raises:
        DataError: Names the row, the column and the fault of the first bad cell: an unknown or
            missing column, an id that stands twice, a probability that is NaN or not in [0, 1].
    """
    fault = f"{where} is no predictions table"
    known = [name for name in (*COLUMNS, OPENNESS_ANSWERED) if name in COLUMNS or name in table]
    return validated(table, _SCHEMA, fault, "Predict again.")[known]


def write_predictions(path: Path, table: pd.DataFrame) -> None:
    """Writes a predictions table as Parquet, whole or not at all.

    Raises:
        DataError: See `checked_predictions`.
        StorageError: The disk is full.
    """
    checked = checked_predictions(table, str(path))
    schema = _ARROW if OPENNESS_ANSWERED not in checked else _ARROW.append(_OPENNESS)
    with atomic_file(path) as temporary:
        parquet.write_table(
            arrow.Table.from_pandas(checked, schema=schema, preserve_index=False), temporary
        )


def read_predictions(path: Path) -> pd.DataFrame:
    """Reads a predictions table and checks every row of it.

    Raises:
        DataError: There is no such file, it is damaged, or see `checked_predictions`.
    """
    return checked_predictions(read_kept(path), str(path))
