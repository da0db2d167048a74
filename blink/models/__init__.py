"""Plain nn.Modules; no Lightning in them."""

from blink.models.eye_graph import EyeGraph, scale
from blink.models.eye_net import EyeNet

__all__ = ["EyeGraph", "EyeNet", "scale"]
