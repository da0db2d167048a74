"""What runs were set to, and in which of it they differ."""

import json
import math
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Setting = str | float | bool
Settings = Mapping[str, Setting]

_WORDS: Final = "made_by", "name", "notes", "paths", "question", "resume", "hydra", "logger"
"""What says where a run lies and what it is called; nobody compares runs by it."""


def flatten(config: Mapping[str, Any], command: str) -> dict[str, Setting]:
    """All settings of a run by their dotted names.

    Args:
        config: As it was composed.
        command: That started it; what was chosen of a group, such as `model=pico`, stands there
            alone.

    Returns:
        Lists as JSON text; nothing that only names the run or a place.
    """
    flat = dict(_walk("", config))
    return {name: value for name, value in flat.items() if _is_setting(name)} | {
        name: value for name, value in overrides(command).items() if _is_setting(name)
    }


def overrides(command: str) -> dict[str, Setting]:
    """What was set by hand, such as `python train.py model=pico optim.optimizer.lr=0.01`."""
    try:
        words = shlex.split(command)
    except ValueError:  # a quote that nobody closes
        words = command.split()
    pairs = (word.lstrip("+~").partition("=") for word in words if not word.startswith("-"))
    return {name: _value(text) for name, is_set, text in pairs if is_set and name}


def varied(all_settings: Sequence[Settings], commands: Sequence[str]) -> list[str]:
    """Names in which runs differ: those that were set by hand first, then by how many have them.

    The seed comes last: it is there to differ.

    Args:
        all_settings: Of each run.
        commands: Of each run.
    """
    values: dict[str, set[Setting]] = {}
    counts: dict[str, int] = {}
    for settings in all_settings:
        for name, value in settings.items():
            values.setdefault(name, set()).add(value)
            counts[name] = counts.get(name, 0) + 1
    by_hand = {name for command in commands for name in overrides(command)}
    differing = [name for name, found in values.items() if len(found) > 1]
    return sorted(
        differing, key=lambda name: (name == "seed", name not in by_hand, -counts[name], name)
    )


def told(value: Setting | None) -> str:
    """To be read: `0.003`, `20261128`, `true`, `/Data/MyEyes`, `not set`."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return value
    digits = 15 if float(value).is_integer() else 6  # as many as a float surely holds
    return f"{value:.{digits}g}"


def _is_setting(name: str) -> bool:
    return name.split(".")[0] not in _WORDS and not name.endswith(("_target_", "_partial_"))


def _walk(prefix: str, value: Any) -> Iterator[tuple[str, Setting]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(f"{prefix}.{key}" if prefix else str(key), inner)
    elif isinstance(value, list):
        # A list of parts that are built is a program, not a setting.
        if not any(isinstance(one, dict) for one in value):
            yield prefix, json.dumps(value, default=str)
    elif isinstance(value, str) and "${" in value:
        return
    elif value is not None:
        yield prefix, _finite(float(value)) if type(value) in (int, float) else value


def _value(text: str) -> Setting:
    if text in ("true", "false"):
        return text == "true"
    try:
        return _finite(float(text))
    except ValueError:
        return text


def _finite(number: float) -> Setting:
    """A number; what has no place on an axis is a word: `inf`, `nan`."""
    return number if math.isfinite(number) else str(number)
