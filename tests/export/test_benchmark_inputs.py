import os
from pathlib import Path

import numpy as np
import pytest

from tests.export.measured import script


def several(path: Path) -> None:
    with path.open("wb") as file:
        np.savez(file, a=np.zeros(2), b=np.ones(2))


def objects(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.array([{}, None], object), allow_pickle=True)


def no_row(path: Path) -> None:
    with path.open("wb") as file:
        np.save(file, np.zeros((0, 1, 32, 32), np.uint8))


def huge(path: Path) -> None:
    """Says to have more rows than fit anywhere, and has none."""
    header = {"descr": "|u1", "fortran_order": False, "shape": (10**14, 1, 32, 32)}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)


def beyond(path: Path) -> None:
    """Says to have more rows than can be counted."""
    header = {"descr": "|u1", "fortran_order": False, "shape": (10**30,)}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)


def empty(path: Path) -> None:
    path.touch()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def nothing(_: Path) -> None:
    """Makes none."""


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (several, r"rows holds no inputs .*Save one array of numbers by numpy.save"),
        (objects, "rows holds no inputs .Object arrays cannot be loaded"),
        (empty, "rows holds no inputs "),
        (huge, "rows holds no inputs .*allocate"),
        (beyond, "rows holds no inputs .*too large"),
        (nothing, "rows holds no inputs .*No such file"),
        (no_row, "rows holds no inputs: not one row"),
        (pipe, "rows is no ordinary file"),
    ],
)
def test_read_inputs_says_what_is_wrong_when_there_is_no_array(
    tmp_path: Path, make: object, message: str
) -> None:
    assert callable(make)
    make(tmp_path / "rows")
    with pytest.raises(script().BundleError, match=message):
        script().read_inputs(tmp_path / "rows")


def test_read_inputs_returns_the_rows_when_numpy_has_saved_them(tmp_path: Path) -> None:
    rows = np.arange(6, dtype=np.uint8).reshape(3, 2)
    np.save(tmp_path / "rows.npy", rows)
    np.testing.assert_array_equal(script().read_inputs(tmp_path / "rows.npy"), rows)
