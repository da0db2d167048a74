"""What entry points share: the run folder, the config that lies in it, errors that speak."""

from blink.entry.aiming import apply_operating_points, open_films, open_target, open_unseen
from blink.entry.errors import reports_errors
from blink.entry.heuristics import open_heuristics
from blink.entry.process import fix_randomness, prepare_process
from blink.entry.provenance import describe_origin, describe_run, describe_visitor
from blink.entry.results import leave_results
from blink.entry.run_folder import open_run, started_at
from blink.entry.trainer import open_data_module, open_loggers, open_trainer

__all__ = [
    "apply_operating_points",
    "describe_origin",
    "describe_run",
    "describe_visitor",
    "fix_randomness",
    "leave_results",
    "open_data_module",
    "open_films",
    "open_heuristics",
    "open_loggers",
    "open_run",
    "open_target",
    "open_trainer",
    "open_unseen",
    "prepare_process",
    "reports_errors",
    "started_at",
]
