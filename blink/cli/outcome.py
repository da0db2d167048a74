import json
import os
from pathlib import Path
from typing import Any

import typer

from blink.contract import ConfigError, StorageError, atomic_file


def leave(path: Path, outcome: dict[str, Any], *, quietly: bool = False) -> None:
    """Writes what a command did as JSON, for machines, and says where it lies.

    Args:
        path: The file; an older one of that name is replaced.
        outcome: JSON-ready values; keys are sorted.
        quietly: Say nothing, since the command says what counts.

    Raises:
        StorageError: The disk is full.
    """
    text = _text(outcome)
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    if not quietly:
        typer.echo(f"Wrote {path}")


def refuse_other(path: Path) -> None:
    """Refuses a file that is neither missing, nor empty, nor such as `leave` writes.

    Raises:
        ConfigError: Something else is there, which would be lost.
        StorageError: It cannot be read.
    """
    if not os.path.isfile(path):  # noqa: PTH113 - `Path.is_file` lets some errors out
        return
    try:
        found = path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        is_ours = not found or (found[:1] == b"{" and found == _text(json.loads(found)).encode())
    except (ValueError, RecursionError):
        is_ours = False
    if not is_ours:
        raise ConfigError(
            f"{path} is there already, and is no outcome of a command. Nothing is overwritten: "
            "name another file, or move that one away."
        )


def _text(outcome: Any) -> str:
    told = json.dumps(outcome, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return f"{told}\n"
