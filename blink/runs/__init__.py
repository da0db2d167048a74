"""What a folder of runs holds and how each run is: status, heartbeat, curves, disk use, tidying."""

from blink.runs.checkpoints import checkpoints, drop_checkpoints
from blink.runs.curve import Point, read_curve
from blink.runs.headline import Headline
from blink.runs.run import Run, find_runs, read_run
from blink.runs.state import State
from blink.runs.status import About, Status, note_finished
from blink.runs.watching import PARENT, PRUNE, Terminated, Watch, watch

__all__ = [
    "PARENT",
    "PRUNE",
    "About",
    "Headline",
    "Point",
    "Run",
    "State",
    "Status",
    "Terminated",
    "Watch",
    "checkpoints",
    "drop_checkpoints",
    "find_runs",
    "note_finished",
    "read_curve",
    "read_run",
    "watch",
]
