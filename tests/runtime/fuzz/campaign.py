"""Many mutants in processes that watch each other: a crash or a hang is found and named."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from blink.contract import cores

ROOT: Final = Path(__file__).parents[3]
WORKER: Final = (sys.executable, "-m", "tests.runtime.fuzz.worker")
_STRETCH: Final = 2000


@dataclass
class Outcome:
    """How the mutants ended.

    Attributes:
        ends: How many ended how.
        done: How often each change was made.
        faults: What must not be: seed, change, and what happened.
    """

    ends: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    faults: list[dict[str, Any]] = field(default_factory=list)

    @property
    def cases(self) -> int:
        """How many mutants came to an end."""
        return sum(self.ends.values())

    def add(self, found: dict[str, Any]) -> None:
        """Adds what a worker says at its end."""
        self.ends.update(found["ends"])
        self.done.update(found["done"])
        self.faults += found["faults"]


def run_campaign(first: int, count: int, command: Sequence[str] = WORKER) -> Outcome:
    """Runs mutants on all cores.

    Args:
        first: The first one's seed.
        count: How many.
        command: What runs a stretch of them, see `tests.runtime.fuzz.worker`.
    """
    starts = range(first, first + count, _STRETCH)
    stretches = [(start, min(_STRETCH, first + count - start)) for start in starts]
    outcome = Outcome()
    with ThreadPoolExecutor(cores()) as pool:
        for found in pool.map(lambda stretch: list(_run(command, *stretch)), stretches):
            for part in found:
                outcome.add(part)
    return outcome


def _run(command: Sequence[str], first: int, count: int) -> Iterator[dict[str, Any]]:
    """Runs a stretch; after a mutant that ended its process, goes on with the next one."""
    end = first + count
    while first < end:
        process = subprocess.run(
            [*command, str(first), str(end - first)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        lines = process.stdout.splitlines()
        if process.returncode == 0:
            yield json.loads(lines[-1])
            return
        seed = int(lines[-1]) if lines and lines[-1].isdigit() else first
        end_of_it = f"the process ended with {process.returncode}: {process.stderr[-1500:]}"
        yield {
            "ends": {"killed": 1},
            "done": {},
            "faults": [{"seed": seed, "done": [], "must": False, "end": end_of_it}],
        }
        if seed > first:  # those before it are run again, as their ends were lost
            yield from _run(command, first, seed - first)
        first = seed + 1


def told(outcome: Outcome, most: int = 20) -> str:
    """The faults, and how to see one again."""
    lines = [f"{len(outcome.faults)} faults in {outcome.cases:,} cases: {dict(outcome.ends)}"]
    lines += [f"python -m tests.runtime.fuzz.worker {f['seed']} 1: {f}" for f in outcome.faults]
    return "\n".join(lines[: most + 1])
