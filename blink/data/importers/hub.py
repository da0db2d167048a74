"""Data sets of the library `datasets`, opened without trusting them; it is imported here alone."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from pyarrow import parquet

from blink.contract import ConfigError, DataError
from blink.data.archive import LARGEST_MEMBER, LARGEST_RATIO

_SAVED = ("state.json", "dataset_dict.json")


def library() -> Any:
    """The library `datasets`, told to count nothing.

    Raises:
        ConfigError: It is not installed.
    """
    try:
        import datasets
    except ImportError as error:
        raise ConfigError(
            "Data sets of Hugging Face are read by its library: pip install datasets"
        ) from error
    datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = False
    return datasets


def local_splits(path: Path, subset: str | None, cache: Path) -> dict[str, Any]:
    """All splits below a local path, as iterable data sets that have read nothing yet.

    Args:
        path: A folder of `save_to_disk`, one that `load_dataset` understands, or a Parquet file.
        subset: Which subset, where there are several.
        cache: An empty folder; it has to stay while the splits are read.

    Raises:
        ConfigError: The library is not installed.
        DataError: The data set is damaged, would burst the memory, or wants files from elsewhere.
    """
    kit, where = library(), path.resolve()
    with explained(path):
        if where.is_file():
            _check_growth(where)
            kind = {"data_files": str(where), "cache_dir": str(cache)}
            return dict(kit.load_dataset("parquet", streaming=True, **kind))
        if any((where / name).is_file() for name in _SAVED):
            _check_saved(where)
            found = kit.load_from_disk(str(where))
            splits = found if isinstance(found, dict) else {str(found.split or "all"): found}
            return {name: rows.to_iterable_dataset() for name, rows in splits.items()}
        builder = kit.load_dataset_builder(str(where), subset, cache_dir=str(cache))
        files = builder.config.data_files
        _check_files(where, files)
        for file in (Path(str(file)) for some in (files or {}).values() for file in some):
            if builder.name == "parquet" or file.suffix == ".parquet":
                _check_growth(file)
        return dict(builder.as_streaming_dataset())


def hub_splits(name: str, subset: str | None, commit: str, cache: Path) -> dict[str, Any]:
    """The same of a data set on the Hugging Face Hub.

    Raises:
        ConfigError: The library is not installed.
        DataError: There is no such data set, or the Hub cannot be reached.
    """
    kit = library()
    with explained(Path(name)):
        return dict(
            kit.load_dataset(name, subset, revision=commit, streaming=True, cache_dir=str(cache))
        )


def commit_of(name: str, revision: str | None) -> str:
    """The commit that a revision of a data set on the Hub stands for now.

    Raises:
        ConfigError: The library is not installed.
        DataError: There is no such data set, or the Hub cannot be reached.
    """
    library()
    from huggingface_hub import HfApi

    with explained(Path(name)):
        return str(HfApi().dataset_info(name, revision=revision).sha)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns whatever the library raises over a data set into words; it may raise anything."""
    try:
        yield
    except (ConfigError, DataError):
        raise
    except Exception as error:
        first = str(error).partition("\n")[0]
        if path.exists():
            raise DataError(
                f"{path} cannot be read as a data set of Hugging Face "
                f"({type(error).__name__}: {first})"
            ) from error
        raise DataError(
            f"{path} is no local path, and cannot be had from the Hugging Face Hub "
            f"({type(error).__name__}: {first}). Mend the name, or go online."
        ) from error


def _check_files(root: Path, files: Mapping[str, Sequence[Any]] | None) -> None:
    """Refuses a folder whose own description wants files from elsewhere."""
    for name in (str(file) for some in (files or {}).values() for file in some):
        place = Path(name)
        if not place.is_relative_to(root) or ".." in place.parts:
            raise DataError(f"{root} wants {name!r}, which lies outside of it; it was not read.")


def _check_growth(path: Path) -> None:
    """Refuses a Parquet file that says itself that it would fill the memory; nothing is unpacked.

    A row group is read at once. What holds for zips holds for each: it may not grow beyond
    LARGEST_MEMBER and LARGEST_RATIO both, nor its rows beyond LARGEST_MEMBER on average.
    """
    footer, on_disk = parquet.read_metadata(path), path.stat().st_size
    for number in range(footer.num_row_groups):
        group = footer.row_group(number)
        chunks = [group.column(place) for place in range(group.num_columns)]
        size = sum(chunk.total_uncompressed_size for chunk in chunks)
        packed = min(sum(chunk.total_compressed_size for chunk in chunks), on_disk)
        bursts = size > LARGEST_MEMBER and size > LARGEST_RATIO * packed
        if bursts or size > LARGEST_MEMBER * max(group.num_rows, 1):
            raise DataError(
                f"{path}: its row group {number} would grow from {packed:,} to {size:,} bytes for "
                f"{group.num_rows:,} rows: those are no eye crops. It was not read."
            )


def _check_saved(root: Path) -> None:
    """The same for a folder of `save_to_disk`."""
    for file in (file for name in _SAVED for file in root.rglob(name)):
        said = json.loads(file.read_text("utf-8"))
        names = [*said.get("splits", []), *(f["filename"] for f in said.get("_data_files", []))]
        for name in names:
            if PurePosixPath(name).name != name or "\\" in name:
                raise DataError(f"{file} wants {name!r}, which lies elsewhere; it was not read.")
