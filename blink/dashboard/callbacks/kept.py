import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

_T = TypeVar("_T")
_MOST: Final = 16


class Kept(Generic[_T]):
    """Answers that took long, the latest few of them.

    One is worked out at a time: each takes all of a core, and whoever asks for the same one waits
    for it instead of asking again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, _T] = OrderedDict()

    def of(self, question: Hashable, work_out: Callable[[], _T]) -> _T:
        """The answer, from before or worked out now; an error is not kept."""
        with self._lock:
            if question not in self._answers:
                self._answers[question] = work_out()
                while len(self._answers) > _MOST:
                    self._answers.popitem(last=False)
            return self._answers[question]
