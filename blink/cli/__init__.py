"""The command `blink`: what the rooms can do, at a prompt. Quick to start; needs `typer`."""

import sys
from collections.abc import Sequence
from io import TextIOWrapper


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        argv: The words after `blink`; those of the process if none are given.

    Returns:
        The exit status: 0 done, 1 not done (the message says why), 2 done and the answer is no,
        130 stopped by Ctrl-C, SIGTERM or the end of the terminal.
    """
    try:
        import blink.early  # noqa: F401 - before what a verb may import

        from blink.cli.app import run
    except ModuleNotFoundError as error:
        if error.name != "typer":
            raise
        sys.stderr.write(
            "The command `blink` needs more than the runtime, which is all that is installed here. "
            "Install the rest: pip install '.[train]' in Blink's checkout\n"
        )
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return 130
    if isinstance(sys.stdout, TextIOWrapper):  # stderr never fails for want of a letter
        sys.stdout.reconfigure(errors="replace")
    return run(argv)
