from pathlib import Path


def can_measure(folder: Path) -> bool:
    """Whether nobody computes just now for whom who measures in this slot would have to wait."""
    import fcntl

    with (folder / "quiet").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
