import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from blink.contract import BlinkError, BundleError, ConfigError
from blink.latency import Latency, attach, latencies_of, read_latencies
from blink.latency.attaching import slug
from blink.runtime import Bundle, load_bundle
from blink.runtime.entries import FILE_NAME
from tests.export.measured import graph, script
from tests.latency.brought import from_target, sha256_of


@pytest.fixture
def folder(bundle: Bundle, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bundle.folder, tmp_path / "copy"))


def test_attach_puts_the_file_beside_the_bundle_when_it_measured_its_graphs(
    folder: Path, bundle: Bundle, tmp_path: Path
) -> None:
    given = from_target(tmp_path, bundle)
    path = attach(folder, given)
    assert path == folder / "latency-arm-cortex-a72-r0p3.json"
    assert path.read_bytes() == given.read_bytes()
    assert load_bundle(folder).name == "drawn"
    assert [p for p, _ in read_latencies(folder)] == [path]
    assert list(latencies_of(load_bundle(folder), "fp32")) == [
        (path, Latency(10.5, 20.5, 4.0, "ARM Cortex-A72 (r0p3)"))
    ]


def test_attach_replaces_the_file_of_the_same_cpu_when_a_newer_one_comes(
    folder: Path, bundle: Bundle, tmp_path: Path
) -> None:
    attach(folder, from_target(tmp_path, bundle))
    newer = from_target(tmp_path, bundle, "u.json", date="2026-12-01T00:00:00+00:00")
    path = attach(folder, newer)
    assert [place for place, _ in read_latencies(folder)] == [path]
    assert path.read_bytes() == newer.read_bytes()
    with pytest.raises(ConfigError, match=r"t\.json is of 2026-11-24.* is newer\. Remove that"):
        attach(folder, tmp_path / "t.json")
    assert attach(folder, path) == path  # its own file: nothing changes
    assert path.read_bytes() == newer.read_bytes()


def test_attach_keeps_the_file_when_another_cpu_has_the_same_name(
    folder: Path, bundle: Bundle, tmp_path: Path
) -> None:
    path = attach(folder, from_target(tmp_path, bundle))
    before = path.read_bytes()
    date = "2026-12-01T00:00:00+00:00"
    where = json.loads(before)["machine"]
    for machine, apart in (
        (
            where | {"flags": ["asimddp", "i8mm"]},
            "ARM Cortex-A72 (r0p3) (asimddp, i8mm), and {} of ARM Cortex-A72 (r0p3) (avx2)",
        ),
        (
            where | {"flags": []},
            "ARM Cortex-A72 (r0p3), and {} of ARM Cortex-A72 (r0p3) (avx2)",
        ),
        (
            where | {"cpu": "ARM Cortex A72 r0p3"},
            "ARM Cortex A72 r0p3, and {} of ARM Cortex-A72 (r0p3)",
        ),
    ):
        other = from_target(tmp_path, bundle, "u.json", date=date, machine=machine)
        words = f"{other} is of {apart.format(path)}. Move {path} elsewhere if"
        with pytest.raises(ConfigError, match=re.escape(words)):
            attach(folder, other)
    assert path.read_bytes() == before


def test_attach_replaces_the_file_when_the_instructions_of_one_cpu_are_unknown(
    folder: Path, bundle: Bundle, tmp_path: Path
) -> None:
    path = attach(folder, from_target(tmp_path, bundle))
    where = json.loads(path.read_bytes())["machine"]
    date = "2026-12-01T00:00:00+00:00"
    given = from_target(tmp_path, bundle, date=date, machine=where | {"flags": None})
    assert attach(folder, given) == path
    assert path.read_bytes() == given.read_bytes()
    known = from_target(tmp_path, bundle, date=date)
    assert attach(folder, known) == path
    assert path.read_bytes() == known.read_bytes()


def test_attach_takes_the_file_when_another_export_was_measured_beside_it(
    folder: Path, bundle: Bundle, tmp_path: Path
) -> None:
    own = graph("drawn fp32 (a)", sha256=sha256_of(bundle, "fp32"), bundle="drawn")
    given = from_target(tmp_path, bundle, graphs=[graph("drawn fp32 (b)", bundle="drawn"), own])
    assert attach(folder, given).read_bytes() == given.read_bytes()


