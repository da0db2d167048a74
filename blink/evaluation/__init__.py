"""Predictions tables in, numbers with intervals and a report out. Never imports a model."""

from blink.evaluation.closing_table import closing_table
from blink.evaluation.contact_sheets import write_contact_sheets
from blink.evaluation.evaluate import Evaluation, evaluate
from blink.evaluation.evaluated_model import EvaluatedModel, load_models
from blink.evaluation.experience.aim import Aim, choose_operating_points
from blink.evaluation.judging import HeldOut, find_held_out, judge, metrics_of
from blink.evaluation.metrics_file import write_metrics
from blink.evaluation.predictions import predict_manifest, read_predictions, write_predictions
from blink.evaluation.publication import publish
from blink.evaluation.records import row_records
from blink.evaluation.report import write_report
from blink.evaluation.results import Report, Row, TestSet

__all__ = [
    "Aim",
    "EvaluatedModel",
    "Evaluation",
    "HeldOut",
    "Report",
    "Row",
    "TestSet",
    "choose_operating_points",
    "closing_table",
    "evaluate",
    "find_held_out",
    "judge",
    "load_models",
    "metrics_of",
    "predict_manifest",
    "publish",
    "read_predictions",
    "row_records",
    "write_contact_sheets",
    "write_metrics",
    "write_predictions",
    "write_report",
]
