import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from blink.contract import BundleError, ConfigError
from blink.evaluation.advice import measure_footprints
from blink.latency import Benchmark
from blink.runtime import Bundle
from tests.export.measured import graph, measured
from tests.latency.test_measuring import HONEST, program

SLOW = {"p50_us": 50.0, "p99_us": 90.0}


def copy(bundle: Bundle, folder: Path, *latencies: dict[str, Any]) -> Path:
    """A copy of a bundle, with files of the benchmark beside it."""
    place = folder / bundle.folder.name
    shutil.copytree(bundle.folder, place)
    own = hashlib.sha256((place / "model.onnx").read_bytes()).hexdigest()
    for number, changes in enumerate(latencies):
        graphs = [graph(sha256=own, **changes), graph("other fp32", p99_us=1e6)]
        content = measured(*graphs, cpu=f"CPU {number}")
        (place / f"latency-{number}.json").write_text(json.dumps(content))
    return place


def test_measure_footprints_takes_the_slowest_cpu_when_latencies_lie_beside_a_bundle(
    bundle: Bundle, tmp_path: Path
) -> None:
    place = copy(bundle, tmp_path, SLOW, SLOW | {"p50_us": 30.0, "p99_us": 40.0})

    (found,) = measure_footprints([place], Benchmark(tmp_path / "no benchmark is needed"))

    assert (found.bundle, found.precision) == (bundle.name, bundle.precision)
    assert (found.p50_us, found.p99_us, found.cpu) == (50.0, 90.0, "CPU 0")
    assert found.source == str(place / "latency-0.json")
    assert found.size_kb == pytest.approx((place / "model.onnx").stat().st_size / 1000)


def test_measure_footprints_measures_memory_of_a_process_that_runs_the_bundle(
    bundle: Bundle, tmp_path: Path
) -> None:
    ballast = bytearray(400_000_000)  # this process is large; the one that is measured is not
    ballast[::4096] = b"x" * len(ballast[::4096])

    (found,) = measure_footprints(
        [copy(bundle, tmp_path, SLOW)], Benchmark(tmp_path / "benchmark.py")
    )

    assert found.ram_mb is not None
    assert found.bare_ram_mb is not None
    assert 20 < found.bare_ram_mb < found.ram_mb < 300
    assert 1 < found.own_ram_mb < 100


def test_measure_footprints_runs_the_benchmark_when_nothing_lies_beside_the_bundle(
    bundle: Bundle, tmp_path: Path
) -> None:
    place = copy(bundle, tmp_path)

    (found,) = measure_footprints([place], Benchmark(program(tmp_path, HONEST)))

    assert (found.p50_us, found.p99_us, found.cpu) == (10.5, 20.5, "a CPU")
    assert found.source == "measured now"
    assert not list(place.glob("latency*"))


def test_measure_footprints_refuses_a_file_beside_when_it_is_no_benchmarks(
    bundle: Bundle, tmp_path: Path
) -> None:
    place = copy(bundle, tmp_path)
    (place / "latency-odd.json").write_text("{}")

    with pytest.raises(ConfigError, match=r"latency-odd.json is no latency.json of version 2"):
        measure_footprints([place], Benchmark(tmp_path / "benchmark.py"))


def test_measure_footprints_refuses_a_folder_when_it_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="is no bundle"):
        measure_footprints([tmp_path], Benchmark(tmp_path / "benchmark.py"))


def test_measure_footprints_says_where_the_benchmark_is_when_it_is_needed_and_not_there(
    bundle: Bundle, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="it is part of the repository"):
        measure_footprints([copy(bundle, tmp_path)], Benchmark(tmp_path / "benchmark.py"))
