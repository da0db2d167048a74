from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import altair as alt
from markupsafe import Markup

from blink import pages
from blink.contract.wording import plural
from blink.pages import Cell, Column, Line, Table, chart
from blink.sweep.candidates import Candidate
from blink.sweep.objectives import Figure
from blink.sweep.study import Study

_HEIGHT = 340


def write_front_page(
    path: Path, study: Study, candidates: Sequence[Candidate], bundles: Mapping[int, str | None]
) -> None:
    """Writes one HTML page that needs nothing but itself: the front, drawn and as a table.

    Args:
        path: Where it is to stand.
        study: Of these candidates.
        candidates: All trials that finished.
        bundles: Where the bundle of each trial of the front is, below the page; None for nowhere.

    Raises:
        StorageError: The disk is full.
    """
    front = [candidate for candidate in candidates if candidate.is_front]
    page = pages.render(
        "blink.sweep",
        "front.html.j2",
        name=study.optuna.study_name,
        search=study.search,
        count=plural(len(candidates), "configuration was", "configurations were"),
        front=_table("The front", study, front, bundles),
        others=_table(
            "The other trials", study, [one for one in candidates if not one.is_front], {}
        ),
        drawn=_draw(study, candidates) if len(study.search.objectives) > 1 and candidates else None,
        has_intervals=any(figure.low is not None for one in candidates for figure in one.figures),
    )
    pages.write_page(path, page)


def _table(
    caption: str, study: Study, candidates: Sequence[Candidate], bundles: Mapping[int, str | None]
) -> Table:
    heads = [Column(one.metric, is_number=True) for one in study.search.objectives]
    keys = [Column(one.key) for one in study.search.space.dimensions]
    tail = [Column("bundle")] if bundles else []
    lines = [
        Line(
            [
                Cell(str(candidate.trial), float(candidate.trial)),
                *map(_cell, candidate.figures),
                *(_setting(word.split("=", 1)[1]) for word in candidate.words),
                *([Cell(bundles[candidate.trial] or "not on this machine")] if bundles else []),
            ]
        )
        for candidate in candidates
    ]
    return Table(caption, [Column("trial"), *heads, *keys, *tail], lines)


def _setting(text: str) -> Cell:
    """As it was set, numbers to four digits; the table in `front.csv` has all of them."""
    try:
        value = float(text)
    except ValueError:
        return Cell(text)
    return Cell(f"{value:.4g}", value)


def _cell(figure: Figure) -> Cell:
    between = "" if figure.low is None else f"{figure.low:.4g} to {figure.high:.4g}"
    return Cell(f"{figure.value:.4g}", figure.value, small=between)


def _draw(study: Study, candidates: Sequence[Candidate]) -> Markup:
    """The first objective upwards against the second; the front of these two as stairs."""
    first, second = study.search.objectives[:2]
    values = [_value(candidate) for candidate in candidates]
    across = alt.X("cost:Q", title=second.metric, scale=alt.Scale(zero=False, nice=True))
    upwards = alt.Y("quality:Q", title=first.metric, scale=alt.Scale(zero=False, nice=True))
    base = alt.Chart(alt.InlineData(values=values)).encode(x=across)
    colour = alt.condition("datum.front", alt.value("var(--accent)"), alt.value("var(--quiet)"))
    stairs = (
        base.transform_filter("datum.front")
        .mark_line(
            interpolate="step-after" if second.direction == "minimize" else "step-before",
            color="var(--accent)",
            strokeDash=[5, 4],
        )
        .encode(y=upwards)
    )
    whiskers = (
        base.transform_filter("datum.front")
        .mark_rule(strokeWidth=1.5, opacity=0.55, color="var(--accent)")
        .encode(y=alt.Y("low:Q"), y2="high:Q")
    )
    dots = base.mark_point(filled=True, size=70).encode(
        y=upwards, color=colour, tooltip=["trial:N", "quality:Q", "cost:Q", "what:N"]
    )
    labels = (
        base.transform_filter("datum.front")
        .mark_text(align="left", dx=8, dy=-8)
        .encode(y=upwards, text="trial:N")
    )
    layers = (
        [dots, labels] if len(study.search.objectives) > 2 else [stairs, whiskers, dots, labels]
    )
    drawn = alt.LayerChart(layer=layers).properties(height=_HEIGHT)
    return chart(drawn, _describe(study, candidates))


def _value(candidate: Candidate) -> dict[str, Any]:
    quality, cost = candidate.figures[:2]
    return {
        "trial": str(candidate.trial),
        "quality": quality.value,
        "low": quality.value if quality.low is None else quality.low,
        "high": quality.value if quality.high is None else quality.high,
        "cost": cost.value,
        "front": candidate.is_front,
        "what": " ".join(candidate.words),
    }


def _describe(study: Study, candidates: Sequence[Candidate]) -> str:
    first, second = study.search.objectives[:2]
    front = [str(candidate.trial) for candidate in candidates if candidate.is_front]
    return (
        f"{first.metric} against {second.metric}, a point for each trial that finished. "
        f"{plural(len(front), 'trial is', 'trials are')} on the front: {', '.join(front)}. "
        "Nobody is at least as good as one of these in everything and better in something."
    )
