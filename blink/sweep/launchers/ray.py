import importlib
import os
from typing import Any, Final

from blink.contract import BlinkError, ConfigError
from blink.contract.termination import termination_as_interruption
from blink.sweep.crew import Crew, check_counts, check_restarts
from blink.sweep.job import Job

_VARIABLES: Final = ("BLINK_DATA", "BLINK_CACHE")


class Ray:
    """Workers as tasks of Ray, on a cluster that stands, or on one of this machine alone.

    Args:
        workers: How many, so many trials run side by side.
        cpus: Of each, and threads of its run.
        gpus: Of each; 0.25 lets four share one.
        restarts: How often Ray starts a worker again whose process or machine has died.
        cluster: Options of `ray.init`, above all `address`.

    Raises:
        ConfigError: One of the numbers is none.
    """

    def __init__(
        self,
        workers: int,
        cpus: int = 1,
        gpus: float = 0,
        restarts: int = 3,
        cluster: dict[str, Any] | None = None,
    ) -> None:
        check_counts(workers=workers, cpus=cpus)
        self._workers, self._cpus, self._gpus = workers, cpus, gpus
        self._restarts, self._cluster = check_restarts(restarts), dict(cluster or {})

    def __call__(self, job: Job) -> None:
        """See `Launcher`."""
        ray = _ray()
        try:
            ray.init(**self._cluster | {"runtime_env": self._environment()})
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise ConfigError(
                f"Ray cannot be reached or started with launcher.cluster={self._cluster}: {error}"
            ) from error
        try:
            with termination_as_interruption():
                self._work(ray, job)
        finally:
            ray.shutdown()

    def _environment(self) -> dict[str, Any]:
        """With where data and caches are; a password stays here, since Ray shows all variables."""
        given: dict[str, Any] = self._cluster.get("runtime_env") or {}
        ours = {name: os.environ[name] for name in _VARIABLES if name in os.environ}
        return given | {"env_vars": ours | (given.get("env_vars") or {})}

    def _work(self, ray: Any, job: Job) -> None:
        remote = ray.remote(
            num_cpus=self._cpus, num_gpus=self._gpus, max_retries=self._restarts, max_calls=1
        )
        task = remote(_work)
        waiting = [task.remote(job, self._cpus) for _ in range(self._workers)]
        faults = []
        try:
            while waiting:
                ended, waiting = ray.wait(waiting)
                faults += [fault for one in ended if (fault := _fault(ray, one)) is not None]
        except KeyboardInterrupt:
            for one in waiting:
                ray.cancel(one)  # as Ctrl-C in its process
            ray.wait(waiting, num_returns=len(waiting))
            raise
        if faults:
            raise BlinkError(f"{len(faults)} of {self._workers} workers failed: {faults[0]}")


def _work(job: Job, threads: int) -> None:
    Crew(job, threads=threads).work()


def _fault(ray: Any, reference: Any) -> str | None:
    try:
        ray.get(reference)
    except ray.exceptions.RayError as error:
        return str(getattr(error, "cause", None) or error)
    return None


def _ray() -> Any:
    """Ray, where it is installed; told to report to nobody."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise ConfigError(
            "launcher=ray needs Ray, which is not installed: pip install 'blink[ray]'"
        ) from error
