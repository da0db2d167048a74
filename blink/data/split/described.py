from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from blink.data.split.carried import Carried


def describe_rule(rule: Any) -> dict[str, Any]:
    """What made a split, for its history: JSON-ready, and the same wherever a file lay.

    Args:
        rule: A dataclass, such as all rules of this package.

    Returns:
        The rule's class under `kind`, and its options by their names; rules within it likewise.
    """
    kind = {"kind": type(rule).__name__}
    if isinstance(rule, Carried):
        return kind | {"older": rule.older.fingerprint}
    return kind | {option.name: _plain(getattr(rule, option.name)) for option in fields(rule)}


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return describe_rule(value)
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return list(value) if isinstance(value, tuple) else value
