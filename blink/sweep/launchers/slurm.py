import logging
import time
from collections.abc import Callable
from typing import Any, Final

from blink.contract import BlinkError, ConfigError
from blink.contract.termination import termination_as_interruption
from blink.sweep.crew import Crew, check_counts, check_restarts
from blink.sweep.job import Job

log = logging.getLogger(__name__)

LOOK: Final = 2.0
"""Seconds between two looks at the jobs; submitit itself asks SLURM less often."""

GRACE: Final = 60.0
"""Seconds that cancelled jobs have to end in; SLURM kills them after 30, as it is configured."""


class Slurm:
    """Workers as an array of SLURM jobs, by submitit.

    Args:
        executor: Makes submitit's executor for a folder: pickles and output of the jobs.
        workers: How many jobs.
        parameters: Of the executor, such as `timeout_min`, `cpus_per_task`, `slurm_partition`.
        processes: Trials that run side by side in a job.
        restarts: How many jobs may be submitted in place of such as died.

    Raises:
        ConfigError: One of the numbers is none.
    """

    def __init__(
        self,
        executor: Callable[..., Any],
        workers: int,
        parameters: dict[str, Any] | None = None,
        processes: int = 1,
        restarts: int = 3,
    ) -> None:
        check_counts(workers=workers, processes=processes)
        self._executor, self._workers = executor, workers
        self._parameters = dict(parameters or {})
        self._processes, self._restarts = processes, check_restarts(restarts)

    def __call__(self, job: Job) -> None:
        """See `Launcher`."""
        try:
            executor = self._executor(folder=job.folder / "slurm")
            executor.update_parameters(**self._parameters)
        except (RuntimeError, ValueError, TypeError, NameError) as error:
            raise ConfigError(
                f"submitit refuses launcher=slurm as it is configured: {error}"
            ) from error
        shifts = [Shift(job, self._processes) for _ in range(self._workers)]
        with executor.batch():  # one array
            working: list[Any] = [executor.submit(shift) for shift in shifts]
        log.info("Jobs %s.", ", ".join(one.job_id for one in working))
        with termination_as_interruption():
            try:
                self._watch(executor, working, shifts[0])
            finally:
                _end(working)

    def _watch(self, executor: Any, working: list[Any], shift: "Shift") -> None:
        restarts = self._restarts
        while working:
            for one in [one for one in working if one.done()]:
                working.remove(one)
                fault = one.exception()
                if fault is None:
                    continue
                if not restarts:
                    raise BlinkError(f"Job {one.job_id} failed, as others before it: {fault}")
                restarts -= 1
                working.append(executor.submit(shift))
                log.warning("Job %s died; %s takes its place.", one.job_id, working[-1].job_id)
            time.sleep(LOOK)


def _end(working: list[Any]) -> None:
    """Cancels what is left, and waits until its runs have ended: one that lives is not resumed."""
    left = {one.job_id: one for one in working}
    for one in left.values():
        one.cancel(check=False)
    if left:
        log.info("Jobs %s are cancelled; their runs end.", ", ".join(left))
    deadline = time.monotonic() + GRACE
    while left and time.monotonic() < deadline:
        time.sleep(LOOK)
        left = {name: one for name, one in left.items() if not one.done(force_check=True)}
    if left:
        log.warning("Jobs %s still run; go on when they have ended.", ", ".join(left))


class Shift:
    """What a job does; submitit calls it, and tells it when SLURM wants the machine back.

    Args:
        job: What is to be done.
        processes: Trials that run side by side.
    """

    def __init__(self, job: Job, processes: int) -> None:
        self._job, self._processes = job, processes

    def __call__(self) -> None:
        """Works until the study has no trial left."""
        self._crew = Crew(self._job, processes=self._processes)
        self._crew.work()

    def checkpoint(self) -> Any:
        """Lets the runs end resumably; the job is queued again, and goes on with them."""
        self._crew.stop()
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(Shift(self._job, self._processes))
