import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import vl_convert
from markupsafe import Markup

from blink.contract import atomic_file
from blink.pages.charts import MARK
from blink.pages.environment import Filters, environment

_HERE = Path(__file__).parent


def render(package: str, template: str, filters: Filters | None = None, **values: Any) -> str:
    """A page's text. The same values give the same page.

    The template extends `base.html.j2` and fills its blocks: `title`, `style`, `header`, `main`,
    `footer`. Macros for tables, tracks and pictures are in `macros.html.j2`.

    The page carries its scripts, those for charts only where it has one, and a policy that allows
    nothing else: no other script, and no request to anywhere.

    Args:
        package: The package beside whose modules the template lies.
        template: Its file name.
        filters: Its own ones, by name.
        values: What it shows.
    """
    made = environment(package, filters)
    made.globals["scripts_for"] = _scripts_for
    made.filters["digest"] = _digest
    return made.get_template(template).render(**values)


def write_page(path: Path, page: str) -> None:
    """Writes a page whole.

    Raises:
        StorageError: The disk is full.
    """
    with atomic_file(path) as temporary:
        temporary.write_text(page, encoding="utf-8", newline="\n")


def _scripts_for(body: str) -> list[Markup]:
    wanted = [_script("sort.js")] if "sortable" in body else []
    return [*wanted, _library(), _script("charts.js")] if MARK in body else wanted


def _script(name: str) -> Markup:
    return Markup((_HERE / name).read_text("utf-8"))  # noqa: S704 - our own


@cache
def _library() -> Markup:
    """Vega, Vega-Lite and Vega-Embed; some 0.9 MB, and a second to put together."""
    bundle = vl_convert.javascript_bundle()  # type: ignore[call-arg] # its stub asks for too much
    return Markup(bundle)  # noqa: S704 - an installed library


def _digest(script: str) -> str:
    """By this name a content security policy allows an inline script."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"
