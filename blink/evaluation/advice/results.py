"""What is known of the places where an intelligence can live."""

from dataclasses import dataclass
from typing import Literal

from blink.contract.record import Record
from blink.latency.disturbance import is_disturbed

Place = Literal["page", "device", "server"]


@dataclass(frozen=True, slots=True)
class Footprint(Record):
    """What one graph of a bundle takes, measured.

    Attributes:
        bundle: Its name.
        precision: Of the graph that ships.
        size_kb: Of that file, thousands of bytes.
        p50_us: Median time of one crop through the graph, microseconds.
        p99_us: Of 99 crops in 100.
        cpu: Where that was measured.
        source: The file that says so, or that it was measured now.
        ram_mb: Memory of a Python process that has run it; None where that cannot be measured.
        bare_ram_mb: The same process before it loads the bundle.
        licence: What may be done with the bundle, in words; None where it does not say.
    """

    bundle: str
    precision: str
    size_kb: float
    p50_us: float
    p99_us: float
    cpu: str
    source: str
    ram_mb: float | None
    bare_ram_mb: float | None
    licence: str | None = None

    @property
    def is_disturbed(self) -> bool:
        """Whether the machine was busy with something else while latency was measured."""
        return is_disturbed(self.p50_us, self.p99_us)

    @property
    def own_ram_mb(self) -> float:
        """What the bundle adds to its process, the libraries that run it not counted."""
        return (self.ram_mb or 0.0) - (self.bare_ram_mb or 0.0)


@dataclass(frozen=True, slots=True)
class Option(Record):
    """One place, and how the target would fare there.

    Attributes:
        place: Which.
        latency_ms: From a crop to its answer, 99 times in 100.
        frame_ms: How long one frame keeps its CPU busy, all eyes, in the median.
        privacy: What becomes of the pictures, in words.
        update_days: Until users have a new model.
        cost_per_1000_uses: In the target's currency.
        objections: Why it cannot be there, a sentence each; empty where it can.
    """

    place: Place
    latency_ms: float
    frame_ms: float
    privacy: str
    update_days: float
    cost_per_1000_uses: float
    objections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice(Record):
    """Where an intelligence should live for a target.

    Attributes:
        target: Its name.
        currency: What costs are counted in.
        unit: What one use is.
        crops_per_use: Eyes that are looked at in one use.
        footprint: What was measured.
        options: All places.
        place: The one that is recommended; None where every one has an objection.
        because: Why, a sentence each.
        unless: What would change it, a sentence each.
    """

    target: str
    currency: str
    unit: str
    crops_per_use: float
    footprint: Footprint
    options: tuple[Option, ...]
    place: Place | None
    because: tuple[str, ...]
    unless: tuple[str, ...]
