"""A bundle as one file: `NAME.blink`, a zip that is the same to the byte for the same files.

Nothing in it is compressed, so that it cannot grow when it is unpacked; the names are those of the
bundle's files, sorted, and their dates the zip format's first.
"""

import os
import re
import stat
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from blink.contract.atomic import atomic_file, atomic_folder
from blink.contract.errors import BundleError
from blink.runtime.bundle import Bundle, load_bundle
from blink.runtime.entries import FILE, FILE_NAME
from blink.runtime.folder import (
    BESIDE,
    MOST_FILES,
    SIGNATURE,
    check_outside,
    largest,
    read_entry,
)

SUFFIX: Final = ".blink"
_LARGEST: Final = 256 << 20
_FIRST_DATE: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_MODE: Final = (stat.S_IFREG | 0o644) << 16
_ENCRYPTED: Final = 0x1 | 0x40


def pack_bundle(folder: Path, file: Path) -> Bundle:
    """Writes a bundle, with its signature and the latencies that lie beside it, as one file.

    Args:
        folder: The bundle's; it is verified first.
        file: An older packed bundle is replaced.

    Raises:
        BundleError: The bundle is not whole, has a latency that could not be unpacked, or the file
            would lie in a bundle's folder, or is there already and no packed bundle.
        StorageError: The file could not be written.
    """
    check_outside(file)
    _refuse_other(file)
    bundle = load_bundle(folder)
    beside = [path.name for path in (*folder.glob(BESIDE), folder / SIGNATURE) if path.is_file()]
    names = {FILE, *bundle.files, *beside}
    with atomic_file(file) as temporary, zipfile.ZipFile(temporary, "w") as archive:
        for name in sorted(names):
            entry = zipfile.ZipInfo(name, _FIRST_DATE)
            entry.create_system, entry.external_attr = _UNIX, _MODE
            archive.writestr(entry, read_entry(folder / name))
        _check(folder, archive.infolist(), _LARGEST)
    return bundle


def unpack_bundle(file: Path, folder: Path) -> Bundle:
    """Writes a packed bundle's folder, whole, once everything in it is verified.

    Args:
        file: As `pack_bundle` wrote it.
        folder: Must not be there yet.

    Raises:
        BundleError: It is no packed bundle, holds what none holds (paths, links, compressed or
            encrypted files, a name twice), the bundle in it is not whole, or the folder is there,
            or would lie in a bundle's.
        StorageError: The folder could not be written.
    """
    if os.path.lexists(folder):
        raise BundleError(f"{folder} is there already. Name another folder, or remove it.")
    check_outside(folder)
    files = _read(file)
    with atomic_folder(folder) as temporary:
        for name, data in files.items():
            (temporary / name).write_bytes(data)
        try:
            bundle = load_bundle(temporary)
        except BundleError as error:
            fault = str(error).replace(str(temporary), str(file))
            raise BundleError(fault) from None
    return replace(bundle, folder=folder)


def _refuse_other(file: Path) -> None:
    """Refuses to replace what is there already, unless it is a packed bundle."""
    if not os.path.exists(file):  # noqa: PTH110 - `Path.exists` lets some errors out
        return
    try:
        is_packed = FILE in _read(file)
    except BundleError:
        is_packed = False
    if not is_packed:
        raise BundleError(
            f"{file} is there already, and is no packed bundle. Nothing is overwritten: name "
            "another file, or move that one away."
        )


def _read(file: Path) -> dict[str, bytes]:
    try:
        if not stat.S_ISREG(file.stat().st_mode) or file.stat().st_size > _LARGEST:
            raise BundleError(f"{file} is no file of at most {_LARGEST:,} bytes: no packed bundle.")
        with file.open("rb") as opened, zipfile.ZipFile(opened) as archive:
            entries = archive.infolist()
            _check(file, entries, os.fstat(opened.fileno()).st_size)
            return {entry.filename: archive.read(entry) for entry in entries}
    except FileNotFoundError:
        raise BundleError(f"{file} is not there.") from None
    except OSError as error:
        raise BundleError(f"{file} cannot be read: {error.strerror}.") from error
    except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
        raise BundleError(
            f"{file} is no packed bundle ({error}). Copy it again, whole, or pack it again."
        ) from None


def _check(source: Path, entries: list[zipfile.ZipInfo], room: int) -> None:
    """Whether entries are such as a packed bundle may have.

    Args:
        source: Whose they are, for messages.
        entries: Of the zip.
        room: Bytes that all of them may take.
    """
    if len(entries) > MOST_FILES:
        raise BundleError(f"{source} holds more than {MOST_FILES:,} files: it is no bundle.")
    for entry in entries:
        _check_entry(source, entry)
    if sum(entry.file_size for entry in entries) > room:
        raise BundleError(f"{source} says to hold more than the {room:,} bytes that it can.")
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) != len(names):
        raise BundleError(
            f"{source} holds a file twice, capitals not counted. Rename one, and pack it again."
        )


def _check_entry(source: Path, entry: zipfile.ZipInfo) -> None:
    name, mode = entry.filename, entry.external_attr >> 16
    if not re.fullmatch(FILE_NAME, name):
        raise BundleError(
            f"{source} holds {name[:60]!r}, which is no file of a bundle: names are of up to 100 "
            "letters, digits, and . _ - within. Rename it, and pack it again."
        )
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise BundleError(f"{source} holds {name}, which is no ordinary file.")
    if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & _ENCRYPTED:
        raise BundleError(f"{source} holds {name} compressed or encrypted; pack it again.")
    if not entry.file_size == entry.compress_size <= largest(name):
        raise BundleError(f"{source} holds {name}, which is too large.")
