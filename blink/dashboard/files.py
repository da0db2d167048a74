"""What is served of run folders, and nothing else."""

from pathlib import Path
from typing import Final
from urllib.parse import quote

from flask import Response, abort, send_file

from blink.dashboard.listed_run import ListedRun
from blink.dashboard.shelf import Shelf

TYPES: Final = {
    ".html": "text/html",
    ".png": "image/png",
    ".json": "application/json",
    ".yaml": "text/plain; charset=utf-8",
    ".log": "text/plain; charset=utf-8",
    ".md": "text/plain; charset=utf-8",
    ".csv": "text/plain; charset=utf-8",
}
"""Ends of names that are served, and as what; a check-point or a key is none of them."""

POLICY: Final = (
    "sandbox allow-scripts allow-popups; default-src 'none'; img-src data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""A page of a run is a stranger here: it may draw itself, and can ask the dashboard for nothing."""


def address(entry: ListedRun, path: str) -> str:
    """Where a file of a run is served.

    Args:
        entry: The run.
        path: Within its folder.
    """
    return f"/files/{quote(entry.id)}/-/{quote(path)}"


def find_file(shelf: Shelf, run: str, path: str) -> Path | None:
    """The file of a run; None where there is none that may be seen.

    A link is followed only as long as it stays in the run's own folder.
    """
    entry = shelf.look().by_id.get(run)
    if entry is None or "\0" in path:
        return None
    folder = entry.folder.resolve()
    try:
        found = (folder / path).resolve(strict=True)
    except (OSError, RuntimeError):
        return None
    if not (found.is_relative_to(folder) and found.is_relative_to(shelf.root)):
        return None
    is_hidden = any(part.startswith(".") for part in found.relative_to(folder).parts)
    return found if found.is_file() and not is_hidden and found.suffix in TYPES else None


def send_run_file(shelf: Shelf, run: str, path: str) -> Response:
    """The answer to a request for a file of a run."""
    found = find_file(shelf, run, path)
    if found is None:
        abort(404, "There is no such file in a run, or it is none that the dashboard shows.")
    response = send_file(found, mimetype=TYPES[found.suffix], conditional=True)
    response.headers["Content-Security-Policy"] = POLICY
    return response
