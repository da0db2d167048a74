from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from blink.cli.bundle.opened import opened
from blink.cli.options import AnyBundle

if TYPE_CHECKING:
    from blink.runtime import Bundle

Keys = Annotated[
    list[str] | None,
    typer.Option("--key", metavar="KEY", help="A public key that is trusted; may be repeated."),
]


def verify(subject: AnyBundle, key: Keys = None) -> None:
    """Verify a bundle: files, graphs, signature, and its golden answers on this machine.

    Every file's hash is checked, every graph is examined before ONNX Runtime sees it, and each
    precision answers the golden crops again. With --key, one of the keys has to have signed it;
    a key is the path of a PEM file, or 32 bytes in base64.

    Example:
        blink bundle verify export/zoo/standard --key release.pem.pub

    Exit status: 0 it is whole and answers as it did where it was exported, 1 it is not.
    """
    from blink.runtime.bundle import load_bundle

    with opened(subject) as folder:
        found = load_bundle(folder, trusted_keys=key or None)
        typer.echo(f"{found.name}: {len(found.files) + 1} files, none missing, none changed")
        typer.echo(f"signature: {_signature(folder, bool(key))}")
        for line in _answers(found):
            typer.echo(line)
    typer.echo(f"{subject} is what was exported.")


def _signature(folder: Path, trusted: bool) -> str:
    from blink.runtime.bundle import SIGNATURE
    from blink.runtime.signature import read_signature

    if not (folder / SIGNATURE).exists():
        return "none"
    signer = read_signature(folder)["public_key"]
    return f"right, by {signer}" if trusted else f"by {signer}; not checked, as no --key was given"


def _answers(bundle: "Bundle") -> list[str]:
    from blink.runtime import Detector

    lines = []
    for precision in sorted(bundle.precisions):
        worst = Detector(bundle, precision).verify()
        crops = len(bundle.golden_crops())
        lines.append(f"{precision}: examined; {crops} golden answers, off by at most {worst:.1e}")
    return lines
