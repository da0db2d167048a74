import subprocess
from pathlib import Path


def current_commit() -> str:
    """The commit of this code, `-dirty` where files differ from it; `unknown` without git."""
    git = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    here = Path(__file__).parent
    try:
        done = subprocess.run(git, cwd=here, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:  # there is no git on this machine
        return "unknown"
    return done.stdout.strip() or "unknown"
