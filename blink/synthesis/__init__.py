"""Rendered eyes: the embedded data set that needs no download and holds no real person."""

from typing import TYPE_CHECKING, Any

from blink.synthesis.dataset import RenderedEyes
from blink.synthesis.golden import golden_crops
from blink.synthesis.refresh import NewPeople
from blink.synthesis.version import RENDERER_VERSION

if TYPE_CHECKING:
    from blink.synthesis.clips import RenderedClips

__all__ = ["RENDERER_VERSION", "NewPeople", "RenderedClips", "RenderedEyes", "golden_crops"]


def __getattr__(name: str) -> Any:
    """Clips are imported when they are asked for.

    They need targets, and with them configurations; each process that renders eyes would take as
    long to load these as 400 eyes take.
    """
    if name != "RenderedClips":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from blink.synthesis.clips import RenderedClips

    return RenderedClips
