"""Two or more runs on the same people."""

import shlex
from collections.abc import Sequence
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from blink.dashboard.judgement import Estimate
from blink.dashboard.listed_run import ListedRun
from blink.dashboard.views.pieces import Shown, empty, graph, run_link, table

MOST: Final = 8


def layout() -> list[Component]:
    """A button, since it takes seconds, and what came out."""
    return [
        html.Div(id="compare-words"),
        html.Button("Compare", id="compare", type="button", disabled=True),
        dcc.Loading(
            [
                html.Div(id="verdict", role="status"),
                graph("differences", "Paired differences; the table below has the numbers."),
                html.Div(id="pairs"),
            ],
            delay_show=200,
        ),
    ]


def missing(chosen: Sequence[ListedRun], on: str) -> str:
    """Why these cannot be compared; empty where they can."""
    if len(chosen) < 2:
        return "Tick two or more finished runs in the table of runs; the first is the baseline."
    if len(chosen) > MOST:
        return (
            f"{len(chosen)} runs are chosen. More than {MOST} make too many pairs: untick some, or "
            "use blink compare."
        )
    if others := [entry.title for entry in chosen if entry.judged(on) is None]:
        verb = "was" if len(others) == 1 else "were"
        return (
            f"{', '.join(others)} {verb} not judged on {on or 'anything'}: untick what was not, or "
            "choose what all of them were judged on."
        )
    if any(one.is_mean for entry in chosen if (one := entry.judged(on))):
        return "Runs are compared on the people of one data set: choose one above."
    return ""


def words(chosen: Sequence[ListedRun], on: str) -> Component:
    """What would be compared, or what is missing."""
    if why_not := missing(chosen, on):
        return empty(why_not)
    listed = [part for entry in chosen for part in (run_link(entry), ", ")][:-1]
    command = shlex.join(["blink", "compare", *(str(entry.folder) for entry in chosen)])
    return html.Div(
        [
            html.P(
                [
                    "On ",
                    html.B(on),
                    ", on the same people: ",
                    *listed,
                    ". The first is the baseline.",
                ]
            ),
            html.Details(
                [html.Summary("With pictures, on all data sets, at a prompt"), html.Pre(command)]
            ),
        ]
    )


def told(match: dict[str, Any]) -> list[Component]:
    """The verdict in sentences.

    Args:
        match: A test of `blink.evaluation.comparison.describe_comparison`.
    """
    return [
        html.H3(match["headline"]),
        *(html.P(sentence) for sentence in match["verdict"]),
        html.P(f"{match['n']:,} crops of {match['people']:,} people. {match['protocol']}",
               className="note"),
    ]  # fmt: skip


def pairs(match: dict[str, Any]) -> Component:
    """Each pair: how much better the one is, whether that is noise, where they part."""
    from blink.evaluation.wording import p_value, points  # which the comparison has loaded by now

    rows: list[list[Shown]] = []
    for pair in match["pairs"]:
        gain = pair["gain"]
        share = Estimate.model_validate(gain["difference"])
        rows.append(
            [
                f"{pair['first']} against {pair['second']}",
                points(share.value),
                _interval(share),
                p_value(gain["p"]),
                gain["call"],
                f"{pair['first_wrong']:,} / {pair['second_wrong']:,}",
            ]
        )
    head = ["pair", "points", "95 % interval", "p, corrected", "call", "wrong alone, each"]
    return table(head, rows, "Paired differences of balanced accuracy")


def _interval(share: Estimate) -> str:
    from blink.evaluation.wording import points

    if share.low is None or share.high is None:
        return share.gap or "–"
    return f"{points(share.low)} to {points(share.high)}"
