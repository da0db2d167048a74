"""Where an intelligence should live: in the page, on the device, on a server."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from blink.evaluation.advice.places import in_page, needed_kbit_s, on_device, on_server
from blink.evaluation.advice.results import Advice, Footprint, Option, Place
from blink.evaluation.wording import figure
from blink.target import Target

PLACES: Final[Mapping[Place, str]] = {
    "page": "in the page",
    "device": "on the device",
    "server": "on a server",
}


def advise(target: Target, measured: Footprint) -> Advice:
    """Weighs the places.

    A place where the target's budget or its rules are broken is out. Of the others, one where the
    pictures stay with the user comes first, and of these the page, whose users have a new model
    with their next visit.
    """
    options = in_page(target, measured), on_device(target, measured), on_server(target, measured)
    chosen = next((option for option in options if not option.objections), None)
    return Advice(
        target=target.name,
        currency=target.currency,
        unit=target.product.unit,
        crops_per_use=target.product.eyes * target.product.frames_per_use(target.fps),
        footprint=measured,
        options=options,
        place=chosen.place if chosen else None,
        because=tuple(_because(target, measured, options, chosen)),
        unless=tuple(_unless(target, measured, options, chosen)),
    )


def _because(
    target: Target, measured: Footprint, options: Sequence[Option], chosen: Option | None
) -> Iterator[str]:
    if measured.is_disturbed:
        times = measured.p99_us / measured.p50_us
        yield (
            f"In doubt: the slowest answers took {times:.0f} times as long as the "
            "median one, so the machine was busy with something else when they were measured. "
            "Measure again on a quiet one."
        )
    if chosen is None:
        yield "No place keeps to the target's budget and rules."
    else:
        yield (
            f"{_there(chosen)} an answer takes {figure(chosen.latency_ms)} ms of the "
            f"{target.environment.budget.latency_ms:g} ms that are allowed, and pictures of eyes "
            f"{chosen.privacy}."
        )
        yield (
            f"1,000 uses cost {figure(chosen.cost_per_1000_uses)} {target.currency}; users have a "
            f"new model {after(chosen.update_days)}."
        )
    for option in options:
        if option.objections:
            yield f"Not {PLACES[option.place]}: {' '.join(option.objections)}"
        elif option is not chosen:
            cost = f"{figure(option.cost_per_1000_uses)} {target.currency}"
            yield (
                f"{_there(option)} it would do, too: {figure(option.latency_ms)} ms, {cost} for "
                f"1,000 uses, a new model {after(option.update_days)}; pictures of eyes "
                f"{option.privacy}."
            )


def _unless(
    target: Target, measured: Footprint, options: Sequence[Option], chosen: Option | None
) -> Iterator[str]:
    yield _about_latency(target, measured)
    page, device, server = options
    budget, hosting = target.environment.budget, target.hosting
    spare = budget.latency_ms / device.latency_ms
    if chosen is page:
        yield (
            f"A page is assumed to be {hosting.browser_slowdown:g} times slower than what was "
            f"measured; were it {figure(spare)} times slower, it would be out."
        )
    if server.latency_ms > budget.latency_ms:
        yield (
            f"A server needs a latency budget of {figure(server.latency_ms)} ms, of which "
            f"{hosting.round_trip_ms:g} are the way there and back{_stream(target)}."
        )
    elif chosen is device and server.cost_per_1000_uses > 0 and not server.objections:
        few = hosting.users * device.cost_per_1000_uses / server.cost_per_1000_uses
        yield f"With under {_round(few)} users, updates of a device cost more than a server."
    if measured.ram_mb is not None and measured.ram_mb > budget.ram_mb:
        yield (
            f"Memory: a Python process that runs it takes {measured.ram_mb:.0f} MB, all but "
            f"{measured.own_ram_mb:.0f} of them before it loads the bundle; the budget is "
            f"{budget.ram_mb:g} MB. Run it from a smaller process there, such as one in C++."
        )


def _about_latency(target: Target, measured: Footprint) -> str:
    spare = 1000 * target.environment.budget.latency_ms / measured.p99_us
    told = (
        f"is {figure(spare)} times slower" if spare >= 1 else f"is {figure(1 / spare)} times faster"
    )
    return (
        f"Latency was measured on {measured.cpu}; the target's CPU is: {target.environment.cpu}. "
        f"The budget {'allows for' if spare >= 1 else 'asks for'} one that {told}."
    )


def _stream(target: Target) -> str:
    needed = needed_kbit_s(target)
    return f", and {needed:,.0f} kbit/s of every user all the time" if needed else ""


def _there(option: Option) -> str:
    return PLACES[option.place].capitalize()


def _round(number: float) -> str:
    return f"{float(f'{number:.1g}'):,.0f}"


def after(days: float) -> str:
    """When users have it, in words: `at once`, `after 14 days`."""
    if days == 0:
        return "at once"
    return "after a day" if days == 1 else f"after {days:g} days"
