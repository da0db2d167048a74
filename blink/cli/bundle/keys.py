from pathlib import Path
from typing import Annotated

import typer

from blink.cli.options import outside_bundles

Private = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", callback=outside_bundles, help="Where to write the private key, as PEM."
    ),
]


def keys(private: Private) -> None:
    """Make a pair of Ed25519 keys to sign bundles with: FILE, and FILE.pub for the public one.

    Keep the private key where the release is made, and nowhere else; whoever loads a bundle needs
    the public one. An existing key is never replaced.

    Example:
        blink bundle keys release.pem
    """
    from blink.runtime.signature import make_keys

    public = Path(f"{private}.pub")
    text = make_keys(private, public)
    typer.echo(f"Wrote {private} (private) and {public} (public: {text})")
