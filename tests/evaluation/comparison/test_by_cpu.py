import json
import shutil
from pathlib import Path

import pytest

from blink.evaluation.comparison import EntryRules, Judged, Places, compare, describe_comparison
from blink.evaluation.comparison import read_judged as read
from blink.evaluation.comparison.by_cpu import CpuTimes, line_up_cpus
from blink.evaluation.comparison.page import render_comparison
from blink.runtime import Bundle
from tests.evaluation.comparison.planted import Planted, crowd, errors, plant
from tests.evaluation.comparison.test_page import words_of
from tests.export.measured import graph, measured, script

TABLE = crowd(12, 4)


@pytest.fixture
def run(tmp_path: Path, bundle: Bundle) -> Judged:
    """A run of one bundle and a heuristic without one, timed on one CPU."""
    rows = [
        Planted("drawn", errors(TABLE, 0.1, 1), ratio=4.0),
        Planted("vote", errors(TABLE, 0.2, 2), is_main=False, ratio=None, p50_us=20.0),
    ]
    place = plant(tmp_path / "run", TABLE, rows)
    shutil.copytree(bundle.folder, place / "bundles" / "drawn")
    return read(place)


def leave(run: Judged, bundle: Bundle, cpu: str, ratio: float) -> None:
    """What a benchmark on a CPU left beside the bundle: its int8, its fp32 and a rival."""
    graphs = [
        graph(
            f"drawn {name}", factor * ratio, sha256=script().digest(bundle.path(name).read_bytes())
        )
        for name, factor in (("int8", 1), ("fp32", 2))
    ]
    folder = run.folder / "bundles" / "drawn"
    content = measured(graph("rival int8", 99.0), *graphs, cpu=cpu)
    (folder / f"latency-{cpu}.json").write_text(json.dumps(content))


def test_line_up_cpus_finds_the_run_and_files_beside_the_bundle_when_there_are_some(
    run: Judged, bundle: Bundle
) -> None:
    leave(run, bundle, "Pi", 9.0)
    leave(run, bundle, "Atom", 7.0)

    (test,) = compare([run], EntryRules(), draws=100).test_sets
    found = line_up_cpus(test.inputs.models)

    assert found.cpus == ("Atom", "Pi", "a CPU")
    assert found.times == {
        "drawn int8": {
            "Atom": CpuTimes(10.5, 20.5, 7.0),
            "Pi": CpuTimes(10.5, 20.5, 9.0),
            "a CPU": CpuTimes(10.0, 99.0, 4.0),
        },
        "vote int8": {"a CPU": CpuTimes(20.0, 99.0, None)},
    }
    assert found.remarks == ()


def test_line_up_cpus_takes_the_file_before_the_run_when_both_are_of_one_cpu(
    run: Judged, bundle: Bundle
) -> None:
    leave(run, bundle, "a CPU", 5.0)

    (test,) = compare([run], EntryRules(), draws=100).test_sets
    found = line_up_cpus(test.inputs.models)

    assert found.times["drawn int8"] == {"a CPU": CpuTimes(10.5, 20.5, 5.0)}


def test_line_up_cpus_says_so_when_a_file_cannot_be_read(run: Judged) -> None:
    (run.folder / "bundles" / "drawn" / "latency-odd.json").write_text("{}")

    found = compare([run], EntryRules(), draws=100)

    by_cpu = line_up_cpus(found.test_sets[0].inputs.models)
    (remark,) = by_cpu.remarks
    assert "are not shown" in remark
    assert "latency-odd.json is no latency.json" in remark
    assert "latency-odd.json is no latency.json" in words_of(
        render_comparison(found, Places((), run.folder))
    )
    assert by_cpu.times["drawn int8"] == {"a CPU": CpuTimes(10.0, 99.0, 4.0)}


def test_line_up_cpus_averages_where_all_seeds_were_measured_when_they_are_one(
    tmp_path: Path,
) -> None:
    judged = []
    for seed, (ratio, cpu) in enumerate(((4.0, "a CPU"), (6.0, "a CPU"))):
        facts = {"seed": str(seed), "config": f"name: a\nseed: {seed}\n"}
        row = Planted("net", errors(TABLE, 0.1, seed), ratio=ratio, cpu=cpu)
        judged.append(read(plant(tmp_path / str(seed), TABLE, [row], facts=facts)))

    (test,) = compare(judged, EntryRules(average_seeds=True), draws=100).test_sets
    (times,) = line_up_cpus(test.inputs.models).times.values()

    assert times == {"a CPU": CpuTimes(10.0, 99.0, 5.0)}


def test_comparison_stands_cpus_side_by_side_when_there_are_two(
    run: Judged, bundle: Bundle
) -> None:
    alone = compare([run], EntryRules(), draws=100)
    assert "CPU by CPU" not in words_of(render_comparison(alone, Places((), run.folder)))
    leave(run, bundle, "Pi", 9.0)

    said = words_of(render_comparison(alone, Places((), run.folder)))

    assert "CPU by CPU" in said
    assert "9.00 × 10.5 µs, p99 20.5 µs" in said
    (test,) = describe_comparison(alone)["tests"]
    assert {one["title"]: sorted(one["by_cpu"]) for one in test["contestants"]} == {
        "drawn int8": ["Pi", "a CPU"],
        "vote int8": ["a CPU"],
    }
