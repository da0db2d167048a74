import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def base_style() -> str:
    """The style sheet that all pages of Blink begin with."""
    return (Path(__file__).parent / "base.css").read_text("utf-8")


@cache
def colours(*, is_dark: bool) -> Mapping[str, str]:
    """The style sheet's colours, for where its names mean nothing.

    Args:
        is_dark: Whether for a dark screen.

    Returns:
        Name, without its dashes in front, → `#rrggbb`.
    """
    blocks = re.findall(r":root \{(.*?)\}", base_style(), re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w+);", block)) for block in blocks[:2])
    return light | dark if is_dark else light  # dark is what differs from light
