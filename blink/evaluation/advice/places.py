"""The places where an intelligence can live, and how a target would fare in each."""

from collections.abc import Iterator

from blink.evaluation.advice.results import Footprint, Option
from blink.evaluation.wording import figure
from blink.target import Target

_MS_PER_HOUR = 3_600_000
_STAY = "stay on the user's device"


def in_page(target: Target, measured: Footprint) -> Option:
    """In a browser, loaded with the page, in WebAssembly."""
    hosting = target.hosting
    loaded_gb = (measured.size_kb + hosting.browser_kb) / 1e6
    one_ms = hosting.browser_slowdown * measured.p99_us / 1e3
    frame_ms = hosting.browser_slowdown * target.product.eyes * measured.p50_us / 1e3
    objections = [] if hosting.is_web else ["Users do not come by a web page."]
    return Option(
        place="page",
        latency_ms=one_ms,
        frame_ms=frame_ms,
        privacy=_STAY,
        update_days=hosting.update_page_days,
        cost_per_1000_uses=1000 * loaded_gb * hosting.gb_out / hosting.uses_per_download,
        objections=(
            *objections,
            *_too_slow(target, one_ms),
            *_behind(target, frame_ms),
            *_too_large(target, measured),
            *_too_hungry(target, measured),
        ),
    )


def on_device(target: Target, measured: Footprint) -> Option:
    """In an app, or in what a device is built with."""
    hosting = target.hosting
    yearly = hosting.update_cost * hosting.updates_per_year
    uses = hosting.users * target.uses_per_day * 365
    one_ms = measured.p99_us / 1e3
    frame_ms = target.product.eyes * measured.p50_us / 1e3
    return Option(
        place="device",
        latency_ms=one_ms,
        frame_ms=frame_ms,
        privacy=_STAY,
        update_days=hosting.update_device_days,
        cost_per_1000_uses=1000 * yearly / uses,
        objections=(
            *_too_slow(target, one_ms),
            *_behind(target, frame_ms),
            *_too_large(target, measured),
            *_too_hungry(target, measured),
        ),
    )


def on_server(target: Target, measured: Footprint) -> Option:
    """On a rented CPU: each frame's eyes are sent in one request."""
    hosting, eyes = target.hosting, target.product.eyes
    sending = eyes * hosting.crop_bytes * 8 / hosting.uplink_kbit_s
    working = hosting.request_ms + eyes * measured.p50_us / 1e3
    frames = target.product.frames_per_use(target.fps)
    cpu_hours = frames * working / _MS_PER_HOUR / hosting.busy_share
    latency = hosting.round_trip_ms + sending + hosting.request_ms + eyes * measured.p99_us / 1e3
    return Option(
        place="server",
        latency_ms=latency,
        frame_ms=working,
        privacy="leave the user's device",
        update_days=0,
        cost_per_1000_uses=1000 * cpu_hours * hosting.cpu_hour,
        objections=tuple(_against_server(target, latency)),
    )


def needed_kbit_s(target: Target) -> float:
    """What has to be sent all the time to have every frame's eyes judged elsewhere."""
    if target.environment.input.kind != "stream":
        return 0.0
    eyes: int = target.product.eyes
    return eyes * target.hosting.crop_bytes * 8 * target.fps / 1000


def _against_server(target: Target, latency_ms: float) -> Iterator[str]:
    hosting = target.hosting
    if not hosting.may_send:
        yield "Pictures of eyes must not leave the device."
    if not hosting.has_network:
        yield "There is not always a connection."
    needed = needed_kbit_s(target)
    if needed > hosting.uplink_kbit_s:
        yield f"Its stream needs {needed:,.0f} kbit/s; users can send {hosting.uplink_kbit_s:,.0f}."
    yield from _too_slow(target, latency_ms)


def _too_slow(target: Target, latency_ms: float) -> Iterator[str]:
    budget = target.environment.budget.latency_ms
    if latency_ms > budget:
        yield f"An answer takes {figure(latency_ms)} ms, {budget:g} are allowed."


def _too_large(target: Target, measured: Footprint) -> Iterator[str]:
    budget = target.environment.budget.size_kb
    if measured.size_kb > budget:
        yield f"The model has {measured.size_kb:,.0f} kB, {budget:,.0f} are allowed."


def _too_hungry(target: Target, measured: Footprint) -> Iterator[str]:
    """Of the bundle alone: a product need not be written in Python."""
    budget = target.environment.budget.ram_mb
    if measured.ram_mb is not None and measured.own_ram_mb > budget:
        yield f"It takes {measured.own_ram_mb:.0f} MB of memory, {budget:g} are allowed."


def _behind(target: Target, frame_ms: float) -> Iterator[str]:
    pause = 1000 / target.fps
    if target.environment.input.kind != "image" and frame_ms > pause:
        yield f"A frame takes {figure(frame_ms)} ms, the next one comes after {figure(pause)} ms."
