from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
from pyarrow import parquet

from blink.contract import DataError
from blink.data.schema import with_texts


def read_kept(path: Path) -> pd.DataFrame:
    """Reads a table that an evaluation left; what is in it is for the caller to check.

    Raises:
        DataError: There is no such file, or it is damaged.
    """
    try:
        table: pd.DataFrame = parquet.read_table(path).to_pandas()
    except FileNotFoundError:
        raise DataError(f"{path} is missing. Evaluate the bundle first to make it.") from None
    except (arrow.ArrowInvalid, OSError) as error:
        raise DataError(f"{path} is damaged ({error}). Delete it and predict again.") from error
    return table


def checked_kept(table: pd.DataFrame, schema: pa.DataFrameSchema, fault: str) -> pd.DataFrame:
    """Returns a table with the types of its schema, if it keeps to that.

    Args:
        table: In any order of columns and rows.
        schema: What it has to be.
        fault: What to say if it is not.

    Raises:
        DataError: The fault, then row, column and rule of the first bad cell.
    """
    texts = with_texts(table.reset_index(drop=True), fault)
    try:
        checked: pd.DataFrame = schema.validate(texts, lazy=True)
    except pa.errors.SchemaErrors as error:
        first = error.failure_cases.iloc[0]
        row = "" if pd.isna(first["index"]) else f"row {int(first['index'])}, "
        raise DataError(
            f"{fault}: {row}column {first['column']}: '{first['failure_case']!s}' breaks the rule "
            f"{first['check']}. Predict again."
        ) from None
    return checked
