"""The page around its views: head, navigation, what is chosen."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from blink.dashboard.views import comparison, curves, importance, parallel, slices, table, trade_off
from blink.dashboard.views.pieces import control, labelled

REFRESH: Final = 2000
"""Milliseconds from one look at the folder to the next."""


@dataclass(frozen=True)
class View:
    """A view.

    Attributes:
        path: Its address.
        title: In the navigation.
        parts: What stands in it.
    """

    path: str
    title: str
    parts: Sequence[Component]

    @property
    def id(self) -> str:
        """Of its section."""
        return f"view{self.path.replace('/', '-')}"


def views() -> tuple[View, ...]:
    """All of them, in the order of the navigation; the last is about one run, and not in it."""
    return (
        View("/", "Runs", table.layout()),
        View("/curves", "Curves", curves.layout()),
        View("/settings", "Settings", parallel.layout()),
        View("/importance", "Importance", importance.layout()),
        View("/trade-off", "Trade-off", trade_off.layout()),
        View("/slices", "Slices", slices.layout()),
        View("/compare", "Compare", comparison.layout()),
        View("/run", "Run", [html.Div(id="run")]),
    )


def layout(root: Path) -> Component:
    """The whole page, all views but the first hidden."""
    found = views()
    sections = [
        html.Section(
            [html.H2(view.title, className="unseen"), *view.parts],
            id=view.id,
            hidden=view.path != "/",
        )
        for view in found
    ]
    return html.Div(
        [
            html.A("Skip to the content", className="skip", href="#main"),
            html.Header([_head(root), _navigation(found[:-1]), _filters(), _chosen()]),
            html.Main(sections, id="main", tabIndex="-1"),
            dcc.Store(id="paths", data=[view.path for view in found]),
            *_memory(),
        ]
    )


def _head(root: Path) -> Component:
    return html.Div(
        [
            html.H1([html.Span("Blink", className="brand"), " runs"]),
            html.Code(str(root), className="root"),
            html.P("Reading…", id="status", className="note", role="status"),
        ],
        className="head",
    )


def _navigation(found: Sequence[View]) -> Component:
    links = [html.Li(dcc.Link(view.title, href=view.path)) for view in found]
    return html.Nav(html.Ul(links), id="navigation", **labelled("Views"))


def _filters() -> Component:
    search = dcc.Input(
        id="search", type="search", debounce=0.3, placeholder="name, question, setting=value, …"
    )
    return html.Div(
        [
            control("Search", search, wide=True),
            control("State", dcc.Dropdown(id="states", multi=True, placeholder="any")),
            control("Study", dcc.Dropdown(id="studies", multi=True, placeholder="any")),
            control("Judged on", dcc.Dropdown(id="on", clearable=False, placeholder="nothing yet")),
        ],
        className="filters",
        role="search",
    )


def _chosen() -> Component:
    return html.Div(
        [
            html.Span("No run chosen: tick some in the table.", id="chosen-words", role="status"),
            html.Button("Choose none", id="clear", type="button", hidden=True),
        ],
        className="chosen",
    )


def _memory() -> list[Component]:
    """What is remembered, and what ticks."""
    return [
        dcc.Location(id="location"),
        dcc.Interval(id="pulse", interval=REFRESH),
        dcc.Store(id="version"),
        dcc.Store(id="shown", data=[]),
        dcc.Store(id="chosen", data=[]),
        dcc.Store(id="theme", data="light"),
        dcc.Store(id="filtered"),
    ]
