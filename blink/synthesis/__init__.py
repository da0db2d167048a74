"""Rendered eyes: the embedded data set that needs no download and holds no real person."""

from blink.synthesis.clips import RenderedClips
from blink.synthesis.dataset import RenderedEyes
from blink.synthesis.golden import golden_crops
from blink.synthesis.version import RENDERER_VERSION

__all__ = ["RENDERER_VERSION", "RenderedClips", "RenderedEyes", "golden_crops"]
