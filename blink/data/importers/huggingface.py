import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from blink.contract import ConfigError, DataError
from blink.data.archive import LARGEST_MEMBER, Archive
from blink.data.importers.general import GeneralEyes
from blink.data.importers.hub import commit_of, explained, hub_splits, library, local_splits
from blink.data.importers.picture import Picture, Skip

_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?", re.ASCII)


@dataclass(frozen=True)
class _NoFiles:
    """The archive of a source whose pictures all lie within its table."""

    content: Callable[[], str]
    members: Sequence[str] = ()

    def read(self, member: str) -> bytes:
        raise DataError(f"{member}: it is no part of the data set")

    def stamp(self, member: str) -> str:
        return "missing"

    def key(self, members: Collection[str] | None = None) -> str:
        return self.content()


@dataclass(frozen=True, kw_only=True)
class HuggingFaceEyes(GeneralEyes):
    """A data set of the library `datasets`: a name on the Hugging Face Hub, or a local path.

    A path is a folder of `save_to_disk`, a folder that `load_dataset` understands (Parquet files,
    pictures in folders), or one Parquet file; nothing but these files is read for it, and no
    network is used. Pictures are taken as they are, never decoded and encoded again. A label that
    is null is not known, nor is the number -1 unless `--state -1=…` says what it means; a row
    whose person is either is listed as a fault.

        blink data import huggingface someone/eyes --out eyes-v1 --split train --subject-in person
        blink data import huggingface eyes.parquet --out eyes-v1 --label-in state --no-subject
    """

    kind: ClassVar[str] = "huggingface"
    home: ClassVar[str] = "the Hugging Face Hub"
    unit: ClassVar[str] = "row"
    version: ClassVar[int] = 2
    people_in: ClassVar[str] = "--subject-in COLUMN, or "

    split: str = field(
        default="", metadata={"help": "Which split; may be left out where there is one alone."}
    )
    subset: str | None = field(
        default=None, metadata={"help": "Which subset (configuration), where there are several."}
    )
    revision: str | None = field(
        default=None,
        metadata={"help": "Commit, tag or branch on the Hub; the newest if left out."},
    )
    image_in: str = field(default="image", metadata={"help": "Column of the pictures."})
    label_in: str = field(default="label", metadata={"help": "Column of the eye's state."})
    subject_in: str | None = field(default=None, metadata={"help": "Column of the person."})

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.has_people and self.subject_from is not None:
            raise ConfigError("--subject-in and --subject-from both name people. Drop one.")

    @property
    def has_people(self) -> bool:
        """Whether a column names the person."""
        return self.subject_in is not None

    @property
    def is_available(self) -> bool:
        """Whether the path is there, or may be a name on the Hub."""
        return self.path.exists() or bool(self._is_name and find_spec("datasets"))

    def open(self) -> AbstractContextManager[Archive]:
        """Opens the folder; a Parquet file and a name on the Hub hold their pictures themselves.

        Raises:
            DataError: There is no such folder, file or name.
        """
        if self.path.is_dir():
            return super().open()
        if self.path.is_file():
            return nullcontext(_NoFiles(self._file_hash))
        if not self._is_name:
            raise DataError(f"{self.path} is missing, and it is no name on the Hugging Face Hub.")
        return nullcontext(_NoFiles(self._commit))

    def pictures(self, archive: Archive, skip: Skip) -> Iterator[Picture]:
        """One for each row, in the data set's order; each is named by its split and its number.

        Raises:
            ConfigError: The library is not installed; there is no such split or column.
            DataError: The data set is missing, damaged, or wants files from elsewhere.
        """
        with TemporaryDirectory() as cache:
            if self.path.exists():
                splits = local_splits(self.path, self.subset, Path(cache))
            else:
                name = self.path.as_posix()
                splits = hub_splits(name, self.subset, archive.key(), Path(cache))
            split, rows = self._chosen(splits)
            words = self._words(rows.features)
            for number, row in enumerate(self._narrowed(rows)):
                try:
                    picture = self._picture(f"{split}/{number}", row, words)
                except DataError as error:
                    skip(f"{split}, row {number}", str(error))
                else:
                    yield picture

    def _picture(self, name: str, row: Mapping[str, Any], words: Mapping[str, "_Word"]) -> Picture:
        image = row[self.image_in] or {}
        encoded, path = image.get("bytes"), image.get("path") or ""
        member = self._within(path)
        source = f"{name}/{member or PurePosixPath(path).name}".removesuffix("/")
        said = {column: word(row[column]) for column, word in words.items()}
        person = said[self.subject_in] if self.subject_in is not None else None
        columns = self.columns(source, said[self.label_in] or "unsure", person)
        if encoded:
            if len(encoded) > LARGEST_MEMBER:
                raise DataError(f"its picture is larger than {LARGEST_MEMBER:,} bytes")
            return Picture(source, columns, encoded=encoded)
        if not path:
            raise DataError("it has no picture")
        if member is None:
            raise DataError(
                "its picture lies outside of the data set; on the Hub, the converted "
                "data set holds its pictures: --revision refs/convert/parquet"
            )
        return Picture(source, columns, member)

    def _within(self, path: str) -> str | None:
        """A picture's path below the data set's folder; None where it lies elsewhere."""
        place = PurePosixPath(path)
        if not place.is_absolute():
            return path if path and "://" not in path and ".." not in place.parts else None
        root = PurePosixPath(self.path.resolve().as_posix())
        inside = place.is_relative_to(root) and ".." not in place.parts
        return place.relative_to(root).as_posix() if inside else None

    def _chosen(self, splits: Mapping[str, Any]) -> tuple[str, Any]:
        if not self.split and len(splits) == 1:
            return next(iter(splits.items()))
        if self.split not in splits:
            raise ConfigError(
                f"{self.path} has the splits {', '.join(splits)}. Say which one: --split …"
            )
        return self.split, splits[self.split]

    def _words(self, features: Mapping[str, Any] | None) -> dict[str, "_Word"]:
        """What reads the cells of each column that holds words; the pictures are checked too."""
        kit = library()
        known = features or {}
        wanted = [self.image_in, self.label_in, *([self.subject_in] if self.subject_in else [])]
        for name in wanted:
            if name not in known:
                raise ConfigError(
                    f"{self.path} has no column {name!r}; it has {', '.join(known) or 'none'}. Say "
                    "which holds what: --image-in, --label-in, --subject-in."
                )
        image = known[self.image_in]
        if not (isinstance(image, kit.Image) or _holds_bytes(image)):
            raise ConfigError(f"The column {self.image_in!r} of {self.path} holds no pictures.")
        words = {}
        for name in wanted[1:]:
            feature = known[name]
            if not isinstance(feature, kit.ClassLabel | kit.Value):
                raise ConfigError(f"The column {name!r} of {self.path} holds no words or numbers.")
            is_said = name == self.label_in and self.is_state("-1")
            words[name] = _Word(getattr(feature, "names", None), is_said)
        return words

    def _narrowed(self, rows: Any) -> Iterator[Mapping[str, Any]]:
        """The rows with the columns that are read alone, pictures as files."""
        columns = {self.image_in, self.label_in, self.subject_in or self.label_in}
        with explained(self.path):
            narrow = rows.select_columns(sorted(columns))
            iterator = iter(narrow.cast_column(self.image_in, library().Image(decode=False)))
        while True:
            with explained(self.path):
                row = next(iterator, None)
            if row is None:
                return
            yield row

    @property
    def _is_name(self) -> bool:
        return _NAME.fullmatch(self.path.as_posix()) is not None

    def _file_hash(self) -> str:
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _commit(self) -> str:
        return commit_of(self.path.as_posix(), self.revision)


@dataclass(frozen=True)
class _Word:
    """A cell as a word: a class by its name, anything else as it is written; "" if not known.

    Attributes:
        names: Of the classes, by their number; None where cells are no numbers of classes.
        is_said: Whether somebody said what -1 means; else it is not known, as a null.
    """

    names: Sequence[str] | None
    is_said: bool

    def __call__(self, value: Any) -> str:
        if value is None:
            return ""
        if self.names is None:
            return "" if value == -1 and not self.is_said else str(value).strip()
        if value >= len(self.names):
            raise DataError(f"there is no class {value}")
        return self.names[value] if value >= 0 else ""


def _holds_bytes(feature: Any) -> bool:
    """Whether a column not declared as pictures holds files: bytes, alone or in a struct."""
    inner = feature.get("bytes") if isinstance(feature, dict) else feature
    return getattr(inner, "dtype", None) in ("binary", "large_binary")
