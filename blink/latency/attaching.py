"""Latencies that were measured on a target are brought home: one file for each CPU."""

import re
from pathlib import Path

from blink.contract import BundleError, ConfigError, atomic_file
from blink.latency.file import LatencyFile, read_latency_file
from blink.runtime.bundle import Bundle, load_bundle

_LONGEST_SLUG = 87
"""Letters of a CPU in the name of a file; with those around it `FILE_NAME` allows no more."""


def attach(folder: Path, latency: Path) -> Path:
    """Brings home what was measured on a target: puts it beside the bundle, whole.

    It replaces an older file of the same CPU. Two of one name whose instructions differ are two, of
    which a bundle can have the latencies of one: nothing else tells them apart.

    Args:
        folder: The bundle.
        latency: What `export/benchmark.py` wrote.

    Returns:
        Where it lies now: `latency-<CPU>.json` in the bundle's folder, outside of what is hashed.

    Raises:
        BundleError: The folder is no bundle, or the file measured none of its graphs.
        ConfigError: The file is none of the benchmark's, older than the one that lies there, or of
            another CPU.
        StorageError: The folder could not be written.
    """
    bundle = load_bundle(folder)
    content = read_latency_file(latency)
    _check_belongs(bundle, content, latency)
    path = folder / f"latency-{slug(content.machine.cpu)}.json"
    if path.exists():
        _check_replaces(path, content, latency)
    text = latency.read_bytes()
    with atomic_file(path) as temporary:
        temporary.write_bytes(text)
    return path


def slug(cpu: str) -> str:
    """A CPU's name as it stands in a file's name; the benchmark does the same."""
    name = re.sub(r"[^a-z0-9]+", "-", cpu.lower()).strip("-") or "unknown-cpu"
    return name[:_LONGEST_SLUG]


def _check_replaces(path: Path, content: LatencyFile, latency: Path) -> None:
    """Whether what comes is of the CPU of the file that lies there, and not older."""
    there = read_latency_file(path)
    old, new = there.machine, content.machine
    is_known = old.flags is not None and new.flags is not None
    had, has = set(old.flags or ()), set(new.flags or ())
    if old.cpu != new.cpu or (is_known and had != has):
        raise ConfigError(
            f"{latency} is of {_with(new.cpu, has - had)}, and {path} of "
            f"{_with(old.cpu, had - has)}. Move {path} elsewhere if the other CPU is to count."
        )
    if there.date > content.date:
        raise ConfigError(
            f"{latency} is of {content.date}, and {path} of {there.date} is newer. Remove that "
            "file if the older one is to count."
        )


def _with(cpu: str, flags: set[str]) -> str:
    """A CPU and those instructions that it alone has of two."""
    return f"{cpu} ({', '.join(sorted(flags))})" if flags else cpu


def _check_belongs(bundle: Bundle, content: LatencyFile, latency: Path) -> None:
    known = {bundle.files[name] for name in bundle.precisions.values()}
    if any(graph.sha256 in known for graph in content.graphs):
        return
    again = "Copy the bundle as it is now to the target, and measure again."
    for graph in content.graphs:
        if graph.bundle == bundle.name:
            raise BundleError(
                f"{latency} measured {graph.name} of another export than {bundle.folder}: the "
                f"file's SHA-256 is {graph.sha256[:12]}…, and the bundle holds none such. {again}"
            )
    measured = ", ".join(graph.name for graph in content.graphs)
    raise BundleError(
        f"{latency} measured no graph of {bundle.folder} ({bundle.name}), but {measured}. {again}"
    )
