"""Advice for a terminal: the table, the reasons, and every number that they rest on."""

from collections.abc import Sequence
from textwrap import fill
from typing import Final

from blink.contract.wording import GAP
from blink.evaluation.advice.advise import PLACES, after
from blink.evaluation.advice.results import Advice, Footprint
from blink.evaluation.wording import figure
from blink.target import Hosting, Target

_WIDTH: Final = 100


def tell_advice(target: Target, advices: Sequence[Advice]) -> str:
    """Everything that `blink advise` says.

    Args:
        target: What it is about.
        advices: One for each bundle.
    """
    head = f"{target.name}: {target.summary}"
    parts = [_filled(head), *map(_told, advices), _assumptions(target.hosting)]
    return "\n\n".join(parts)


def _told(advice: Advice) -> str:
    place = "nowhere as things stand" if advice.place is None else PLACES[advice.place]
    doubt = " (in doubt)" if advice.footprint.is_disturbed else ""
    named = f"{advice.footprint.bundle} {advice.footprint.precision}"
    return "\n".join(
        [
            f"ADVICE  {place}{doubt}: {named}",
            _filled(f"Licence: {advice.footprint.licence or 'the bundle does not say.'}"),
            "",
            _table(advice),
            "",
            *map(_item, advice.because),
            "",
            "What would change it",
            *map(_item, advice.unless),
            "",
            "Measured",
            *map(_item, _measured(advice.footprint)),
        ]
    )


def _table(advice: Advice) -> str:
    rows = [
        ("", *(PLACES[option.place] for option in advice.options)),
        ("answer, p99 ms", *(figure(option.latency_ms) for option in advice.options)),
        ("a frame's work, ms", *(figure(option.frame_ms) for option in advice.options)),
        ("pictures of eyes", *(option.privacy for option in advice.options)),
        ("new model", *(after(option.update_days) for option in advice.options)),
        (
            f"{advice.currency} for 1,000 uses",
            *(figure(option.cost_per_1000_uses) for option in advice.options),
        ),
        ("possible", *("no" if option.objections else "yes" for option in advice.options)),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _measured(found: Footprint) -> list[str]:
    memory = GAP if found.ram_mb is None else f"{found.ram_mb:.0f} MB"
    # As a difference, so that it goes with what is said of the bundle's own.
    bare = round(found.ram_mb or 0) - round(found.own_ram_mb)
    before = "" if found.bare_ram_mb is None else f", {bare} MB before it loads it"
    return [
        f"{found.size_kb:,.1f} kB; one crop through the graph {found.p50_us:.0f} µs, 99 in 100 "
        f"within {found.p99_us:.0f} µs, one thread of {found.cpu} ({found.source}).",
        f"A Python process that runs it crop by crop takes {memory}{before}.",
    ]


def _assumptions(hosting: Hosting) -> str:
    """Every assumption with its value and its source."""
    lines = [
        fill(
            f"{name:<19} {_value(getattr(hosting, name)):>7}  {field.description}",
            _WIDTH,
            initial_indent="  ",
            subsequent_indent=" " * 31,
        )
        for name, field in Hosting.model_fields.items()
    ]
    head = "Assumed; the target's `hosting`, or a file of --prices, can say otherwise"
    return "\n".join([head, *lines])


def _value(value: float | bool) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,g}"


def _item(sentence: str) -> str:
    return fill(sentence, _WIDTH, initial_indent="  - ", subsequent_indent="    ")


def _filled(sentence: str) -> str:
    return fill(sentence, _WIDTH)
