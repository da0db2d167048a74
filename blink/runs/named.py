from collections.abc import Sequence
from pathlib import Path

from blink.contract import ConfigError
from blink.runs.run import Run, read_run, run_folders

_LISTED = 10


def run_named(name: str, root: Path) -> Run:
    """The run that a person means.

    Args:
        name: A run's folder, or how its path ends, if no other's does: `f64e`, `00012-seed0`.
        root: Where runs lie.

    Raises:
        ConfigError: No run is meant by it, or several.
    """
    if name in ("", ".", "..") or Path(name).is_dir():
        here = Path(name or ".")
        if here in run_folders(here):
            return read_run(here)
    ends = name.rstrip("/")
    found = [folder for folder in run_folders(root) if ends and str(folder).endswith(ends)]
    exact = [folder for folder in found if folder.name == ends]
    if len(found) != 1 and len(exact) != 1:
        raise ConfigError(_fault(name, root, found))
    return read_run(exact[0] if len(exact) == 1 else found[0])


def _fault(name: str, root: Path, found: Sequence[Path]) -> str:
    if not found:
        return (
            f"There is no run {name!r} in {root}. Name its folder, or the end of its name; "
            "`blink runs ls` lists them, --runs says where they lie."
        )
    listed = "\n".join(f"  {folder}" for folder in sorted(found)[:_LISTED])
    more = f"\n  … and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return f"{name!r} may mean {len(found)} runs; name more of the path:\n{listed}{more}"
