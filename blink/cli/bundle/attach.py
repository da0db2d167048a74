from pathlib import Path
from typing import Annotated

import typer

from blink.cli.options import BundleFolder

Latency = Annotated[
    Path, typer.Argument(metavar="LATENCY", help="What export/benchmark.py wrote on another CPU.")
]


def attach(folder: BundleFolder, latency: Latency) -> None:
    """Attach a latency that was measured elsewhere to the bundle that it was measured of.

    It lies beside the bundle, one file for each CPU, outside of what is hashed and signed.

    Example:
        blink bundle attach export/zoo/standard latency.json
    """
    from blink.latency import attach as attach_latency

    typer.echo(f"Wrote {attach_latency(folder, latency)}")
