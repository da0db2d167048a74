from enum import StrEnum


class State(StrEnum):
    """How a run is; the first five are written by the run itself, the others are found out."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"  # by a person or by the machine; it goes on with resume=
    PRUNED = "pruned"  # by a search, since others do better
    CRASHED = "crashed"  # says that it is running, but its process is gone
    UNREADABLE = "unreadable"  # another user's
