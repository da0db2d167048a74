"""Importers of archives whose file names say everything."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace

from blink.contract import DataError
from blink.data.archive import Archive
from blink.data.importers.general import check_text
from blink.data.importers.importing import Importer
from blink.data.importers.picture import Picture, Skip


@dataclass(frozen=True)
class ArchivedEyes(Importer):
    """A data set in an archive whose file names say everything, sorted by `Picture.source`.

    A subclass names the data set and reads one file name; everything else is here.
    """

    @abstractmethod
    def picture(self, member: str) -> Picture | None:
        """What the name of a member says; None for a file that is known to be no picture.

        Raises:
            DataError: The name follows no known rule.
        """

    def pictures(self, archive: Archive, skip: Skip) -> Iterator[Picture]:
        """All members that are pictures; of two with the same name the first."""
        found: dict[str, Picture] = {}
        for member in archive.members:
            try:
                picture = self.picture(member)
                check_text(picture.source if picture else "")
            except DataError as error:
                skip(member, str(error))
                continue
            if picture is None:
                continue
            if picture.source in found:
                skip(member, "a file before it has the same name")
                continue
            found[picture.source] = replace(picture, member=member)
        for source in sorted(found):
            yield found[source]
