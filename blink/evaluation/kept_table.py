from pathlib import Path

import pandas as pd
import pyarrow as arrow
from pyarrow import parquet

from blink.contract import DataError, StorageError


def read_kept(path: Path) -> pd.DataFrame:
    """Reads a table that an evaluation left; what is in it is for the caller to check.

    Raises:
        DataError: There is no such file, or it is damaged.
        StorageError: It may not be read.
    """
    try:
        table: pd.DataFrame = parquet.read_table(path).to_pandas()
    except FileNotFoundError:
        raise DataError(f"{path} is missing. Evaluate the bundle first to make it.") from None
    except PermissionError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}.") from error
    except (arrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is damaged ({error}). Delete it and predict again.") from error
    return table
