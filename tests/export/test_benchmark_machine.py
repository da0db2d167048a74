from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tests.export.measured import script


def test_machine_names_flags_and_governor_when_the_system_shows_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "model name\t: A  CPU @ 2 GHz\nflags\t\t: fpu sse2 avx2 avx512_vnni avx_vnni avx2x\n"
    monkeypatch.setattr(script(), "_cpu_info", lambda: text)
    found = script().machine()
    assert (found["cpu"], found["flags"]) == (
        "A CPU @ 2 GHz",
        ["avx2", "avx512_vnni", "avx_vnni"],
    )
    monkeypatch.setattr(script(), "_cpu_info", lambda: "Features : fp asimd asimddp i8mm\n")
    assert script().cpu_flags() == ["asimd", "asimddp", "i8mm"]
    monkeypatch.setattr(script(), "_cpu_info", lambda: "")
    assert script().cpu_flags() is None


def test_cpu_name_is_made_of_implementer_and_part_when_the_cpu_has_no_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    core = "CPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: 0xd0c\n\n"
    monkeypatch.setattr(script(), "_cpu_info", lambda: core * 2)
    monkeypatch.setattr(script().platform, "machine", lambda: "aarch64")
    assert script().cpu_name() == "aarch64 0x41 0xd0c"
    monkeypatch.setattr(script(), "_cpu_info", lambda: core + "Model : Raspberry Pi 4\n")
    assert script().cpu_name() == "Raspberry Pi 4"


def test_measuring_pins_nothing_when_it_is_not_to(monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = []

    def fresh(work: Any, job: dict[str, Any]) -> dict[str, Any]:
        jobs.append((work.__name__, job["cores"]))
        sums = np.ones((1, 2), np.int64)
        return {"pinning": script().pin(job["cores"]), "found": [], "sums": sums}

    monkeypatch.setattr(script(), "fresh", fresh)
    monkeypatch.setattr(script(), "counters", lambda: ({"package-0": "/"}, ""))
    measuring = script().Measuring(script().parse(["net", "--no-pinning"]), [])
    measuring.entries.append({})
    script().measure_batches(measuring)
    script().measure_energy(measuring)
    assert {name for name, _ in jobs} == {"run_batches", "count_energy"}
    assert [cores for _, cores in jobs] == [[]] * len(jobs)
    assert measuring.gaps["pinned_core"] == "not asked for"


def test_measuring_says_why_when_a_process_could_not_be_pinned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(script(), "fresh", lambda *_: {"pinning": "core 9: no", "found": []})
    measuring = script().Measuring(script().parse(["net"]), [])
    script().measure_batches(measuring)
    assert measuring.gaps["pinned_core"] == "core 9: no"


def test_pin_says_why_not_when_a_system_has_no_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script(), "os", SimpleNamespace())
    assert "does not let a process choose its core" in script().pin([0])


BOARD = "model name\t: ARMv7 Processor rev 3 (v7l)\nCPU implementer\t: 0x41\nCPU part\t: 0xd08\n\n"


@pytest.mark.parametrize(
    ("machine", "info", "name"),
    [
        ("armv7l", f"{BOARD}Hardware : BCM2711\nModel : Raspberry Pi 4\n", "Raspberry Pi 4"),
        ("armv7l", f"{BOARD}Hardware : Allwinner  sun8i\n", "Allwinner sun8i"),
        ("armv7l", f"{BOARD}Hardware : Generic DT based system\n", "ARMv7 Processor rev 3 (v7l)"),
        ("armv7l", BOARD, "ARMv7 Processor rev 3 (v7l)"),
        ("aarch64", f"{BOARD}Hardware : BCM2711\nModel : A Pi\n", "ARMv7 Processor rev 3 (v7l)"),
        ("aarch64", "Hardware : BCM2835\nModel : Raspberry Pi 3\n", "BCM2835"),
        ("x86_64", "model\t: 17\nmodel name\t: A  CPU\nModel : B\n", "A CPU"),
    ],
)
def test_cpu_name_is_the_boards_when_the_model_name_is_that_of_32_bit_arm(
    monkeypatch: pytest.MonkeyPatch, machine: str, info: str, name: str
) -> None:
    monkeypatch.setattr(script(), "_cpu_info", lambda: info)
    monkeypatch.setattr(script().platform, "machine", lambda: machine)
    assert script().cpu_name() == name


@pytest.mark.parametrize(
    ("words", "cores"),
    [
        ([], {1: [7], 2: [7, 5], 4: [7, 5, 3, 2]}),
        (["--core", "3"], {1: [3], 2: [3, 7], 4: [3, 7, 5, 2]}),
        (["--no-pinning"], {1: [], 2: [], 4: []}),
    ],
)
def test_throughput_begins_with_the_core_that_is_asked_for_when_there_are_several_threads(
    monkeypatch: pytest.MonkeyPatch, words: list[str], cores: dict[int, list[int]]
) -> None:
    found = {}

    def fresh(_: Any, job: dict[str, Any]) -> dict[str, Any]:
        found[job["threads"]] = job["cores"]
        return {"pinning": None, "found": []}

    monkeypatch.setattr(script(), "fresh", fresh)
    monkeypatch.setattr(script(), "allowed_cores", lambda: [2, 3, 5, 7])
    script().measure_batches(script().Measuring(script().parse(["net", *words]), []))
    assert found == cores
