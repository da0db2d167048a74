"""Ends a program that Ctrl-C stops where nobody listens with a line and status 130, no traceback.

Entry points import it before anything that takes seconds to import, such as torch. It sets
`sys.excepthook`, so nothing that others import does.
"""

import sys
from types import TracebackType

_before = sys.excepthook


def _end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if kind is KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        sys.exit(130)
    _before(kind, error, trace)


sys.excepthook = _end
