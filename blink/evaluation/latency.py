"""Latencies of bundles, measured by the one-file benchmark in processes of their own."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from blink.contract import BlinkError
from blink.evaluation.results import Latency

_LAST_LINES = 5


def measure_latency(benchmark: Path, bundles: Sequence[Path]) -> dict[tuple[Path, str], Latency]:
    """Runs the benchmark on bundles, on the CPU at hand; its progress goes to stderr.

    Args:
        benchmark: `export/benchmark.py`, which is a program of its own and no module of Blink.
        bundles: Folders, each once.

    Returns:
        (Folder of a bundle, precision) to latency; empty for no bundles.

    Raises:
        BlinkError: The benchmark failed, or wrote something else than was agreed.
    """
    if not bundles:
        return {}
    found = _run(benchmark, list(map(str, bundles)))
    try:
        return {
            (Path(graph["bundle"]), graph["precision"]): Latency(
                p50_us=graph["p50_us"],
                p99_us=graph["p99_us"],
                ratio_to_empty_graph=graph["ratio_to_empty_graph"],
                cpu=found["cpu"],
            )
            for graph in found["graphs"]
        }
    except (KeyError, TypeError) as error:
        raise BlinkError(
            f"{benchmark} wrote something that this version of Blink does not know "
            f"({error!r}). Take both from the same commit."
        ) from error


def _run(benchmark: Path, bundles: Sequence[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "latency.json"
        command = [sys.executable, str(benchmark), *bundles, "--out", str(out)]
        lines = []
        with subprocess.Popen(  # noqa: S603 - the program is the caller's choice
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stderr is not None  # noqa: S101 - it is piped
            for line in process.stderr:  # its progress, passed on as it comes
                sys.stderr.write(line)
                lines.append(line)
        if process.returncode:
            last = "".join(lines[-_LAST_LINES:]).strip()
            raise BlinkError(f"{benchmark} failed with exit code {process.returncode}:\n{last}")
        try:
            found: dict[str, Any] = json.loads(out.read_bytes())
        except (OSError, ValueError) as error:
            raise BlinkError(f"{benchmark} ended well but left no JSON: {error}.") from error
    return found
