from pathlib import Path
from typing import Annotated

import typer

from blink.cli.outcome import leave

Of = Annotated[Path, typer.Argument(metavar="SPLIT.csv", help="A split that was saved.")]


def seal(split: Of) -> None:
    """Seal the test people of a split: from now on every look at them is counted.

    A test set that was looked at often has been trained on by its readers. Once it is sealed, each
    run that judges a net on it adds a line to the ledger beside it (when, which run, which command,
    which commit, which bundles), and every report says how often it has been looked at. The split
    is refused without its ledger, and with one if its seal was taken off. A line that was changed,
    or taken from the middle, is noticed; the end can be cut by whoever owns the file.

    Example:
        blink data seal mrl.csv

    A run that is resumed and judges the very same bundles again counts once.
    """
    from blink.data.split import ledger_path, seal_split

    ledger = seal_split(split)
    typer.echo(f"Sealed {split}: looks at its test people are counted in {ledger.path}.")
    leave(
        ledger_path(split).with_suffix(".json"),
        {"split": ledger.subject, "ledger": ledger.path.name, "looks": 0},
        quietly=True,
    )
