"""What the tests of the export search share: candidates of bare numbers, and stacked drawn eyes."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from blink.export import Validation
from blink.export.search.candidate import Candidate, Precision
from blink.export.search.choice import RankedCandidate
from blink.export.search.gate import GateResult, Span
from blink.latency import GraphLatency
from blink.latency.entries import Interval
from blink.runtime.preprocessing import stack
from tests.exported import drawn, trained_net


@dataclass(frozen=True)
class Named:
    """A recipe that makes nothing."""

    name: str
    precision: Precision
    words: str = "made up"
    is_reduced: bool = False
    base: str | None = None

    def make(self, *_: object) -> None:
        raise AssertionError("a made-up recipe was followed")


def entry(
    name: str,
    size: int,
    time: float | None = None,
    *,
    passed: bool = True,
    precision: Precision | None = None,
    is_reduced: bool = False,
    base: str | None = None,
) -> RankedCandidate:
    """A candidate of so many bytes that takes so much of the time of a graph that takes 1."""
    found: Precision = precision or ("fp32" if name == "fp32" else "int8")
    judgement = GateResult(0.9, Span(0.0), 0.0, 0.0, passed, "lost too much")
    recipe = Named(name, found, is_reduced=is_reduced, base=base)
    candidate = Candidate(recipe, b"0" * size, judgement)  # type: ignore[arg-type]
    return RankedCandidate(candidate, None if time is None else latency(time))


def apart(contestant: RankedCandidate, largest: float) -> RankedCandidate:
    """The same, whose answers are up to so far from those of fp32."""
    judgement = replace(contestant.candidate.judgement, largest_difference=largest)
    return replace(contestant, candidate=replace(contestant.candidate, judgement=judgement))


def saturating(contestant: RankedCandidate, changed: float) -> RankedCandidate:
    """The same, of whose decisions such a share is another on other CPUs."""
    return replace(contestant, candidate=replace(contestant.candidate, changed_by_kernels=changed))


def latency(time: float, against: dict[str, float] | None = None) -> GraphLatency:
    """A latency, in units of the empty graph; its ratios to others are put in by `side_by_side`."""
    ratios = {
        name: Interval(value=time / other, low=0.99 * time / other, high=1.01 * time / other)
        for name, other in (against or {}).items()
    }
    whole = Interval(value=time, low=0.99 * time, high=1.01 * time)
    return GraphLatency(
        p50_us=10 * time,
        ratio_to_empty_graph=whole,
        ratios_to=ratios,
        peak_memory_bytes=50_000_000,
        cpu="a CPU",
    )


def side_by_side(*entries: RankedCandidate) -> list[RankedCandidate]:
    """The same, with ratios to each other."""
    times = {e.name: e.latency.ratio_to_empty_graph.value for e in entries if e.latency}
    return [
        RankedCandidate(
            one.candidate,
            None
            if one.latency is None
            else latency(times[one.name], {n: t for n, t in times.items() if n != one.name}),
        )
        for one in entries
    ]


def crops(count: int, seed: int) -> NDArray[np.uint8]:
    """Drawn eyes as the trained net's graph takes them."""
    return stack(list(drawn(count, seed)[0]), trained_net().graph.spec)


def validation(count: int = 200, people: int | None = 20) -> Validation:
    """Drawn eyes of so many people; None where nobody knows whose they are."""
    whose = None if people is None else np.arange(count) // 2 % people
    return Validation(crops(count, 3), drawn(count, 3)[1], whose)
