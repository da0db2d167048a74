"""What the pictures of a test set are like, noted while they are decoded for prediction."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow
from numpy.typing import NDArray
from pyarrow import parquet
from sklearn.decomposition import PCA

from blink.contract import Crop, DataError, atomic_file
from blink.data.audit.pictures import clipping_of, visibility_of
from blink.data.audit.unusable import strangeness
from blink.data.schema import column, validated
from blink.data.thumbnail import thumbnail
from blink.evaluation.kept_table import read_kept
from blink.runtime.crops import check_crop
from blink.runtime.preprocessing import grey
from blink.runtime.strangeness import EDGES, SIDE, edges

PROPERTIES = ("width", "height", "brightness", "contrast", "sharpness")
"""What a person would say of a picture.

`width` and `height` are of the crop, in pixels. All else is taken from its grey thumbnail of 32×32
pixels, so that the size does not leak in: `brightness` is the mean (0 to 255), `contrast` the
standard deviation (grey levels), `sharpness` the variance of the Laplacian (Pech-Pacheco et al.
2000) over the variance of the pixels, since a pale picture is not a blurred one; 0 if it is even.
"""

QUALITY = ("range", "clipped", "strangeness")
"""Whether there is an eye to be seen, by the audit's measures.

`range` is in grey levels between the thumbnail's 2nd and 98th percentile, `clipped` the share of
black or of white pixels, whichever is larger, and `strangeness` the distance from what the eyes of
this test set look like (1 is usual). What `blink.runtime.inspection` calls so is on other scales.
"""

SHAPES = 64
EMBEDDING = tuple(f"shape_{number:02}" for number in range(SHAPES))
"""Principal components, over the test set, of the thumbnails' histograms of oriented gradients.

Zeros where there are fewer crops than components. Nothing is learnt from labels or scores. On
unseen people of MRL and CEW an RBF kernel tells closed eyes as well from these 64 numbers (AUC
0.95 and 0.98) as boosted trees do from all 324 and the pixels (0.96 and 0.97).
"""

COLUMNS = ("id", *PROPERTIES, *QUALITY, *EMBEDDING)

_SCHEMA = pa.DataFrameSchema(
    {name: column(name) for name in ("id", "width", "height")}
    | {
        "brightness": pa.Column("float32", pa.Check.in_range(0, 255)),
        "clipped": pa.Column("float32", pa.Check.in_range(0, 1)),
    }
    | {
        name: pa.Column("float32", pa.Check.ge(0))
        for name in ("contrast", "sharpness", "range", "strangeness")
    }
    | {name: pa.Column("float32") for name in EMBEDDING},
    strict=True,
    coerce=True,
    unique=["id"],
)


class PictureNotes:
    """Takes notes of pictures one by one, 1 KB each; a picture itself is not kept.

    Example:
        >>> notes = PictureNotes(len(rows))
        >>> for place, crop in enumerate(manifest.crops(rows)):
        ...     notes.add(place, crop)
        >>> table = notes.table(ids)
    """

    def __init__(self, count: int) -> None:
        self._sizes = np.zeros((count, 2), np.int32)
        self._clipped = np.zeros(count, np.float32)
        self._thumbnails = np.zeros((count, SIDE, SIDE), np.uint8)

    def add(self, place: int, crop: Crop) -> None:
        """Notes one crop: 30 µs at 24 pixels of side, 100 µs at 200.

        Args:
            place: Which of the `count` crops it is.
            crop: uint8 (H, W) or RGB (H, W, 3).

        Raises:
            CropError: It is no crop.
        """
        shades = grey(check_crop(crop))
        self._sizes[place] = shades.shape
        self._clipped[place] = max(clipping_of(shades).values())
        self._thumbnails[place] = thumbnail(shades)

    def table(self, ids: Sequence[str]) -> pd.DataFrame:
        """The pictures table: `COLUMNS`, one row per crop, in the order of the places.

        Args:
            ids: Of the crops, by place.

        Raises:
            DataError: A place was left out, or an id stands twice.
        """
        if len(ids) != len(self._sizes) or (self._sizes == 0).any():
            noted = int((self._sizes > 0).all(axis=1).sum())
            raise DataError(
                f"{noted:,} of {len(self._sizes):,} pictures were noted, for {len(ids):,} ids. "
                "Note each crop that is predicted."
            )
        seen = [visibility_of(small) for small in self._thumbnails]
        pixels = self._thumbnails.reshape(len(seen), SIDE * SIDE)
        hog = np.empty((len(seen), EDGES), np.float32)
        for row, small in zip(hog, self._thumbnails, strict=True):
            row[:] = edges(small)
        table = pd.DataFrame(
            {
                "id": list(ids),
                "width": self._sizes[:, 1],
                "height": self._sizes[:, 0],
                "brightness": pixels.mean(axis=1),
                "contrast": pixels.std(axis=1),
                "sharpness": [one["detail"] for one in seen],
                "range": [one["range"] for one in seen],
                "clipped": self._clipped,
                "strangeness": strangeness(hog),
            }
        )
        embedding = pd.DataFrame(_embed(hog), columns=list(EMBEDDING))
        return checked_pictures(pd.concat([table, embedding], axis=1), "What was noted of pictures")


def _embed(hog: NDArray[np.float32]) -> NDArray[np.float32]:
    embedding = np.zeros((len(hog), SHAPES), np.float32)
    components = min(SHAPES, len(hog) - 1)
    if components > 0 and (hog != hog[0]).any():
        found = PCA(components, svd_solver="covariance_eigh").fit_transform(hog)
        embedding[:, :components] = found
    return embedding


def checked_pictures(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Returns the table with its proper types if it is a pictures table.

    Args:
        table: `COLUMNS`, in any order of columns and rows.
        where: What to call the table in an error.

    Raises:
        DataError: Names the row, the column and the fault of the first bad cell.
    """
    fault = f"{where} is no pictures table"
    return validated(table, _SCHEMA, fault, "Predict again.")[list(COLUMNS)]


def pictures_of(table: pd.DataFrame, pictures: pd.DataFrame) -> pd.DataFrame:
    """The rows of a pictures table that go with those of a predictions table, in its order.

    Raises:
        DataError: A predicted crop has no picture there: it is of another data set.
    """
    places = pd.Index(pictures["id"]).get_indexer(pd.Index(table["id"]))
    if (places < 0).any():
        raise DataError(
            f"{table['id'].iloc[int(np.argmax(places < 0))]} was predicted, but is not among the "
            "pictures: the two tables are of different data sets. Predict again to make both."
        )
    found: pd.DataFrame = pictures.iloc[places].reset_index(drop=True)
    return found


def write_pictures(path: Path, pictures: pd.DataFrame) -> None:
    """Writes a pictures table as Parquet, whole or not at all.

    Raises:
        DataError: See `checked_pictures`.
        StorageError: The disk is full.
    """
    checked = checked_pictures(pictures, str(path))
    with atomic_file(path) as temporary:
        parquet.write_table(arrow.Table.from_pandas(checked, preserve_index=False), temporary)


def read_pictures(path: Path) -> pd.DataFrame:
    """Reads a pictures table and checks every row of it.

    Raises:
        DataError: There is no such file, it is damaged, or see `checked_pictures`.
    """
    return checked_pictures(read_kept(path), str(path))
