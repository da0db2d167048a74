"""Blink: is this eye closed? From eye crops to a deployable, honestly evaluated bundle."""
