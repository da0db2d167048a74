"""Eyes that a file of the user's lists, with the pictures in a place of their own."""

import hashlib
import re
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from blink.contract import DataError
from blink.data.archive import Archive
from blink.data.importers.general import GeneralEyes


@dataclass(frozen=True, kw_only=True)
class ListedEyes(GeneralEyes):
    """Eyes that a file lists, such as a table or annotations; its pictures lie beside it or not."""

    images: Path | None = field(
        default=None,
        metadata={"help": "Folder or zip that holds the pictures; the file's folder if left out."},
    )

    def __post_init__(self) -> None:
        if self.images is not None:
            object.__setattr__(self, "images", Path(self.images))
        super().__post_init__()

    @property
    def root(self) -> Path:
        """The folder or zip that the pictures lie in."""
        return self.path.parent if self.images is None else self.images

    def open(self) -> AbstractContextManager[Archive]:
        """Opens what the pictures are read from; the list has to be there, too.

        Raises:
            DataError: One of them is missing, or is not what it should be.
        """
        if self.path.is_dir():
            raise DataError(
                f"{self.path} is a folder, and {self.kind} reads a file that lists pictures: name "
                "that file. A folder of pictures is read by: blink data import folder"
            )
        if not self.path.exists():
            raise DataError(f"{self.path} is missing: there is no such file. Mend the path.")
        return super().open()

    def content(self, archive: Archive) -> str:
        """Hash of the list and of the pictures that it names; what else lies there has no part.

        Raises:
            ConfigError: What was asked for does not fit the list.
            DataError: The list cannot be read.
        """
        named = {picture.member for picture in self.pictures(archive, lambda *_: None)}
        if self.images is None:
            named.add(self.path.name)  # keys were made so, and stay
        try:
            with self.path.open("rb") as file:
                listed = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise DataError(f"{self.path} cannot be read ({error.strerror}).") from error
        return archive.key(named) + listed

    @property
    def options(self) -> dict[str, Any]:
        """All options but where the pictures lie, as JSON-ready values."""
        return {name: value for name, value in super().options.items() if name != "images"}

    @property
    def is_available(self) -> bool:
        """Whether the file is where it is looked for."""
        return self.path.is_file()


def member_below(text: str) -> str:
    """A path that a list names, as a member of the folder or zip of its pictures.

    Raises:
        DataError: It is left out, or no place below that folder.
    """
    if not text:
        raise DataError("its path is left out")
    path = PurePosixPath(text)
    if "\\" in text or ".." in path.parts or path.is_absolute() or re.match("[A-Za-z]:", text):
        raise DataError(
            "its path is no place below the folder of the pictures: paths are relative to it, with "
            "forward slashes, and do not lead out of it"
        )
    return path.as_posix()
