"""Which candidate is `model.onnx`, which one ships as the quantised file, and why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from blink.export.search.candidate import Candidate
from blink.latency import GraphLatency
from blink.target import Environment

_MEGABYTE = 10**6


@dataclass(frozen=True)
class RankedCandidate:
    """A candidate and what it costs.

    Attributes:
        candidate: See there.
        latency: Beside the other candidates of the run; None where it was not measured.
    """

    candidate: Candidate
    latency: GraphLatency | None

    @property
    def name(self) -> str:
        """The candidate's."""
        return self.candidate.name

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return len(self.candidate.data)


@dataclass(frozen=True)
class Choice:
    """What ships.

    Attributes:
        chosen: Name of the candidate that becomes `model.onnx`.
        quantised: Name of the best quantised one, the chosen one itself if it is; None where none
            passes the gate.
        reason: For the choice, a sentence without its full stop.
        why: Name of each candidate → what became of it.
    """

    chosen: str
    quantised: str | None
    reason: str
    why: Mapping[str, str]


def choose(
    entries: Sequence[RankedCandidate], environment: Environment | None = None, margin: float = 0.03
) -> Choice:
    """Quality first, then what the target allows, then latency, size, and how near it is to fp32.

    Latencies within the margin of the fastest, or whose ratio to it may be 1, count as equal, so
    that a repeated export makes the same choice; so do sizes within the margin of the smallest. Of
    those as fast, one whose sums saturate on this CPU comes last: it answers otherwise on another.

    Args:
        entries: The candidates, fp32 among them.
        environment: Of the target; None for no limits.
        margin: Share by which latencies and sizes may differ and still count as equal.
    """
    objections = {entry.name: list(_objections(entry, environment)) for entry in entries}
    excluded_because = {name: found[0] for name, found in objections.items() if found}
    passing = [entry for entry in entries if entry.candidate.judgement.passed]
    runnable = [entry for entry in passing if not _unfit(entry, environment)]
    within_budget = [entry for entry in runnable if entry.name not in excluded_because]
    chosen = _best(within_budget, margin) if within_budget else _first(runnable or passing, margin)
    quantised = _pick_quantised(chosen, (within_budget, runnable, passing), margin)
    reason = _reason(chosen, quantised, entries, excluded_because, margin)
    why = {
        entry.name: excluded_because.get(entry.name) or _beside(entry, chosen, margin)
        for entry in entries
    }
    for entry in entries:
        if not entry.candidate.is_portable:
            why[entry.name] += f"; {_saturated(entry)}"
    if quantised is not None:
        why[quantised.name] = f"the best quantised one; {why[quantised.name]}"
    why[chosen.name] = f"chosen. {reason}"
    return Choice(chosen.name, None if quantised is None else quantised.name, reason, why)


def _pick_quantised(
    chosen: RankedCandidate, groups: Iterable[Sequence[RankedCandidate]], margin: float
) -> RankedCandidate | None:
    """The chosen one if it is in int8, else the best int8 of the first group that has any."""
    if chosen.candidate.precision == "int8":
        return chosen
    for group in groups:
        if int8 := [entry for entry in group if entry.candidate.precision == "int8"]:
            return _best(int8, margin)
    return None


def _objections(entry: RankedCandidate, environment: Environment | None) -> Iterator[str]:
    """Why a candidate may not be chosen, the gate first."""
    if not entry.candidate.judgement.passed:
        yield f"fails the gate: {entry.candidate.judgement.why}"
    if environment is None:
        return
    if wrong := _unfit(entry, environment):
        yield wrong
    budget, latency = environment.budget, entry.latency
    if entry.size > 1000 * budget.size_kb:
        yield f"{entry.size / 1000:.1f} kB, and the target allows {budget.size_kb:g}"
    if latency is None:
        return
    peak = latency.peak_memory_bytes
    if peak is not None and peak > _MEGABYTE * budget.ram_mb:
        yield f"{peak / _MEGABYTE:.0f} MB of memory, and the target allows {budget.ram_mb:g}"
    # The median: the rarest calls say how busy this machine is, which is not the target's.
    if latency.p50_us > 1000 * budget.latency_ms:
        yield f"{latency.p50_us / 1000:.3g} ms here, and the target allows {budget.latency_ms:g}"


