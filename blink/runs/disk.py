import os
from pathlib import Path


def bytes_below(folder: Path) -> int:
    """What a folder takes on the disk, in whole blocks; what cannot be looked at counts nothing."""
    total, waiting = 0, [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        total += _taken(entry)
        except OSError:  # another user's, or it has just gone
            continue
    return total


def _taken(entry: "os.DirEntry[str]") -> int:
    try:
        stat = entry.stat(follow_symlinks=False)
    except OSError:
        return 0
    return stat.st_blocks * 512 if hasattr(stat, "st_blocks") else stat.st_size
