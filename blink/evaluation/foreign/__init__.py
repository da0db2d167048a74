"""Another team's ONNX model, described by a small YAML file, in the same tables as ours."""

from blink.evaluation.foreign.adapter import Adapter, read_adapter
from blink.evaluation.foreign.model import ForeignModel, open_foreign

__all__ = ["Adapter", "ForeignModel", "open_foreign", "read_adapter"]
