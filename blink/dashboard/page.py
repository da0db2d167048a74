"""The page as an application: layout, style, callbacks, and the files of runs."""

from functools import partial
from pathlib import Path
from typing import Final

from dash import Dash

from blink.dashboard.callbacks import register
from blink.dashboard.files import send_run_file
from blink.dashboard.shelf import Shelf
from blink.dashboard.views.frame import layout
from blink.pages import base_style

_INDEX: Final = """<!doctype html>
<html lang="en">
<head>
{%metas%}
<title>{%title%}</title>
{%favicon%}
<style>BASE</style>
{%css%}
</head>
<body>
<noscript>This page needs JavaScript; blink runs ls shows the runs without it.</noscript>
{%app_entry%}
{%config%}
{%scripts%}
{%renderer%}
</body>
</html>"""


def make_page(shelf: Shelf) -> Dash:
    """Everything but the server; all scripts are served from here."""
    page = Dash(
        "blink.dashboard",
        assets_folder=str(Path(__file__).parent / "assets"),
        index_string=_INDEX.replace("BASE", base_style()),
        title="Blink runs",
        update_title="",
        add_log_handler=False,
    )
    page.layout = layout(shelf.root)
    register(page, shelf)

    page.server.add_url_rule(
        "/files/<path:run>/-/<path:path>", view_func=partial(send_run_file, shelf), endpoint="file"
    )
    return page


def policy(page: Dash) -> str:
    """Content security policy: nothing from anywhere else, and no script but the page's own."""
    scripts = " ".join(["'self'", *page.csp_hashes()])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
