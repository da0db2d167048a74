from collections import deque
from threading import Lock
from types import TracebackType


class FairSemaphore:
    """A first-in, first-out semaphore: so many callers at a time, in the order in which they came.

    Python's lock and its own semaphore promise no order: with many more callers than cores, whoever
    has just left is in again first, and others wait for seconds. In a queue nobody waits longer
    than it takes to serve those who came before. Measured in experiments/runtime.

    Example:
        >>> semaphore = FairSemaphore(2)
        >>> with semaphore:
        ...     answer = 6 * 7
    """

    def __init__(self, places: int) -> None:
        """Opens it with so many places, at least 1."""
        self._free = places
        self._guard = Lock()
        self._waiting: deque[Lock] = deque()

    @property
    def waiting(self) -> int:
        """How many callers wait now."""
        return len(self._waiting)

    def __enter__(self) -> None:
        turn: Lock | None = None
        has_place = False
        try:
            with self._guard:
                if self._free:
                    self._free -= 1
                    has_place = True
                    return
                closed = Lock()
                closed.acquire()
                turn = closed
                self._waiting.append(turn)
            has_place = True  # or will have, unless it is still found waiting
            turn.acquire()  # until whoever leaves opens it
        except BaseException:  # Ctrl-C, wherever it hits
            self._give_up(turn, has_place)
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()  # the place goes to the next
            else:
                self._free += 1

    def _give_up(self, turn: "Lock | None", has_place: bool) -> None:
        if turn is not None:
            with self._guard:
                if turn in self._waiting:
                    self._waiting.remove(turn)
                    return
            has_place = has_place or not turn.locked()  # its turn had come in the meantime
        if has_place:
            self._leave()
