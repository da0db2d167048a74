from typing import Final

RENDERER_VERSION: Final = 5
"""Raise it with every change of the pixels: caches and golden crops hang on it."""

CLIPS_VERSION: Final = 1
"""Raise it with every change of what moves in a clip, `blink.target.kinematics` included."""
