"""An ONNX file is read and followed on paper before ONNX Runtime sees it."""

from blink.runtime.graph.check import check_graph
from blink.runtime.graph.onnx_file import Model, Node, Tensor, read_model
from blink.runtime.graph.protobuf import MalformedError

__all__ = ["MalformedError", "Model", "Node", "Tensor", "check_graph", "read_model"]
