"""Processes whose parent is killed: do they end?"""

import os
import subprocess
import sys
import time


def group_after_kill(script: str, *arguments: str, seconds: float) -> tuple[bytes, bool]:
    """Runs a script until it has said a line, kills it, and waits for those that it started.

    Returns:
        The line; and whether anybody of its process group lived on for so many seconds.
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    with parent:
        assert parent.stdout is not None
        said = parent.stdout.readline()
        parent.kill()
    deadline = time.monotonic() + seconds
    while _lives(parent.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return said, _lives(parent.pid)


def _lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
