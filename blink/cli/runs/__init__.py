"""`blink runs`: one module for each verb, imported when it is asked for."""

from typing import Final

from blink.cli.verbs import group

VERBS: Final = {
    "ls": "blink.cli.runs.ls:alone",
    "show": "blink.cli.runs.show:show",
    "tail": "blink.cli.runs.tail:tail",
    "rm": "blink.cli.runs.rm:rm",
    "archive": "blink.cli.runs.archive:archive",
}

runs = group(
    "runs",
    VERBS,
    "See how runs are and what they take, follow one, tidy them away.\n\n"
    "A run is a folder below runs/; RUN is that folder, or how its path ends: f64e. "
    "docs/runs.md says what lies in one.",
)
