"""What stands in the tables of a page; the macro `table` draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from blink.pages.axis import Axis

Mark = Literal["", "bold", "weak"]
"""How a track stands out."""


@dataclass(frozen=True, slots=True)
class Track:
    """A dot with its whisker on an axis, as wide as its column.

    Attributes:
        axis: The column's.
        value: Where the dot stands; None for none.
        low: Lower end of the whisker; None for none.
        high: Upper end of it.
        label: The same in words.
        mark: How it stands out.
        whole: Where a dashed line stands, for comparison.
    """

    axis: Axis
    value: float | None
    low: float | None
    high: float | None
    label: str
    mark: Mark = ""
    whole: float | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes:
        title: Its head.
        is_number: Whether it holds numbers, which stand to the right and are sorted by size.
        axis: Of its tracks, where it holds these; it is not sorted then.
    """

    title: str
    is_number: bool = False
    axis: Axis | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: What is read.
        value: By what it is sorted, if not by its text; a number column's None stands last.
        small: What stands beneath, in small print.
        tag: Class of the little label that the text stands in: `good`, `bad`, `weak`, `plain`;
            none for bare text.
        track: What is drawn instead of the text.
    """

    text: str = ""
    value: float | None = None
    small: str = ""
    tag: Literal["", "good", "bad", "weak", "plain"] = ""
    track: Track | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table; its first cell names it.

    Attributes:
        cells: One for each column.
        is_main: Whether it is the one that the table is about.
    """

    cells: Sequence[Cell]
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table, which is sorted by its heads where the browser runs scripts.

    Attributes:
        caption: What it shows; read out, not seen.
        columns: From left to right.
        lines: From top to bottom, as they stand before anybody sorts them.
        is_sortable: Whether they may be sorted.
    """

    caption: str
    columns: Sequence[Column]
    lines: Sequence[Line]
    is_sortable: bool = True