IMPOSSIBLE: dict[str, tuple[dict[str, Any], str]] = {
    "before it began": (graph(p50_us=-5.0), "p50_us: Input should be greater than 0"),
    "no time": (graph(p99_us=0), "p99_us: Input should be greater than 0"),
    "the median last": (graph(p50_us=20.6), "graphs.0: Value error, p50_us is above p99_us"),
    "out of order": (graph(p999_us={"value": 3, "low": 9, "high": 4}), "p999_us.*this order"),
    "below 0": (graph(ratio_to_empty_graph={"value": 0, "low": 9, "high": -9}), "high: Input"),
    "for nothing": (graph(ratio=0.0), "ratio_to_empty_graph: .* nothing takes no time"),
    "wrong": (graph(verified=graph()["verified"] | {"wrong": 7}), "verified.wrong: Input should"),
    "never": (graph(calls=0), "calls: Input should be greater than 0"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_attach_refuses_when_nothing_can_have_taken_so_long(
    folder: Path, bundle: Bundle, tmp_path: Path, case: str
) -> None:
    entry, message = IMPOSSIBLE[case]
    with pytest.raises(ConfigError, match=message):
        attach(folder, from_target(tmp_path, bundle, graphs=[entry]))
    assert not list(folder.glob("latency*"))


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"date": "Too long ago"}, ConfigError, "date: Input should be a valid datetime"),
        ({"date": "1700000000"}, ConfigError, "date: .* should be text such as 2026-11-24T13:05"),
        ({"date": 1700000000}, ConfigError, "date: .* should be text such as 2026-11-24T13:05"),
        ({"date": "2026-11-24T13:05:00"}, ConfigError, "date: Input should have timezone"),
        ({"version": 1}, ConfigError, r"t\.json is no latency\.json of version 2 \(version"),
        ({"graphs": []}, ConfigError, r"graphs: Tuple should have at least 1 item"),
        ({"graphs": [graph("other int8")]}, BundleError, r"measured no graph of .*other int8"),
        ({"graphs": [graph("drawn int8")]}, BundleError, r"drawn int8 of another export"),
        ({"secret": 1}, ConfigError, "secret: Extra inputs are not permitted"),
    ],
)
def test_attach_says_what_does_not_fit_when_the_file_is_another(
    folder: Path,
    bundle: Bundle,
    tmp_path: Path,
    changes: dict[str, Any],
    kind: type[BlinkError],
    message: str,
) -> None:
    with pytest.raises(kind, match=message):
        attach(folder, from_target(tmp_path, bundle, **changes))
    assert not list(folder.glob("latency*"))


def test_attach_names_the_file_when_it_is_not_there(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no\.json cannot be read: No such file"):
        attach(folder, tmp_path / "no.json")


def test_attach_refuses_at_once_when_the_file_is_a_pipe_or_far_too_large(
    folder: Path, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe.json")  # whoever opens it waits for a writer
    (tmp_path / "large.json").touch()
    os.truncate(tmp_path / "large.json", (16 << 20) + 1)
    for name in ("pipe.json", "large.json"):
        with pytest.raises(ConfigError, match=rf"{name} is no file of at most 16,777,216 bytes"):
            attach(folder, tmp_path / name)


def test_attach_cuts_the_name_when_a_cpu_has_a_longer_one_than_a_file_may(
    folder: Path, bundle: Bundle, tmp_path: Path
) -> None:
    given = from_target(tmp_path, bundle)
    content = json.loads(given.read_text())
    content["machine"]["cpu"] = "x" * 400
    given.write_text(json.dumps(content))
    path = attach(folder, given)
    assert path.name == f"latency-{'x' * 87}.json"
    assert re.fullmatch(FILE_NAME, path.name)
    assert not re.fullmatch(FILE_NAME, f"x{path.name}")


@pytest.mark.parametrize("cpu", ["AMD EPYC 9R14 @ 2.6GHz", "Cortex-A72", "???", "x " * 9])
def test_slug_is_the_benchmarks_own_when_a_cpu_has_any_name(cpu: str) -> None:
    assert script().beside("net", cpu).name == f"latency-{slug(cpu)}.json"
