"""What a program does before it imports anything that takes seconds, such as torch.

Entry points import it first; it makes two choices for the whole process, so nothing that others
import does.

Ctrl-C where nobody listens ends it with a line and status 130, no traceback.

Python looks for garbage less often, and no more once the program ends. torch, Lightning and what
they bring are half a million objects that stay as long as the process: while they are imported it
looks through them a thousand times, and at the end it takes them apart one by one, together a
quarter of the time of a command that does little else. Cycles still are collected while a program
goes on. At its end `atexit` and `weakref.finalize` do what is left to them, but no `__del__` in a
cycle does: close files.
"""

import atexit
import gc
import sys
from types import TracebackType

_before = sys.excepthook


def _end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if kind is KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        sys.exit(130)
    _before(kind, error, trace)


sys.excepthook = _end
gc.set_threshold(10_000, 10, 10)  # 700 by default
atexit.register(gc.freeze)
