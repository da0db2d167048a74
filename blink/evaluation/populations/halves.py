import hashlib

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def first_half(table: pd.DataFrame) -> NDArray[np.bool_]:
    """Which crops show people of the first half: (N,).

    A hash of the person's name decides, so that nobody changes halves from one intelligence or one
    run to the next, whoever else is in the table.

    Args:
        table: A predictions table of people who are known.
    """
    names = table["dataset"].str.cat(table["subject"], sep="/")
    half = {name: hashlib.sha256(name.encode()).digest()[0] % 2 == 0 for name in set(names)}
    return names.map(half).to_numpy(np.bool_)
