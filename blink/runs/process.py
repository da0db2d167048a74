import os
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Process:
    """A process that cannot be taken for another one, whatever clocks say.

    Attributes:
        host: Name of its machine.
        boot: What is another one after each start of the machine, and in each container.
        pid: Its number there.
        created: Seconds from the start of the machine to its own.
    """

    host: str
    boot: str
    pid: int
    created: float

    @property
    def is_here(self) -> bool:
        """Whether this machine can say if it lives."""
        return (self.host, self.boot) == (socket.gethostname(), _boot())

    @property
    def is_alive(self) -> bool:
        """Whether it lives, on this machine; a number that was given away again is another one."""
        try:
            found = psutil.Process(self.pid)
            return found.status() != psutil.STATUS_ZOMBIE and _created(found) == self.created
        except psutil.NoSuchProcess:
            return False

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


def this_process() -> Process:
    """The one that asks."""
    return Process(socket.gethostname(), _boot(), os.getpid(), _created(psutil.Process()))


def _created(process: psutil.Process) -> float:
    """What psutil gives holds the time of the boot, which moves when somebody sets the clock."""
    since_boot: float = process.create_time() - psutil.boot_time()
    return round(since_boot, 2)


def _boot() -> str:
    """Two containers may share a name and a kernel, and yet not see each other's processes."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # not Linux: a number that was given away again is told by its creation
        return ""
