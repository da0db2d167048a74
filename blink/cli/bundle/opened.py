import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """The folder of a bundle: itself, or where a packed one is unpacked for the while.

    Raises:
        BundleError: The packed bundle is none, or not whole.
    """
    from blink.runtime.packed import SUFFIX, unpack_bundle

    if path.suffix != SUFFIX or path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="blink-unpacked-") as folder:
        yield unpack_bundle(path, Path(folder) / path.stem).folder
