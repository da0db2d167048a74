import logging
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from typing import Annotated, Final

import typer
from typer.main import get_command

from blink.cli.verbs import Verbs
from blink.contract import BlinkError, is_full
from blink.contract.termination import restore_handlers, stop_when_ended

VERBS: Final = {
    "data": "blink.cli.data:data",
    "evaluate": "blink.cli.evaluate:evaluate",
    "compare": "blink.cli.compare:compare",
    "advise": "blink.cli.advise:advise",
    "bundle": "blink.cli.bundle:bundle",
    "predict": "blink.cli.predict:predict",
    "runs": "blink.cli.runs:runs",
    "dashboard": "blink.cli.dashboard:dashboard",
    "wandb": "blink.cli.wandb:wandb",
}
"""Verb → where it is, in the order of the way from data to a decision."""

STATUSES = """Exit status:

\b
  0    done
  1    not done: the message says why and what to do
  2    done, and the answer is no (an audit that failed, versions that differ, DO NOT SHIP)
  130  stopped by Ctrl-C, SIGTERM or the end of the terminal"""


class _RootVerbs(Verbs):
    verbs = VERBS


app = typer.Typer(
    name="blink",
    cls=_RootVerbs,
    help="Blink: is this eye closed?\n\nData that can be trusted and decisions that hold, at a "
    f"prompt; `python train.py` trains in between.\n\n{STATUSES}",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _say_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"blink {version('blink')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Makes `blink` a group, though it registers no command before one is asked for."""


def run(argv: Sequence[str] | None = None) -> int:
    """Runs one command; what the user can mend is a message on stderr, without a traceback.

    Returns:
        The exit status, see `blink.cli.main`.
    """
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    words = None if argv is None else list(argv)
    heard = stop_when_ended()
    try:
        status = get_command(app)(words, prog_name="blink", standalone_mode=False)
    except typer.TyperException as error:  # a word that is not known
        typer.echo(_message(error), err=True)
        return 1
    except BlinkError as error:
        typer.echo(str(error), err=True)
        return 1
    except OSError as error:
        if not is_full(error):
            raise
        typer.echo(f"Not all could be written: {error}. Make room, then ask again.", err=True)
        return 1
    except (KeyboardInterrupt, typer.Abort):
        status = 130
    finally:
        restore_handlers(heard)
    if status == 130:
        with suppress(OSError):  # the terminal may be gone
            typer.echo("Stopped. Nothing half-written was kept.", err=True)
    return status if isinstance(status, int) else 0


def _message(error: typer.TyperException) -> str:
    message, context = error.format_message(), getattr(error, "ctx", None)
    if context is None or message.startswith("Usage:"):  # the help, where no word was given
        return message
    return f"{message}\nSee: {context.command_path} --help"
