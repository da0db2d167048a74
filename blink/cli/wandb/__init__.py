"""`blink wandb`: one module for each verb, imported when it is asked for."""

from typing import Final

from blink.cli.verbs import group

VERBS: Final = {"workspace": "blink.cli.wandb.workspace:workspace"}
"""Verb → where it is."""

wandb = group(
    "wandb",
    VERBS,
    "Set up a project at Weights & Biases.\n\ndocs/wandb.md says what runs log there.",
)
