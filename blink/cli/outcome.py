import json
from pathlib import Path
from typing import Any

import typer

from blink.contract import whole_file


def leave(path: Path, outcome: dict[str, Any], *, quietly: bool = False) -> None:
    """Writes what a command did as JSON, for machines, and says where it lies.

    Args:
        path: The file; an older one of that name is replaced.
        outcome: JSON-ready values; keys are sorted.
        quietly: Say nothing, since the command says what counts.

    Raises:
        StorageError: The disk is full.
    """
    text = json.dumps(outcome, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    with whole_file(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8", newline="\n")
    if not quietly:
        typer.echo(f"Wrote {path}")
