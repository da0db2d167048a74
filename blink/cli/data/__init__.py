"""`blink data`: one module for each verb, imported when it is asked for.

A module holds one function, named as the verb, whose docstring is the help; a verb with verbs of
its own holds a `typer.Typer`.
"""

from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command

from blink.cli.help import shown

VERBS: Final = {
    "import": "blink.cli.data.import_:kinds",
    "audit": "blink.cli.data.audit:audit",
    "relabel": "blink.cli.data.relabel:relabel",
    "merge": "blink.cli.data.merge:merge",
    "split": "blink.cli.data.split:split",
    "seal": "blink.cli.data.seal:seal",
    "shard": "blink.cli.data.shard:shard",
    "card": "blink.cli.data.card:card",
    "log": "blink.cli.data.log:log",
    "diff": "blink.cli.data.diff:diff",
}
"""Verb → where it is, in the order of the way that data takes."""


class Verbs(TyperGroup):
    """A group whose commands are imported when they are asked for, so that help is quick."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The verbs, in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a verb, or None where there is no such verb."""
        if cmd_name not in VERBS:
            return None
        module, _, name = VERBS[cmd_name].partition(":")
        verb = getattr(import_module(module), name)
        if isinstance(verb, typer.Typer):
            return get_command(verb)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(cmd_name, help=shown(verb), no_args_is_help=True)(verb)
        return get_command(alone)


data = typer.Typer(
    name="data",
    cls=Verbs,
    help="Import, audit, relabel, split and seal data sets, and see where they came from.\n\n"
    "A data set is a folder with one table, manifest.parquet; no command changes one in place. "
    "docs/data.md shows the whole way.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@data.callback()
def _options() -> None:
    """Makes `data` a group, though it registers no command before one is asked for."""
