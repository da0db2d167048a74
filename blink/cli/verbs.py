from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup
from typer.main import get_command

from blink.cli.help import shown


class _Commands(Mapping[str, Any]):
    """Verb → command, imported when it is asked for."""

    def __init__(self, verbs: Mapping[str, str]) -> None:
        self._verbs = verbs

    def __getitem__(self, verb: str) -> Any:
        module, _, name = self._verbs[verb].partition(":")
        found = getattr(import_module(module), name)
        if isinstance(found, typer.Typer):
            return get_command(found)
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(verb, help=shown(found), no_args_is_help=True)(found)
        return get_command(alone)

    def __iter__(self) -> Iterator[str]:
        return iter(self._verbs)

    def __len__(self) -> int:
        return len(self._verbs)

    def __contains__(self, verb: object) -> bool:
        return verb in self._verbs


class Verbs(TyperGroup):
    """A group whose commands are imported when they are asked for, so that the prompt is quick.

    A verb is a function, whose docstring is its help, or a `typer.Typer` with verbs of its own.

    Attributes:
        verbs: Verb → `module:name`, in the order in which help lists them.
    """

    verbs: ClassVar[Mapping[str, str]]

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = _Commands(self.verbs)  # type: ignore[assignment] # no verb is added later

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a verb, or None where there is no such verb."""
        if cmd_name not in self.commands:
            return None
        return self.commands[cmd_name]  # `get` would hide a KeyError of the import


def group(name: str, verbs: Mapping[str, str], summary: str) -> typer.Typer:
    """A verb with verbs of its own.

    Args:
        name: The verb.
        verbs: Those of its own, see `Verbs`.
        summary: Its help.
    """
    made = typer.Typer(
        name=name,
        cls=type("_GroupVerbs", (Verbs,), {"verbs": verbs}),
        help=summary,
        no_args_is_help=True,
        rich_markup_mode=None,
        add_completion=False,  # it would edit the start-up file of the user's shell
    )
    # A callback makes it a group, though it registers no command before one is asked for.
    made.callback()(lambda: None)
    return made
