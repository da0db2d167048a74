"""Plain nn.Modules; no Lightning in them."""

from blink.models.backbone import Backbone
from blink.models.eye_graph import EyeGraph, answers, closed_logits, scale
from blink.models.eye_net import EyeNet

__all__ = ["Backbone", "EyeGraph", "EyeNet", "answers", "closed_logits", "scale"]
