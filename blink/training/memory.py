import ctypes
import platform
from typing import Final

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_KEPT: Final = 1 << 29
"""Bytes: what the steps of our nets free lies far below it."""
_MOST_UNTIL_2_34: Final = 1 << 25
"""Bytes from which glibc maps memory apart: older ones refuse to be told of more."""


def keep_memory() -> None:
    """Lets the process keep what a training step frees, since the next one takes as much again.

    glibc would give it back to the kernel, which clears every page before it gives it anew, in one
    thread. Nothing is done where the C library is another one. Source of the numbers: glibc's
    `mallopt`.
    """
    if platform.libc_ver()[0] == "glibc":
        libc = ctypes.CDLL(None)
        # In this order: told when to trim, glibc no longer finds the other threshold by itself.
        if not libc.mallopt(_MMAP_THRESHOLD, _KEPT):
            libc.mallopt(_MMAP_THRESHOLD, _MOST_UNTIL_2_34)
        libc.mallopt(_TRIM_THRESHOLD, _KEPT)
