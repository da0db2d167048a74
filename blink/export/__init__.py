"""Checkpoint → ONNX → candidates → gate → choice → bundle."""

from blink.export.bundle_folder import export_bundle, record_metrics, record_operating_point
from blink.export.exportable import Exportable
from blink.export.exporting import export_all
from blink.export.gathering import gather
from blink.export.parity import Validation
from blink.export.search import Learning, Plan

__all__ = [
    "Exportable",
    "Learning",
    "Plan",
    "Validation",
    "export_all",
    "export_bundle",
    "gather",
    "record_metrics",
    "record_operating_point",
]
