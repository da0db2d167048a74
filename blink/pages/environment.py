from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

Filters = Mapping[str, Callable[..., Any]]


def environment(package: str, filters: Filters | None = None, *, html: bool = True) -> Environment:
    """Where templates are read: those of a package, and the layout and macros of this one.

    Args:
        package: The package beside whose modules the templates lie.
        filters: Its own ones, by name.
        html: Whether the templates make HTML, into which every text is escaped, or Markdown.
    """
    loader = ChoiceLoader([PackageLoader(name, "") for name in (package, "blink.pages")])
    made = Environment(
        loader=loader,
        autoescape=html,  # noqa: S701 - Markdown is not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=not html,
    )
    made.filters |= dict(filters or {})
    return made
