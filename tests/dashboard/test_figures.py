from dataclasses import replace

import pytest

from blink.dashboard.figures.curves import draw_curves
from blink.dashboard.figures.differences import draw_differences
from blink.dashboard.figures.importance import LEAST, weigh_settings
from blink.dashboard.figures.parallel import draw_parallel
from blink.dashboard.figures.slices import draw_slices
from blink.dashboard.figures.trade_off import Offer, draw_trade_off, weigh
from blink.dashboard.listed_run import ListedRun
from blink.dashboard.palette import palette
from blink.dashboard.settings import Setting, flatten
from blink.dashboard.shelf import Shelf
from blink.runs import State


@pytest.fixture
def entries(shelf: Shelf) -> list[ListedRun]:
    return list(shelf.look().entries)


def test_palette_is_the_style_sheets_when_read() -> None:
    assert palette("light").accent == "#0064a8"
    assert palette("dark").accent == "#6fbcf0"
    assert len(set(palette("dark").series)) == 6


def test_curves_mark_those_that_run_when_drawn(entries: list[ListedRun]) -> None:
    running = next(entry for entry in entries if entry.state is State.RUNNING)
    finished = next(entry for entry in entries if entry.epoch == 20)

    first, second = draw_curves([running, finished], "val/loss", "light").data

    assert first.name == f"{running.title} (running)"
    assert list(first.x) == list(range(1, 8))
    assert first.marker.size[-1] > second.marker.size[-1]
    assert first.line.color != second.line.color


def test_front_is_whom_nobody_beats_when_latency_is_the_cost(entries: list[ListedRun]) -> None:
    offers, remark = weigh(entries, "mrl", "latency")

    best = [one for one in offers if one.is_best]
    assert remark == "Measured on AMD EPYC."
    assert len(offers) == 47
    assert [one.entry.name for one in best][-1] == "large"
    worths = [one.judgement.accuracy.value or 0.0 for one in best]
    assert worths == sorted(worths)
    for one in offers:
        worth = one.judgement.accuracy.value or 0.0
        assert one.is_best or any(
            other.cost <= one.cost and (other.judgement.accuracy.value or 0.0) >= worth
            for other in best
        )
    drawn = draw_trade_off(offers, "mrl", "latency", "light").data[1]
    assert list(drawn.x) == [one.cost for one in best]
    assert list(drawn.text) == [str(number) for number in range(1, len(best) + 1)]


def test_front_leaves_out_other_cpus_when_latency_is_the_cost(entries: list[ListedRun]) -> None:
    three = [entry for entry in entries if entry.judgements][:3]
    other = replace(three[0].judgements[0], cpu="an old one")
    mixed = [replace(three[0], judgements=(other,)), *three[1:]]

    offers, remark = weigh(mixed, "mrl", "latency")

    assert three[0].id not in {one.entry.id for one in offers}
    assert (
        remark == "1 were measured on another CPU than AMD EPYC: not drawn. Measured on AMD EPYC."
    )
    assert len(weigh(mixed, "mrl", "size")[0]) == 3


def test_front_leaves_out_what_costs_nothing_when_its_axis_has_no_zero(
    entries: list[ListedRun],
) -> None:
    three = [entry for entry in entries if entry.judgements][:3]
    free = replace(three[0].judgements[0], parameters=0)
    mixed = [replace(three[0], judgements=(free,)), *three[1:]]

    offers, remark = weigh(mixed, "mrl", "parameters")

    assert {one.entry.id for one in offers} == {entry.id for entry in three[1:]}
    assert remark == "1 cost nothing, which the axis cannot show: not drawn."
    assert len(draw_trade_off(offers, "mrl", "parameters", "light").data) == 2


def test_whiskers_are_the_intervals_when_there_are_some(entries: list[ListedRun]) -> None:
    drawn = draw_trade_off(weigh(entries, "cew", "size")[0], "cew", "size", "light").data[1]

    assert list(drawn.error_y.array) == pytest.approx([1.5] * len(drawn.x))
    assert list(drawn.error_y.arrayminus) == pytest.approx([2.0] * len(drawn.x))


