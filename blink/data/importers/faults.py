"""Faults of a source's pictures as a person reads them, whatever strangers called their files."""

from collections.abc import Sequence

_NAMED = 10
"""Files, or rows, that a message names; the others are counted."""


def printable(text: str) -> str:
    """The text in one line, with what a terminal would obey and what is no Unicode as escapes."""
    signs = (s if s.isprintable() else s.encode("unicode_escape").decode() for s in text)
    return "".join(signs)


def list_faults(skipped: Sequence[tuple[str, str]]) -> str:
    """The faults, the most frequent first, a line each: how many have it, and who the first are.

    Args:
        skipped: Name and fault of each that is bad; one at least.
    """
    members: dict[str, list[str]] = {}
    for member, fault in skipped:
        members.setdefault(fault, []).append(member)
    shown = sorted(members.items(), key=lambda entry: -len(entry[1]))[:_NAMED]
    most = _NAMED // len(shown)
    lines = [
        f"  {len(names):,} × {fault}: {', '.join(names[:most])}{', …' if names[most:] else ''}"
        for fault, names in shown
    ]
    left = len(skipped) - sum(len(names) for _, names in shown)
    return "\n".join([*lines, *([f"  {left:,} with other faults"] if left else [])])
