import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """The folder of a bundle: itself, or where a packed one is unpacked for the while.

    Raises:
        BundleError: The packed bundle is none, or not whole; or what the caller finds of it, by
            the name that was given.
    """
    from blink.contract import BundleError
    from blink.runtime.packed import SUFFIX, unpack_bundle

    if path.suffix != SUFFIX or path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="blink-unpacked-") as folder:
        unpacked = unpack_bundle(path, Path(folder) / path.stem).folder
        try:
            yield unpacked
        except BundleError as error:
            raise BundleError(str(error).replace(str(unpacked), str(path))) from None
