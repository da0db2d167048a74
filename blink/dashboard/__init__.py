"""A local page over run folders, for hundreds of runs; `blink dashboard` serves it."""

from blink.dashboard.serving import Place, serve

__all__ = ["Place", "serve"]
