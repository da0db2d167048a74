"""`blink wandb`: one module for each verb, imported when it is asked for."""

from typing import Final

import typer

from blink.cli.verbs import Verbs

VERBS: Final = {"workspace": "blink.cli.wandb.workspace:workspace"}
"""Verb → where it is."""


class _WandbVerbs(Verbs):
    verbs = VERBS


wandb = typer.Typer(
    name="wandb",
    cls=_WandbVerbs,
    help="Set up a project at Weights & Biases.\n\ndocs/wandb.md says what runs log there.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@wandb.callback()
def _options() -> None:
    """Makes `wandb` a group, though it registers no command before one is asked for."""
