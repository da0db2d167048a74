from dataclasses import dataclass
from pathlib import Path

from blink.contract import ConfigError
from blink.data.manifest import FILE, Manifest, read_manifest
from blink.data.split import Split


@dataclass(frozen=True)
class Prepared:
    """A data set that `blink data` made, with the split that was saved for it.

    Attributes:
        folder: Of the data set.
        split: The table of people and roles, from `blink data split`.

    Raises:
        ConfigError: One of them is not named.
    """

    folder: Path
    split: Path

    def __post_init__(self) -> None:
        if not self.folder or not self.split:
            raise ConfigError(
                "data=prepared needs a data set and its split: data.folder=FOLDER "
                "data.split=SPLIT.csv, both made by `blink data`."
            )
        object.__setattr__(self, "folder", Path(self.folder))
        object.__setattr__(self, "split", Path(self.split))

    @property
    def is_available(self) -> bool:
        """Whether both are there."""
        return (self.folder / FILE).is_file() and self.split.is_file()

    def prepare(self) -> tuple[Manifest, Split]:
        """Opens and checks both.

        Raises:
            DataError: One is missing or cannot be trusted, or they do not belong together.
        """
        manifest = read_manifest(self.folder)
        return manifest, Split.read(self.split, manifest)
