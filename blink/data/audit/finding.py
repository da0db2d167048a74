from dataclasses import dataclass, field
from typing import Any, Final, Literal

Severity = Literal["failure", "warning", "note"]
"""A failure makes an audit fail; a warning asks for a look; a note tells."""

SEVERITIES: Final[tuple[Severity, ...]] = ("failure", "warning", "note")
"""The worst first."""

MOST_EXHIBITS = 24
"""What a page shows of one finding; its numbers count all."""


@dataclass(frozen=True)
class Exhibit:
    """Crops to be shown side by side, and what is to be seen in them.

    Attributes:
        rows: Their rows in the manifest.
        caption: One line of plain text.
    """

    rows: tuple[int, ...]
    caption: str


@dataclass(frozen=True)
class SmallTable:
    """A small table beside a finding.

    Attributes:
        columns: Heads, in plain words.
        rows: Cells, each row as long as `columns`: text, or a number, or None for "not known".
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]


@dataclass(frozen=True)
class Finding:
    """One thing that an audit found, good or bad.

    Attributes:
        name: Slug; machines find it by this.
        title: A few words.
        severity: How bad it is.
        summary: One or two sentences with their numbers.
        numbers: The same numbers and more, JSON-ready.
        exhibits: Crops that show it, worst first, at most `MOST_EXHIBITS`.
        table: Its small table, where it has one.
    """

    name: str
    title: str
    severity: Severity
    summary: str
    numbers: dict[str, Any] = field(default_factory=dict)
    exhibits: tuple[Exhibit, ...] = ()
    table: SmallTable | None = None
