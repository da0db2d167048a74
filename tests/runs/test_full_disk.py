"""A disk that is really full: a tmpfs of 64 kB in a namespace of its own."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from pathlib import Path
from blink.contract import StorageError
from blink.runs import About, State, heart, read_run, watch

disk = Path(sys.argv[1])
watched = watch(disk / "run", About("full"))
try:
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(4096))
except OSError as error:
    print(error.strerror)
heart.beat(watched.folder, 1, 10.0)
watched.end(State.FAILED, "No space left. " * 20)
run = read_run(watched.folder)
print(run.state, len(run.reason), heart.seconds_beaten(run.folder))
try:
    watch(disk / "another", About("full"))
except StorageError as error:
    print(error)
"""


def test_status_says_failed_when_the_disk_is_full(tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    mount = f"mount -t tmpfs -o size=64k none {tmp_path}"
    alone = [str(unshare), "--map-root-user", "--mount", "sh", "-c"]
    if not unshare or subprocess.run([*alone, mount], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a file system of their own")
    command = f'{mount} && exec "$0" -c "$1" {tmp_path}'
    done = subprocess.run(
        [*alone, command, sys.executable, PROGRAM], check=False, capture_output=True, text=True
    )
    assert done.stdout.splitlines() == [
        "No space left on device",
        "failed 300 10.0",
        f"{tmp_path}/another cannot be written to: No space left on device.",
    ], done.stderr
    assert "The status is written over the one before." in done.stderr
