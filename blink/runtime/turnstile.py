from collections import deque
from threading import Lock
from types import TracebackType


class Turnstile:
    """Lets so many callers in at a time, in the order in which they came.

    Python's lock and its own semaphore promise no order: with many more callers than cores, whoever
    has just left is in again first, and others wait for seconds. In a queue nobody waits longer
    than it takes to serve those who came before. Measured in experiments/runtime.

    Example:
        >>> turnstile = Turnstile(2)
        >>> with turnstile:
        ...     answer = 6 * 7
    """

    def __init__(self, places: int) -> None:
        """Opens it with so many places, at least 1."""
        self._free = places
        self._guard = Lock()
        self._waiting: deque[Lock] = deque()

    def __enter__(self) -> None:
        with self._guard:
            if self._free:
                self._free -= 1
                return
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        try:
            turn.acquire()  # until whoever leaves opens it
        except BaseException:  # Ctrl-C
            self._give_up(turn)
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

    def _give_up(self, turn: Lock) -> None:
        with self._guard:
            if turn in self._waiting:
                self._waiting.remove(turn)
                return
        self._leave()  # its turn had come in the meantime
