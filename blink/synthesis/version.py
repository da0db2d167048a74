from typing import Final

RENDERER_VERSION: Final = 5
"""Raise it with every change of the pixels: caches and golden crops hang on it."""

CLIPS_VERSION: Final = 2
"""Raise it with every change of clips that is none of the renderer, as in
`blink.target.kinematics`."""
