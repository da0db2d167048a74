"""Runs train.py again and again, each time in a fork of this process, which has imported it.

    python -m tests.forking    # reads orders, a line of JSON each; writes exit statuses

What train.py imports takes ten seconds of a slow machine and its first export five, more than most
short runs do. Elsewhere than on Linux it is a process of its own: libraries that torch brings there
cannot be forked.
"""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import blink.early  # noqa: F401 - as train.py begins

TRAIN = Path(__file__).parents[1] / "train.py"


def main() -> None:
    """Follows one order after the other; in a child, it becomes train.py."""
    runpy.run_path(str(TRAIN))  # imports, and runs nothing
    if sys.platform == "linux":
        _export()
        _put_together()
    for line in sys.stdin:
        order = json.loads(line)
        if sys.platform != "linux":
            status = spawn(**order)
        elif child := os.fork():
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        else:
            become(**order)
            return
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


def _export() -> None:
    """Exports a layer, which makes torch import and read what any export needs."""
    import torch

    from blink.export.exporter import exporter
    from blink.export.onnx_graph import OPSET

    with exporter():
        torch.onnx.export(
            torch.nn.Linear(1, 1).eval(),
            (torch.zeros(1, 1),),
            dynamo=True,
            verbose=False,
            opset_version=OPSET,
        )


def _put_together() -> None:
    """Has the scripts of charts ready; in another process, as no fork of one that made them can."""
    from markupsafe import Markup

    from blink.pages import page

    code = "import sys, vl_convert; sys.stdout.write(vl_convert.javascript_bundle())"
    said = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True).stdout
    vars(page)["_library"] = lambda: Markup(said.decode())  # noqa: S704


def spawn(arguments: Sequence[str], variables: Mapping[str, str], stdout: str, stderr: str) -> int:
    """Runs train.py as a command, its output in files; returns its exit status."""
    with Path(stdout).open("w") as said, Path(stderr).open("w") as complained:
        return subprocess.call(
            [sys.executable, str(TRAIN), *arguments],
            env=os.environ | dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=complained,
        )


def become(
    arguments: Sequence[str], variables: Mapping[str, str], stdout: str, stderr: str
) -> None:
    """Runs train.py as a command of its own would, its output in files."""
    for number, path in ((0, os.devnull), (1, stdout), (2, stderr)):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, number)
        os.close(file)
    os.environ.update(variables)
    sys.argv = [str(TRAIN), *arguments]
    runpy.run_path(str(TRAIN), run_name="__main__")


if __name__ == "__main__":
    main()
