from collections.abc import Sequence

from plotly.graph_objects import Figure, Scatter  # type: ignore[import-untyped]

from blink.dashboard.figures.canvas import canvas, look
from blink.dashboard.figures.whiskers import whiskers
from blink.dashboard.judgement import Estimate, Group
from blink.dashboard.listed_run import ListedRun
from blink.dashboard.palette import Theme, palette


def groups_of(entries: Sequence[ListedRun], on: str) -> list[tuple[str, list[Group | None]]]:
    """Every group that anybody was judged on, and each run's answer; None where it has none."""
    found = [{one.name: one for one in _groups(entry, on)} for entry in entries]
    names = dict.fromkeys(name for groups in found for name in groups)
    return [(name, [groups.get(name) for groups in found]) for name in names]


def draw_slices(entries: Sequence[ListedRun], on: str, theme: Theme) -> Figure:
    """A row for each group, a point with its interval for each run."""
    rows = groups_of(entries, on)
    colours = palette(theme)
    height = 110 + len(rows) * max(26, 11 * len(entries))
    figure = canvas(theme, height=height, keeps=on, scattermode="group", scattergap=0.35)
    for number, entry in enumerate(entries):
        colour, _, symbol = look(colours, number)
        found = [groups[number] for _, groups in rows]
        shares = [group.accuracy if group else Estimate() for group in found]
        values = [None if one.value is None else 100 * one.value for one in shares]
        figure.add_trace(
            Scatter(
                y=[name for name, _ in rows],
                x=values,
                name=entry.title,
                mode="markers",
                orientation="h",
                marker={"color": colour, "symbol": symbol, "size": 9},
                error_x=whiskers(shares, colour, 1.5),
                customdata=[
                    [one.text, group.n if group else 0]
                    for one, group in zip(shares, found, strict=True)
                ],
                hovertemplate="%{y}: %{customdata[0]} %, %{customdata[1]:,} crops",
            )
        )
    figure.update_xaxes(title_text="balanced accuracy or recall, %", range=_range(rows))
    figure.update_yaxes(autorange="reversed")
    return figure


def _range(rows: Sequence[tuple[str, Sequence[Group | None]]]) -> list[float]:
    """From the lowest end of an interval to the highest, and a bit; Plotly would begin at 0."""
    shares = [group.accuracy for _, groups in rows for group in groups if group]
    ends = [end for one in shares for end in (one.value, one.low, one.high) if end is not None]
    return [100 * min(ends, default=0.0) - 1, 100 * max(ends, default=1.0) + 1]


def _groups(entry: ListedRun, on: str) -> Sequence[Group]:
    judgement = entry.judged(on)
    return judgement.groups if judgement else ()
