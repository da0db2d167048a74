from pathlib import Path
from typing import Annotated

import typer

from blink.cli.options import BundleFolder

Private = Annotated[
    Path,
    typer.Option("--key", metavar="FILE", help="The private key, a PEM file.", show_default=False),
]


def sign(folder: BundleFolder, key: Private) -> None:
    """Sign a bundle; an older signature is replaced.

    Signed is everything but what lies beside it (latencies). New metrics or another threshold make
    another bundle, which has to be signed again.

    Example:
        blink bundle sign export/zoo/standard --key release.pem
    """
    from blink.runtime.bundle import SIGNATURE, bundle_to_sign
    from blink.runtime.signature import sign_bundle

    bundle = bundle_to_sign(folder)
    public = sign_bundle(folder, bundle.sha256, key)
    typer.echo(f"Wrote {folder / SIGNATURE}: {bundle.name}, signed by {public}")
