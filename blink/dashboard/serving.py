"""The server: waitress, bound to this machine unless a token guards it."""

import errno
import logging
import re
import secrets
import socket
import threading
import time
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from waitress.server import create_server  # type: ignore[import-untyped]

from blink.contract import ConfigError
from blink.dashboard.guard import Guard, is_loopback
from blink.dashboard.page import make_page, policy
from blink.dashboard.shelf import Shelf

THREADS: Final = 8
"""A comparison takes one of them for seconds; the rest goes on."""

_PAUSE: Final = 0.25  # seconds for those who wait for a page, between two looks
_BREATH: Final = 5.0  # seconds for the first page, before imports take the processor

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,}")


@dataclass(frozen=True)
class Place:
    """Where the page is to be had.

    Attributes:
        host: Address to bind to.
        port: 0 for any that is free.
        token: That everybody has to know; None for one that is made where it is needed.
        opens: Whether to open a browser.
    """

    host: str = "127.0.0.1"
    port: int = 8050
    token: str | None = None
    opens: bool = False


def serve(root: Path, place: Place, say: Callable[[str], None]) -> None:
    """Serves the page until Ctrl-C.

    Args:
        root: The folder of runs; it may still be empty, or missing.
        place: Where.
        say: Is told the address.

    Raises:
        ConfigError: The root is a file, the port is taken, the host is none of this machine's, or
            the token is weak.
    """
    with suppress(PermissionError):  # the page says that it is unreadable
        if root.exists() and not root.is_dir():
            raise ConfigError(
                f"{root} is no folder. Name the one that runs lie in: blink dashboard FOLDER"
            )
    if place.token is not None and not _TOKEN.fullmatch(place.token):
        raise ConfigError(
            "--token has to be 16 letters, digits, - or _ at least: it is all that keeps others "
            "out. Without --token one is made where it is needed."
        )
    logging.getLogger("waitress").setLevel(logging.ERROR)  # it warns of every short queue
    only_loopback = is_loopback(place.host)
    token = place.token or (None if only_loopback else secrets.token_urlsafe(24))
    with _listen(place) as listening:
        shelf = Shelf(root)
        page = make_page(shelf)
        guard = Guard(page.server, token=token, only_loopback=only_loopback, policy=policy(page))
        server = create_server(guard, sockets=[listening], threads=THREADS, ident="blink")
        name = f"[{place.host}]" if ":" in place.host else place.host
        address = f"http://{name}:{listening.getsockname()[1]}/"
        address += f"?token={token}" if token else ""
        say(f"{shelf.root} is shown at {address} (Ctrl-C ends it)")
        threading.Thread(target=_warm, args=(shelf,), daemon=True).start()
        if place.opens:
            webbrowser.open(address)
        server.run()


def _listen(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    try:
        return socket.create_server((place.host, place.port), family=family)
    except OSError as error:
        is_port = error.errno in (errno.EADDRINUSE, errno.EACCES)
        way_out = (
            "--port 0 takes any port that is free."
            if is_port
            else "--host has to be a name or an address of this machine."
        )
        raise ConfigError(
            f"{place.host}:{place.port} cannot be served: {error.strerror}. {way_out}"
        ) from error


def _warm(shelf: Shelf) -> None:
    """Reads the runs before anybody asks, then imports what takes seconds."""
    while shelf.look().unread:
        time.sleep(_PAUSE)
    time.sleep(_BREATH)
    import blink.evaluation.comparison  # noqa: F401

    with suppress(ImportError):  # an extra of its own
        import optuna.importance  # noqa: F401
        import sklearn.ensemble  # noqa: F401
