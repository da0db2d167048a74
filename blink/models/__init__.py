"""Plain nn.Modules; no Lightning in them."""

from blink.models.backbone import Backbone
from blink.models.committee import Committee
from blink.models.eye_graph import EyeGraph, answers, closed_logits, scale
from blink.models.eye_net import EyeNet

__all__ = ["Backbone", "Committee", "EyeGraph", "EyeNet", "answers", "closed_logits", "scale"]
