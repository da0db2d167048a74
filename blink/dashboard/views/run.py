"""The page of one run."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from dash import dcc, html
from dash.development.base_component import Component

from blink.contract.wording import kilobytes
from blink.dashboard.figures.curves import draw_curves
from blink.dashboard.files import address
from blink.dashboard.listed_run import ListedRun
from blink.dashboard.palette import Theme
from blink.dashboard.settings import overrides, told
from blink.dashboard.views.curves import names
from blink.dashboard.views.pieces import (
    Shown,
    duration,
    empty,
    figure,
    graph,
    moment,
    table,
    tag,
)
from blink.runs import CONFIG, METRICS, State

MOST_PICTURES: Final = 24
MOST_CURVES: Final = 4
_TAIL: Final = 6000
_FILES: Final = ("report.html", METRICS, CONFIG, "train.log")


def render(entry: ListedRun | None, id: str, theme: Theme) -> list[Component]:  # noqa: A002
    """All that is known of a run."""
    if entry is None:
        return [empty(f"There is no run {id} any more. ", dcc.Link("All runs", href="/"), ".")]
    head = [
        html.H2([entry.title, " ", tag(entry.state)]),
        *([html.P(entry.reason, className="reason")] if entry.reason else []),
    ]
    if entry.state is State.UNREADABLE:
        return head
    return [
        *head,
        *([html.P(entry.question, className="question")] if entry.question else []),
        _links(entry),
        _facts(entry),
        html.H3("What it is worth"),
        _judged(entry),
        *_curves(entry, theme),
        *_pictures(entry),
        *_log(entry),
    ]


def _links(entry: ListedRun) -> Component:
    there = [name for name in _FILES if (entry.folder / name).is_file()]
    links = [
        html.Li(html.A(name, href=address(entry, name), target="_blank", rel="noopener"))
        for name in there
    ]
    return html.Ul(links, className="links")


def _facts(entry: ListedRun) -> Component:
    by_hand = ", ".join(f"{name}={told(value)}" for name, value in overrides(entry.command).items())
    facts: list[tuple[str, Shown]] = [
        ("folder", html.Code(str(entry.folder))),
        ("command", html.Code(entry.command or "–")),
        ("set by hand", by_hand or "nothing"),
        ("study", f"{entry.study}, trial {entry.trial}" if entry.study else "none"),
        ("started, took", f"{moment(entry.started)}, {duration(entry.seconds)}"),
        ("epochs", f"{entry.epoch or 0} of {entry.epochs or '?'}"),
    ]
    return html.Dl([part for name, told in facts for part in (html.Dt(name), html.Dd(told))])


def _judged(entry: ListedRun) -> Component:
    if not entry.judgements:
        return empty("It has not been judged: a run is, when it has finished.")
    rows: list[list[Shown]] = [
        [
            one.on,
            f"{one.name} {one.precision}",
            one.accuracy.text,
            one.accuracy.gap or "",
            figure(one.p50_us),
            kilobytes(one.size_bytes),
        ]
        for one in entry.judgements
    ]
    head = ["judged on", "what ships", "balanced accuracy, %", "remark", "latency, µs", "size, kB"]
    return table(head, rows, "What the run found")


def _curves(entry: ListedRun, theme: Theme) -> list[Component]:
    drawn = []
    for number, name in enumerate(names([entry])[:MOST_CURVES]):
        place = graph(f"curve-{number}", f"{name} over epochs")
        place.children.style = {}
        place.children.figure = draw_curves([entry], name, theme).update_layout(
            height=260, showlegend=False
        )
        drawn.append(place)
    return [html.H3("Curves"), html.Div(drawn, className="plots")] if drawn else []


def _pictures(entry: ListedRun) -> list[Component]:
    found = _sheets(entry.folder)
    if not found:
        return []
    items = [
        html.Li(
            html.A(
                [
                    html.Img(src=address(entry, name), alt=""),
                    html.Span(_title(name)),
                ],
                href=address(entry, name),
                target="_blank",
                rel="noopener",
            )
        )
        for name in found[:MOST_PICTURES]
    ]
    return [html.H3("Mistakes by kind"), html.Ul(items, className="sheets")]


def _sheets(folder: Path) -> Sequence[str]:
    return [path.relative_to(folder).as_posix() for path in sorted(folder.glob("mistakes/*/*.png"))]


def _title(name: str) -> str:
    data, _, kind = name.removeprefix("mistakes/").removesuffix(".png").partition("/")
    return f"{data}: {kind.lstrip('0123456789-').replace('-', ' ')}"


def _log(entry: ListedRun) -> list[Component]:
    paths = entry.folder / "train.log", entry.folder.with_name(f"{entry.folder.name}.out")
    return [
        part
        for path in paths  # the second one alone has the last words of a trial that was killed
        if path.is_file()
        for part in (html.H3(f"The end of {path.name}"), html.Pre(_tail(path), tabIndex="0"))
    ]


def _tail(path: Path) -> str:
    """The last lines; of progress bars, which write over themselves, what stood there last."""
    try:
        with path.open("rb") as file:
            start = max(0, path.stat().st_size - _TAIL)
            file.seek(start)
            text = file.read(_TAIL).decode("utf-8", errors="replace")
    except OSError as error:
        return f"It cannot be read: {error.strerror}."
    text = text.replace("\r\n", "\n")
    whole = re.split(r"[\r\n]", text, maxsplit=1)[-1] if start else text
    return "\n".join(line.rpartition("\r")[2] for line in whole.split("\n"))
