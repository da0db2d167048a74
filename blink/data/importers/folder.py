import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar

from blink.contract import DataError
from blink.contract.wording import plural
from blink.data.archive import Archive
from blink.data.importers.general import GeneralEyes
from blink.data.importers.picture import Picture, Skip

log = logging.getLogger(__name__)

_NOTES = (
    *(".csv", ".htm", ".html", ".ini", ".json", ".jsonl", ".log", ".md", ".npy", ".npz", ".pdf"),
    *(".pkl", ".py", ".toml", ".tsv", ".txt", ".xls", ".xlsx", ".xml", ".yaml", ".yml"),
)
"""Names of what is kept beside pictures and is none; any other file is taken for a picture."""
_CLUTTER = re.compile(r"(readme|licen[cs]e|citation|changelog|checksums?)(\.\w+)?", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class FolderEyes(GeneralEyes):
    r"""Pictures in folders named after the state of the eye: `open/…`, `closed/…`, `unsure/…`.

    The state's folder may stand anywhere in the path (`closed/s01/7.png`, `s01/closed/7.png`), but
    a path that names two different states, or none, is refused. A zip is read as the folder
    that it would be extracted to. Files whose names say that they are notes, such as .json or .txt,
    are passed over.

        blink data import folder eyes --out eyes-v1 --subject-from '(s\d+)/'
        blink data import folder eyes.zip --out eyes-v1 --state Zu=closed --state Auf=open …
    """

    kind: ClassVar[str] = "folder"
    version: ClassVar[int] = 2

    def pictures(self, archive: Archive, skip: Skip) -> Iterator[Picture]:
        """All pictures below a state's folder, sorted by their path."""
        files = [m for m in archive.members if not _CLUTTER.fullmatch(PurePosixPath(m).name)]
        pictures = [m for m in files if PurePosixPath(m).suffix.lower() not in _NOTES]
        if passed := len(files) - len(pictures):
            number = plural(passed, "file")
            log.warning("%s: passed over %s whose names say no picture", self.name, number)
        for member in pictures:
            try:
                columns = self.columns(member, self._word(member))
            except DataError as error:
                skip(member, str(error))
            else:
                yield Picture(member, columns, member)

    def _word(self, member: str) -> str:
        """The folder of a path that names the state."""
        folders = PurePosixPath(member).parts[:-1]
        words = [folder for folder in folders if self.is_state(folder)]
        if len({self.label(word) for word in words}) == 1:
            return words[0]
        if words:
            raise DataError(f"its path names more than one state: {', '.join(words)}")
        if not folders:
            raise DataError("it lies in no folder that says whether the eye is open or closed")
        raise DataError(
            "none of its folders is a known state; say what the one that is one means, as in "
            "--state FOLDER=closed"
        )
