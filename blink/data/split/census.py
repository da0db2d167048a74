from collections.abc import Iterable
from itertools import repeat

import numpy as np
import pandas as pd
import pyarrow as arrow
from numpy.typing import NDArray

from blink.data.manifest import Manifest

_MOST = 65_536
"""Combinations that are held, beside as many as there are, before they are counted together."""


def count_crops(
    manifest: Manifest, columns: list[str], roles: Iterable[NDArray[np.int8]] | None = None
) -> pd.DataFrame:
    """How many crops there are of each combination of values that occurs, null among them.

    The manifest is streamed: memory grows with the combinations, not with the crops.

    Args:
        manifest: The data set.
        columns: Of the manifest.
        roles: From `Split.roles`: the role counts as one more column, `role`.

    Returns:
        The columns and `crops`; one row for each combination, in the order of the values.
    """
    names = columns if roles is None else [*columns, "role"]
    counted: list[arrow.Table] = []
    held, most = 0, _MOST
    endless: Iterable[NDArray[np.int8] | None] = repeat(None) if roles is None else roles
    for batch, codes in zip(manifest.batches(columns), endless, strict=False):
        table = arrow.Table.from_batches([batch])
        if codes is not None:
            table = table.append_column("role", arrow.array(codes))
        table = table.append_column("crops", arrow.array(np.ones(len(table), np.int64)))
        counted.append(_together([table], names))
        held += len(counted[-1])
        if held > most:
            counted = [_together(counted, names)]
            held = len(counted[0])
            most = 2 * held + _MOST
    rows = _together(counted, names).sort_by([(name, "ascending") for name in names])
    types = {arrow.string(): pd.StringDtype(), arrow.int8(): pd.Int8Dtype()}
    found: pd.DataFrame = rows.to_pandas(types_mapper=types.get)
    return found


def _together(parts: list[arrow.Table], names: list[str]) -> arrow.Table:
    grouped = arrow.concat_tables(parts).group_by(names).aggregate([("crops", "sum")])
    return grouped.rename_columns([*names, "crops"])
