import platform
import subprocess
import sys
from pathlib import Path

import pytest

STEPS = """
import resource
import numpy as np
{keep}
def step():
    freed = [np.ones(1_000_000) for _ in range(5)]
for _ in range(3):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
MODULE = Path(__file__).parents[2] / "blink" / "training" / "memory.py"
KEEP = f"import runpy; runpy.run_path({str(MODULE)!r})['keep_memory']()"


def _pages_cleared(keep: str) -> int:
    program = STEPS.format(keep=keep)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told to keep memory")
def test_kept_memory_is_not_cleared_again_when_a_step_frees_it_and_the_next_takes_it() -> None:
    kept, given_back = _pages_cleared(KEEP), _pages_cleared("")
    assert given_back > 10_000  # 400 MB were taken in all
    assert kept < given_back / 10
