"""What makes the page move: thin functions from what was clicked to what is shown."""

from blink.dashboard.callbacks.registering import register

__all__ = ["register"]
