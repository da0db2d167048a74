"""What a folder of runs holds and how each run is: status, heartbeat, curves, disk use, tidying."""

from blink.runs.checkpoints import checkpoints, drop_checkpoints, last_first
from blink.runs.curve import QUALITY, Point, curve_files, read_curve
from blink.runs.duration import tell_duration
from blink.runs.files import CONFIG, METRICS, METRICS_VERSION
from blink.runs.headline import Headline, main_row, read_headline
from blink.runs.root import below_root_or_exit
from blink.runs.run import Run, find_runs, read_run
from blink.runs.state import State
from blink.runs.status import About, Status, note_finished
from blink.runs.watching import FAIL, PARENT, PRUNE, Watch, watch

__all__ = [
    "CONFIG",
    "FAIL",
    "METRICS",
    "METRICS_VERSION",
    "PARENT",
    "PRUNE",
    "QUALITY",
    "About",
    "Headline",
    "Point",
    "Run",
    "State",
    "Status",
    "Watch",
    "below_root_or_exit",
    "checkpoints",
    "curve_files",
    "drop_checkpoints",
    "find_runs",
    "last_first",
    "main_row",
    "note_finished",
    "read_curve",
    "read_headline",
    "read_run",
    "tell_duration",
    "watch",
]
