"""`blink data`: one module for each verb, imported when it is asked for.

A module holds one function, named as the verb, whose docstring is the help; a verb with verbs of
its own holds a `typer.Typer`.
"""

from typing import Final

from blink.cli.verbs import group

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
    "show": "blink.cli.data.show:show",
}
"""Verb → where it is, in the order of the way that data takes."""

data = group(
    "data",
    VERBS,
    "Import, audit, relabel, split and seal data sets, and see where they came from.\n\n"
    "A data set is a folder with one table, manifest.parquet; no command changes one in place. "
    "docs/data.md shows the whole way.",
)
