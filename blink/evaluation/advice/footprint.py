"""Size, latency and memory of bundles, as measured."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from blink.contract import BlinkError, ConfigError
from blink.evaluation.advice.results import Footprint
from blink.latency import Benchmark, Latency, latencies_of, measure_latency
from blink.runtime import Bundle, load_bundle

_MEMORY = '''
import sys
from blink.runtime import Detector

def peak():
    """Largest memory so far, megabytes."""
    try:
        # Linux's getrusage tells that of the parent, where it was larger before the child began.
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # bytes on macOS

bare = peak()
detector = Detector.load(sys.argv[1])
for planes in detector.bundle.golden_crops():
    crop = planes[0] if len(planes) == 1 else planes.transpose(1, 2, 0)
    for _ in range(20):
        detector.predict([crop])
print(bare, peak())
'''
"""Runs a bundle crop by crop, as a product does, and tells the memory before and after."""


def measure_footprints(folders: Sequence[Path], benchmark: Benchmark) -> list[Footprint]:
    """What the shipped graph of each bundle takes.

    Latencies that lie beside a bundle (`latency*.json`) and are of the very graph are taken, of
    several those of the CPU where it is slowest; where there are none, they are measured here and
    now, and not written.

    Args:
        folders: Bundles.
        benchmark: How those are measured.

    Raises:
        BundleError: A folder is no bundle.
        ConfigError: There are no latencies, and no benchmark; or a file of latencies is none.
        BlinkError: The benchmark, or a bundle within it, cannot run.
    """
    bundles = [load_bundle(folder) for folder in folders]
    known = {bundle.folder: _slowest(bundle) for bundle in bundles}
    missing = [folder for folder, found in known.items() if found is None]
    if missing and not benchmark.program.is_file():
        raise ConfigError(
            f"No latency*.json lies beside {missing[0]}, and {benchmark.program} is not there to "
            "measure it now: it is part of the repository, not of the installed package. Run it on "
            "the target's CPU, and leave what it writes beside the bundle."
        )
    now = measure_latency(benchmark, missing)
    footprints = []
    for bundle in bundles:
        latency, source = known[bundle.folder] or (
            now[bundle.folder, bundle.precision],
            "measured now",
        )
        bare, loaded = _measure_memory(bundle.folder)
        footprints.append(
            Footprint(
                bundle=bundle.name,
                precision=bundle.precision,
                size_kb=bundle.path().stat().st_size / 1000,
                p50_us=latency.p50_us,
                p99_us=latency.p99_us,
                cpu=latency.cpu,
                source=source,
                ram_mb=loaded,
                bare_ram_mb=bare,
                licence=bundle.provenance.get("licence"),
            )
        )
    return footprints


def _slowest(bundle: Bundle) -> tuple[Latency, str] | None:
    found = [(latency, str(path)) for path, latency in latencies_of(bundle)]
    return max(found, key=lambda pair: pair[0].p99_us, default=None)


def _measure_memory(folder: Path) -> tuple[float | None, float | None]:
    """Memory of a process before and after it has run a bundle, megabytes."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _MEMORY, str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        if last and "No module named 'resource'" in last[0]:
            return None, None  # neither Linux nor macOS
        raise BlinkError(f"{folder} could not be run to measure its memory: {' '.join(last)}")
    bare, loaded = done.stdout.split()
    return float(bare), float(loaded)
