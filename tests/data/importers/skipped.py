"""What an importer has left out of a data set, and why."""

import csv
from pathlib import Path

from blink.data.importers.blocks import SKIPPED


def skipped(folder: Path) -> dict[str, str]:
    """Member → fault, of the list that lies beside a manifest."""
    with (folder / SKIPPED).open(encoding="utf-8") as file:
        return {row["member"]: row["fault"] for row in csv.DictReader(file)}
