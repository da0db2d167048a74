"""Foreign archives, as downloaded or as extracted, read without trusting them."""

import hashlib
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
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

    def stamp(self, member: str) -> str:
        """Changes when the member does, and costs next to nothing; for one that is missing too."""
        ...

    def key(self, members: Collection[str] | None = None) -> str:
        """Hash of the content: of a folder of these members alone, of a zip always of all of it."""
        ...


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._root = path.resolve()

    @cached_property
    def members(self) -> Sequence[str]:
        found: list[str] = []
        for parent, folders, names in os.walk(self._path, onerror=_not_listed, followlinks=True):
            folders[:] = [name for name in folders if self._is_looked_into(Path(parent, name))]
            files = (name for name in names if not _CLUTTER.search(name))
            found += (Path(parent, name).relative_to(self._path).as_posix() for name in files)
        return sorted(found)

    def _is_looked_into(self, folder: Path) -> bool:
        """Whether its files are members; those of a link that leads back up are there already."""
        if _CLUTTER.search(folder.name):
            return False
        if not folder.is_symlink():
            return True
        target = folder.resolve()
        if not target.is_relative_to(self._root):
            raise DataError(
                f"{folder} is a link that leads out of {self._path}: what lies there was not read. "
                "Put a copy of it in the place of the link, or take the link out."
            )
        above = (place for place in folder.parents if place.is_relative_to(self._path))
        return not any(place.resolve().is_relative_to(target) for place in above)

    def read(self, member: str) -> bytes:
        if fault := _fault(member):
            raise DataError(f"it is {fault}")
        try:
            if not (self._path / member).is_file():  # a pipe would wait for ever
                raise DataError("it cannot be read: it is no file, or it is missing")
            if not (self._path / member).resolve().is_relative_to(self._root):
                raise DataError("it is a link that leads out of the folder")
            with (self._path / member).open("rb") as file:
                return _limited(file.read(LARGEST_MEMBER + 1))
        except OSError as error:
            raise DataError(f"it cannot be read ({error.strerror})") from error

    def stamp(self, member: str) -> str:
        try:
            found = (self._path / member).stat()
        except (OSError, ValueError):
            return "missing"
        return f"{found.st_size}-{found.st_mtime_ns}"

    def key(self, members: Collection[str] | None = None) -> str:
        digest = hashlib.sha256()
        for member in self.members if members is None else sorted(members):
            try:
                content = hashlib.sha256(self.read(member)).hexdigest()
            except DataError as error:
                content = str(error)  # an import lists it as a fault; so may it stay
            digest.update(f"{member}\0{content}\n".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()


class _Zip:
    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        self._path, self._file = path, file
        for member in file.infolist():
            _check_member(path, member)
        files = [member for member in file.infolist() if not member.is_dir()]
        # What the directory says may be the same bytes many times over; the file's size is no lie.
        packed = min(sum(member.compress_size for member in files), path.stat().st_size)
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
        except KeyError:
            raise DataError("there is no such file in the zip") from None
        except _FOREIGN as error:
            raise DataError(f"it is encrypted or packed in an unknown way ({error})") from error

    def stamp(self, member: str) -> str:
        try:
            found = self._file.getinfo(member)
        except KeyError:
            return "missing"
        return f"{found.file_size}-{found.CRC}"

    def key(self, members: Collection[str] | None = None) -> str:
        with self._path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def find_archive(path: Path) -> Path | None:
    """The zip or folder itself, else the folder of the same name without `.zip`, else None."""
    places = (path, path.with_suffix("")) if path.suffix == ".zip" else (path,)
    return next((place for place in places if place.exists()), None)


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
        also = f", and so is the extracted folder {path.with_suffix('')}"
        raise DataError(
            f"{path} is missing{also if path.suffix == '.zip' else ''}. Mend the path, or get it "
            f"from {home} and put it there; what a configuration names is looked for in the folder "
            "that BLINK_DATA names."
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
        yield _Zip(found, file)


def _not_listed(error: OSError) -> None:
    raise DataError(
        f"{error.filename} cannot be listed ({error.strerror}), and may hold pictures. Mend its "
        "permissions, or move it away."
    ) from error


def _check_member(path: Path, member: zipfile.ZipInfo) -> None:
    fault = _fault(member.orig_filename) if member.filename else "a file without a name"
    if fault is None and stat.S_ISLNK(member.external_attr >> 16):
        fault = "a link"
    if fault is None and member.file_size > LARGEST_MEMBER:
        fault = f"a file of {member.file_size:,} bytes"
    if fault is not None:
        raise DataError(
            f"{path} holds {fault}: {member.orig_filename!r}. No archive of eye crops does; it was "
            "not read. Download it again from its own home."
        )


def _fault(name: str) -> str | None:
    """Why a name is no place below a folder; None if it is one."""
    if name.startswith("/") or "\\" in name or re.match(r"[A-Za-z]:", name):
        return "an absolute path or one of Windows"
    if ".." in name.split("/"):
        return "a path that leads out of the archive"
    return None


def _limited(content: bytes) -> bytes:
    if len(content) > LARGEST_MEMBER:
        raise DataError(f"it is larger than {LARGEST_MEMBER:,} bytes")
    return content
