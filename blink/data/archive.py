"""Foreign archives, as downloaded or as extracted, read without trusting them."""

import hashlib
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from blink.contract import DataError

LARGEST_MEMBER = 64 * 2**20
"""Bytes; no picture of an eye is larger, so that a larger member is a trap or a mistake."""
LARGEST_RATIO = 200
"""Decompressed to compressed size of a whole archive; pictures barely shrink at all."""

_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError)
"""What zipfile raises where bytes are not what they should be."""
_FOREIGN = (RuntimeError, NotImplementedError)
"""What it raises for encryption and for methods that it does not know."""

_CLUTTER = re.compile(r"(^|/)(\.[^/]*|__MACOSX|Thumbs\.db|desktop\.ini)(/|$)")


class Archive(Protocol):
    """A set of named files; the same for a zip and for the folder that it was extracted to."""

    @property
    def members(self) -> Sequence[str]:
        """Relative names with forward slashes, sorted; what file managers leave is left out."""
        ...

    def read(self, member: str) -> bytes:
        """The bytes of one member; may be called from several threads.

        Raises:
            DataError: The member is damaged or cannot be read.
        """
        ...

    def key(self) -> str:
        """Hash of the content."""
        ...


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path
        found = (
            Path(parent, name).relative_to(path).as_posix()
            for parent, _, names in os.walk(path)
            for name in names
        )
        self.members = sorted(name for name in found if not _CLUTTER.search(name))

    def read(self, member: str) -> bytes:
        try:
            with (self._path / member).open("rb") as file:
                return _limited(file.read(LARGEST_MEMBER + 1))
        except OSError as error:
            raise DataError(f"it cannot be read ({error.strerror})") from error

    def key(self) -> str:
        digest = hashlib.sha256()
        for member in self.members:
            content = hashlib.sha256(self.read(member)).hexdigest()
            digest.update(f"{member}\0{content}\n".encode())
        return digest.hexdigest()


class _Zip:
    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        self._path, self._file = path, file
        for member in file.infolist():
            _check_member(path, member)
        files = [member for member in file.infolist() if not member.is_dir()]
        packed = sum(member.compress_size for member in files)
        size = sum(member.file_size for member in files)
        if size > LARGEST_MEMBER and size > LARGEST_RATIO * packed:
            raise DataError(
                f"{path} would grow from {packed:,} to {size:,} bytes: that is no archive of eye "
                "crops. Download it again from its own home."
            )
        names = (member.filename for member in files)
        self.members = sorted(name for name in names if not _CLUTTER.search(name))

    def read(self, member: str) -> bytes:
        try:
            with self._file.open(member) as file:
                return _limited(file.read(LARGEST_MEMBER + 1))
        except _DAMAGE as error:
            raise DataError(f"it is damaged within the zip ({error})") from error
        except _FOREIGN as error:
            raise DataError(f"it is encrypted or packed in an unknown way ({error})") from error

    def key(self) -> str:
        with self._path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def find_archive(path: Path) -> Path | None:
    """The zip or folder itself, else the folder of the same name without `.zip`, else None."""
    return next((p for p in (path, path.with_suffix("")) if p.exists()), None)


@contextmanager
def open_archive(path: Path, home: str) -> Iterator[Archive]:
    """Opens a zip, or the folder that it was extracted to.

    Args:
        path: The zip or the folder. Where a zip is named but missing, a folder of the same name
            without `.zip` beside it is taken.
        home: Where the archive can be had, for the error message.

    Yields:
        The archive, every member name checked.

    Raises:
        DataError: It is missing, no zip, truncated, or not safe to read.
    """
    found = find_archive(path)
    if found is None:
        raise DataError(
            f"{path} is missing, and so is the extracted folder {path.with_suffix('')}. Archives "
            f"are looked for in the folder that BLINK_DATA names. Get this one from {home} and "
            "put it there, or set BLINK_DATA."
        )
    if found.is_dir():
        yield _Folder(found)
        return
    try:
        file = zipfile.ZipFile(found)
    except PermissionError as error:
        raise DataError(f"{path} may not be read. Mend its permissions.") from error
    except (*_DAMAGE, *_FOREIGN) as error:
        raise DataError(
            f"{path} is no zip, or a truncated one ({error}). Download it again from {home}."
        ) from error
    with file:
        yield _Zip(path, file)


def _check_member(path: Path, member: zipfile.ZipInfo) -> None:
    name = member.orig_filename
    if not member.filename:
        fault = "a file without a name"
    elif name.startswith("/") or "\\" in name or re.match(r"[A-Za-z]:", name):
        fault = "an absolute path or one of Windows"
    elif ".." in name.split("/"):
        fault = "a path that leads out of the archive"
    elif stat.S_ISLNK(member.external_attr >> 16):
        fault = "a link"
    elif member.file_size > LARGEST_MEMBER:
        fault = f"a file of {member.file_size:,} bytes"
    else:
        return
    raise DataError(
        f"{path} holds {fault}: {name!r}. No archive of eye crops does; it was not read. "
        "Download it again from its own home."
    )


def _limited(content: bytes) -> bytes:
    if len(content) > LARGEST_MEMBER:
        raise DataError(f"it is larger than {LARGEST_MEMBER:,} bytes")
    return content
