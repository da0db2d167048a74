import inspect
import re
from typing import Any

_SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields):$", re.MULTILINE)


def shown(described: Any) -> str:
    """The help that a docstring is: without the sections for programmers, its examples kept.

    A paragraph with an indented line (an example, a table) is shown line by line; the others are
    filled to the width of the terminal.
    """
    text = _SECTION.split(inspect.getdoc(described) or "", maxsplit=1)[0].strip()
    return "\n\n".join(map(_kept, re.split(r"\n{2,}", text)))


def _kept(paragraph: str) -> str:
    is_drawn = any(line.startswith((" ", "- ", "* ")) for line in paragraph.splitlines())
    return f"\b\n{paragraph}" if is_drawn else paragraph
