"""Checkpoint → ONNX → int8 → parity → bundle."""

from blink.export.bundle_folder import export_bundle, record_metrics, record_operating_point
from blink.export.exportable import Exportable
from blink.export.parity import Validation

__all__ = ["Exportable", "Validation", "export_bundle", "record_metrics", "record_operating_point"]
