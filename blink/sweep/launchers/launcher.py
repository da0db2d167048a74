from typing import Protocol

from blink.sweep.job import Job


class Launcher(Protocol):
    """Starts workers, and starts others for such as died."""

    def __call__(self, job: Job) -> None:
        """Waits until the study has no trial left.

        Raises:
            KeyboardInterrupt: It was stopped, by Ctrl-C, SIGTERM or the end of the terminal; all
                runs can be gone on with.
            BlinkError: Workers could not be started, or died too often.
        """