@pytest.mark.parametrize(
    ("costs", "numbers"),
    [
        ([61, 67], None),
        ([61, 304], None),
        ([61, 305], [10, 20, 50, 100, 200, 500, 1000, 2000, 5000]),
        ([61], [10, 20, 50, 100, 200, 500]),
    ],
)
def test_trade_off_leaves_its_numbers_to_plotly_when_costs_lie_close_together(
    entries: list[ListedRun], costs: list[float], numbers: list[float] | None
) -> None:
    entry = next(entry for entry in entries if entry.judgements)
    offers = [Offer(entry, entry.judgements[0], cost, is_best=True) for cost in costs]

    axis = draw_trade_off(offers, "mrl", "latency", "light").layout.xaxis

    assert (axis.tickvals and list(axis.tickvals)) == numbers


def test_parallel_has_a_line_for_each_judged_run_when_drawn(entries: list[ListedRun]) -> None:
    names = ["model", "optim.optimizer.lr"]

    figure = draw_parallel(entries, names, "mrl", "light")

    assert len(figure.data) == 47
    assert list(figure.layout.xaxis.ticktext) == [
        "model", "optimizer.lr", "latency, µs", "bal. acc., %",
    ]  # fmt: skip
    best = figure.data[-1]  # on top
    assert best.y[-1] == 1.0
    assert [words for _, words in best.customdata][:2] == ["model: large", "optimizer.lr: 0.003"]


def test_parallel_greys_the_others_when_a_box_keeps_some(entries: list[ListedRun]) -> None:
    judged = [entry for entry in entries if entry.judgements]

    figure = draw_parallel(judged, ["model"], "mrl", "light", {judged[0].id})

    grey = palette("light").line
    kept = [line for line in figure.data if line.line.color != grey]
    assert [line.customdata[0][0] for line in kept] == [judged[0].id]


def test_importance_finds_what_made_the_difference_when_runs_are_enough(
    entries: list[ListedRun],
) -> None:
    found = weigh_settings(entries, "mrl")

    assert list(found)[:2] == ["model", "optim.optimizer.lr"]
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["seed"] < 0.1
    judged = [entry for entry in entries if entry.judgements]
    assert weigh_settings(judged[: LEAST - 1], "mrl") == {}


def test_importance_asks_about_a_group_once_when_it_was_chosen_by_hand(
    entries: list[ListedRun],
) -> None:
    command = "train.py input=large input.height=32 optim.input.side=1"
    brought: dict[str, Setting] = {
        "input": "large",
        "input.width": 48.0,
        "input.height": 32.0,
        "optim.input.side": 1.0,
    }
    judged = [entry for entry in entries if entry.judgements]
    chosen = [
        replace(entry, command=command if number % 2 else "", settings=dict(settings))
        for number, entry in enumerate(judged)
        for settings in [
            brought if number % 2 else dict.fromkeys(brought, 2.0) | {"input": "small"}
        ]
    ]

    assert set(weigh_settings(chosen, "mrl")) == {"input", "input.height", "optim.input.side"}


def test_importance_weighs_a_setting_when_one_of_its_numbers_is_infinite(
    entries: list[ListedRun],
) -> None:
    judged = [entry for entry in entries if entry.judgements]
    rates = ("1", "2", "inf")
    clipped = [
        replace(entry, settings=flatten({}, f"train.py clip={rates[number % 3]}"))
        for number, entry in enumerate(judged)
    ]

    assert weigh_settings(clipped, "mrl") == {"clip": pytest.approx(1.0)}


def test_slices_stand_side_by_side_when_several_runs_are_drawn(entries: list[ListedRun]) -> None:
    two = [entry for entry in entries if entry.judgements][:2]

    figure = draw_slices(two, "mrl", "light")

    assert [trace.name for trace in figure.data] == [entry.title for entry in two]
    assert list(figure.data[0].y)[:2] == ["glasses: no", "glasses: yes"]
    low, high = figure.layout.xaxis.range
    assert 80 < low < min(figure.data[0].x)
    assert high > max(figure.data[0].x)


def test_differences_reach_to_zero_when_an_interval_ends_there() -> None:
    gain = {"difference": {"value": -0.014, "low": -0.027, "high": 0.0, "gap": None}}
    unknown = {"difference": {"value": None, "low": None, "high": None, "gap": "too few"}}
    pairs = [{"first": "a", "second": "b", "gain": one} for one in (gain, unknown)]

    drawn = draw_differences(pairs, "light").data[0]

    assert list(drawn.y) == ["a<br>against b"]
    assert list(drawn.x) == pytest.approx([-1.4])
    assert list(drawn.error_x.array) == pytest.approx([1.4])
