"""Blink: is this eye closed? From eye crops to a deployable, honestly evaluated bundle."""

import os

# ONNX Runtime would gather facts about the machine and send them to its makers.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
