"""What an export is made on and judged by, out of a run's data."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as arrow
from numpy.typing import NDArray

from blink.data.datamodule import EyeDataModule
from blink.data.manifest import Manifest
from blink.export.exportable import Exportable
from blink.export.parity import Validation
from blink.export.search import Learning, Material, Plan


def gather(exportable: Exportable, data: EyeDataModule, plan: Plan) -> Material:
    """Crops of the run's people, as an intelligence's graph takes them.

    Args:
        exportable: Says what it sees; heuristics are neither quantised nor trained on.
        data: Training people for calibration and learning, validation people to judge.
        plan: Says how many crops.
    """
    spec, rows = exportable.graph.spec, data.validating()
    people = people_of(data.manifest, rows)
    validation = Validation(data.graph_input(rows, spec), data.labels(rows), people)
    if exportable.kind == "heuristic":
        return Material(validation)
    calibrating, learning = data.draw(plan.calibration_crops), data.draw(plan.learning_crops)
    return Material(
        validation,
        data.graph_input(calibrating, spec) if len(calibrating) else None,
        Learning(data.graph_input(learning, spec), data.labels(learning))
        if len(learning)
        else None,
    )


def people_of(manifest: Manifest, rows: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Whose eyes rows show.

    Args:
        manifest: The data set.
        rows: Numbers of rows, rising.

    Returns:
        A number for each person of each data set, (N,); None where one of them is not known.
    """
    names = pd.concat(list(_names(manifest, rows)), ignore_index=True)
    if names["subject"].isna().any():
        return None
    codes = names.groupby(["dataset", "subject"], sort=False).ngroup()
    return np.asarray(codes, np.int64)


def _names(manifest: Manifest, rows: NDArray[np.int64]) -> Iterator[pd.DataFrame]:
    start = 0
    for batch in manifest.batches(["dataset", "subject"]):
        inside = rows[(rows >= start) & (rows < start + len(batch))] - start
        yield batch.take(arrow.array(inside)).to_pandas()
        start += len(batch)