def _unfit(entry: RankedCandidate, environment: Environment | None) -> str:
    """Why the target cannot run this kind of graph; empty if it can."""
    recipe = entry.candidate.recipe
    if environment is None:
        return ""
    if environment.is_int8_only and recipe.precision != "int8":
        return "the target's accelerator runs int8 alone"
    if environment.is_int8_only and recipe.base is not None:
        return "drivers of accelerators read QDQ"
    if environment.saturates and recipe.precision == "int8" and not recipe.is_reduced:
        return "sums of its products saturate on the target's CPU"
    return ""


def _best(entries: Sequence[RankedCandidate], margin: float) -> RankedCandidate:
    """The first of those that are as fast as the fastest; of all, where none was measured."""
    measured = [
        (entry.latency.ratio_to_empty_graph.value, entry)
        for entry in entries
        if entry.latency is not None
    ]
    if len(measured) < len(entries):
        return _first(entries, margin)
    fastest = min(measured, key=lambda pair: (pair[0], pair[1].name))[1]
    equal = [entry for entry in entries if _is_as_fast(entry, fastest, margin)]
    return _first(equal, margin)


def _first(entries: Sequence[RankedCandidate], margin: float) -> RankedCandidate:
    """Of those that answer alike elsewhere, if any does, and are small, the one nearest to fp32."""
    portable = [entry for entry in entries if entry.candidate.is_portable] or entries
    smallest = min(entry.size for entry in portable)
    return min((e for e in portable if e.size <= smallest * (1 + margin)), key=_rank)


def _rank(entry: RankedCandidate) -> tuple[float, int, int, str]:
    peak = None if entry.latency is None else entry.latency.peak_memory_bytes
    apart = entry.candidate.judgement.largest_difference
    return apart, (peak or 0) // _MEGABYTE, entry.size, entry.name


def _is_as_fast(entry: RankedCandidate, other: RankedCandidate, margin: float) -> bool:
    if entry.name == other.name or entry.latency is None:
        return True
    ratio = entry.latency.ratios_to[other.name]
    return ratio.value <= 1 + margin or ratio.low <= 1


def _beside(entry: RankedCandidate, chosen: RankedCandidate, margin: float) -> str:
    """How a candidate that passes everything compares with the chosen one."""
    size = f"{entry.size / chosen.size:.2f} × the size of {chosen.name}"
    if entry.latency is None or chosen.latency is None or entry.name == chosen.name:
        return size
    time = entry.latency.ratios_to[chosen.name].value
    if _is_as_fast(entry, chosen, margin) and _is_as_fast(chosen, entry, margin):
        return f"as fast as {chosen.name} here, {size}"
    return f"{time:.2f} × the time of {chosen.name} here, {size}"


def _saturated(entry: RankedCandidate) -> str:
    changed = 100 * entry.candidate.changed_by_kernels
    return f"sums of its products saturate on this CPU; others decide {changed:.2g} % otherwise"


def _reason(
    chosen: RankedCandidate,
    quantised: RankedCandidate | None,
    entries: Sequence[RankedCandidate],
    excluded_because: Mapping[str, str],
    margin: float,
) -> str:
    is_rounded = chosen.candidate.precision == "int8"
    other = next(e for e in entries if e.candidate.precision == "fp32") if is_rounded else quantised
    if other is None:
        tried = any(entry.candidate.precision == "int8" for entry in entries)
        what = "no quantised candidate passes the gate" if tried else "none was quantised"
        return f"{chosen.name}: {what}"
    larger = other.size / chosen.size
    size = (
        f"{larger:.1f}× smaller than {other.name}"
        if larger > 1
        else f"{other.name} is {1 / larger:.1f}× smaller"
    )
    words = [_time_in_words(chosen, other, excluded_because, margin), size]
    if chosen.name in excluded_because:
        words.insert(0, f"nothing fits the target ({excluded_because[chosen.name]})")
    if not chosen.candidate.is_portable:
        words.append(_saturated(chosen))
    return f"{chosen.name}: {'; '.join(words)}"


def _time_in_words(
    chosen: RankedCandidate,
    other: RankedCandidate,
    excluded_because: Mapping[str, str],
    margin: float,
) -> str:
    if other.name in excluded_because and chosen.name not in excluded_because:
        return f"{other.name} is out, {excluded_because[other.name]}"
    if chosen.latency is None or other.latency is None:
        return "no latency was measured, so size decides"
    if _is_as_fast(chosen, other, margin) and _is_as_fast(other, chosen, margin):
        return f"as fast as {other.name} here, within {100 * margin:g} %"
    time = other.latency.ratios_to[chosen.name].value
    if time > 1:
        return f"faster here, {other.name} takes {time:.2f}× its time"
    return f"slower here, {other.name} takes {time:.2f}× its time"
