import subprocess

from blink.contract.places import REPOSITORY


def current_commit() -> str:
    """The commit of this code, `-dirty` where files differ from it; `unknown` without git.

    Unknown, too, of an installed package, which may lie within somebody else's repository.
    """
    if not (REPOSITORY / ".git").exists():  # git would look for one in the folders above
        return "unknown"
    git = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        done = subprocess.run(git, cwd=REPOSITORY, capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:  # there is no git on this machine
        return "unknown"
    return done.stdout.strip() or "unknown"
