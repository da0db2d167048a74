"""Latencies of several CPUs side by side: those of the run, and those beside its bundles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from blink.contract import BundleError, ConfigError
from blink.contract.record import Record
from blink.evaluation.comparison.inputs import ComparedModel
from blink.latency import latencies_of
from blink.runtime import load_bundle
from blink.runtime.bundle import FILE


@dataclass(frozen=True, slots=True)
class CpuTimes(Record):
    """One intelligence on one CPU; of seeds, the mean.

    Attributes:
        p50_us: Median, in microseconds.
        p99_us: 99th percentile, in microseconds.
        ratio: Its median over that of the empty graph; None in runs that did not keep it.
    """

    p50_us: float
    p99_us: float
    ratio: float | None


@dataclass(frozen=True)
class ByCpu:
    """All models on all CPUs on which any was measured.

    Attributes:
        cpus: By name.
        times: Title of a model → CPU → times; a CPU that is missing was not measured.
        remarks: What lies beside a bundle and could not be read, a sentence each.
    """

    cpus: tuple[str, ...]
    times: Mapping[str, Mapping[str, CpuTimes]]
    remarks: tuple[str, ...]


def line_up_cpus(models: Sequence[ComparedModel]) -> ByCpu:
    """Finds what was measured where.

    A bundle is looked for in the folder of its run, `bundles/NAME`. Files beside it count where
    they measured the very graph, by its hash, and before what the run itself says of the same CPU.
    """
    remarks: list[str] = []
    times = {one.title: _of_model(one, remarks) for one in models}
    cpus = sorted({cpu for found in times.values() for cpu in found})
    return ByCpu(tuple(cpus), times, tuple(dict.fromkeys(remarks)))


def _of_model(one: ComparedModel, remarks: list[str]) -> dict[str, CpuTimes]:
    runs = [_beside(Path(run) / "bundles" / one.name, one.precision, remarks) for run in one.runs]
    if 0 < len(one.latencies) < len(runs):
        runs = runs[:1]  # runs that answer alike are shown as one, with the times of the first
    for known, latency in zip(runs, one.latencies, strict=False):
        own = CpuTimes(latency.p50_us, latency.p99_us, latency.ratio_to_empty_graph)
        known.setdefault(latency.cpu, own)
    everywhere = [cpu for cpu in runs[0] if all(cpu in run for run in runs)]
    return {cpu: _mean([run[cpu] for run in runs]) for cpu in everywhere}


def _beside(folder: Path, precision: str, remarks: list[str]) -> dict[str, CpuTimes]:
    if not (folder / FILE).is_file():
        return {}
    try:
        found = list(latencies_of(load_bundle(folder), precision))
    except (BundleError, ConfigError) as error:
        remarks.append(f"Latencies beside {folder} are not shown: {error}")
        return {}
    return {one.cpu: CpuTimes(one.p50_us, one.p99_us, one.ratio_to_empty_graph) for _, one in found}


def _mean(times: Sequence[CpuTimes]) -> CpuTimes:
    ratios = [one.ratio for one in times if one.ratio is not None]
    return CpuTimes(
        p50_us=float(np.mean([one.p50_us for one in times])),
        p99_us=float(np.mean([one.p99_us for one in times])),
        ratio=float(np.mean(ratios)) if len(ratios) == len(times) else None,
    )
