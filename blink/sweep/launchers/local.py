from blink.contract import cores
from blink.sweep.crew import Crew, check_counts, check_restarts
from blink.sweep.job import Job


class Local:
    """Trials side by side on this machine.

    Args:
        processes: How many at a time; None for one on every two cores.
        threads: Of each; None for a fair share of the cores.
        restarts: How many workers may be started in place of such as died.

    Raises:
        ConfigError: One of them is no such number.
    """

    def __init__(
        self, processes: int | None = None, threads: int | None = None, restarts: int = 3
    ) -> None:
        check_counts(processes=processes, threads=threads)
        self._processes = max(1, cores() // 2) if processes is None else processes
        self._threads, self._restarts = threads, check_restarts(restarts)

    def __call__(self, job: Job) -> None:
        """See `Launcher`."""
        Crew(job, processes=self._processes, threads=self._threads, restarts=self._restarts).work()
