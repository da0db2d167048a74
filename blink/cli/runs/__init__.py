"""`blink runs`: one module for each verb, imported when it is asked for."""

from typing import Final

import typer

from blink.cli.verbs import Verbs

VERBS: Final = {
    "ls": "blink.cli.runs.ls:alone",
    "show": "blink.cli.runs.show:show",
    "tail": "blink.cli.runs.tail:tail",
    "rm": "blink.cli.runs.rm:rm",
    "archive": "blink.cli.runs.archive:archive",
}


class _RunsVerbs(Verbs):
    verbs = VERBS


runs = typer.Typer(
    name="runs",
    cls=_RunsVerbs,
    help="See how runs are and what they take, follow one, tidy them away.\n\n"
    "A run is a folder below runs/; RUN is that folder, or how its path ends: f64e. "
    "docs/runs.md says what lies in one.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@runs.callback()
def _options() -> None:
    """Makes `runs` a group, though it registers no command before one is asked for."""
