"""Changes of bundle.json; its hash is made right again afterwards."""

import copy
import json
import random
from collections.abc import Callable
from typing import Any, Final

Content = dict[str, Any]

VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, 1, -1, 2, 3, 1 << 40, 10**400, 0.5, 1e308, -0.0, "", "x", "fp32", "int8",
    "../model.onnx", "/etc/passwd", "model.onnx", "\x00", "é", [], [0], {}, {"x": 1}, [[]],
)  # fmt: skip


def anywhere(content: Content, rng: random.Random) -> None:
    """Any value anywhere: replaced, removed, doubled, or under another key."""
    places = list(_places(content))
    for _ in range(rng.choice([1, 1, 2])):
        holder, key = rng.choice(places)
        choice = rng.random()
        if isinstance(holder, dict):
            _change_object(holder, key, choice, rng)
        elif key < len(holder):
            _change_list(holder, key, choice, rng)


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    found = []
    for key in keys:
        found.append((value, key))
        if isinstance(value[key], (dict, list)):
            found += _places(value[key])
    return found


def _change_object(holder: Content, key: str, choice: float, rng: random.Random) -> None:
    if key not in holder:
        return
    if choice < 0.2:
        del holder[key]
    elif choice < 0.3:
        holder[rng.choice(["more", "..", "fp16", "fp64", "model.onnx"])] = holder[key]
    elif choice < 0.4:
        holder[key + "x"] = holder.pop(key)
    else:
        holder[key] = _other(holder[key], rng)


def _change_list(holder: list[Any], at: int, choice: float, rng: random.Random) -> None:
    if choice < 0.3:
        del holder[at]
    elif choice < 0.5:
        holder.append(copy.deepcopy(holder[at]))
    else:
        holder[at] = _other(holder[at], rng)


def _other(old: Any, rng: random.Random) -> Any:
    if rng.random() < 0.5:
        return copy.deepcopy(rng.choice(VALUES))
    if isinstance(old, str) and old:
        at = rng.randrange(len(old))
        return old[:at] + rng.choice(["", "A", "/", ".", "\ud800"]) + old[at + 1 :]
    if isinstance(old, (int, float)):
        return old + rng.choice([1, -1, 0.1, 1e-9])
    return [old]


def paths(content: Content, rng: random.Random) -> None:
    """A file's name that leads out of the folder, or to what is no graph."""
    name = rng.choice(
        [
            "../model.onnx",
            "/etc/passwd",
            "..",
            ".",
            "",
            "a/b.onnx",
            "MODEL_CARD.md",
            "bundle.json",
            "model.onnx\0",
            "con",
            "C:\\x.onnx",
            ".hidden.onnx",
        ]
    )
    choices: list[Callable[[], object]] = [
        lambda: content["files"].update({name: "0" * 64}),
        lambda: content["precisions"].update({content["precision"]: name}),
        lambda: content["precisions"].update({"fp16": name}),
    ]
    rng.choice(choices)()


def versions(content: Content, rng: random.Random) -> None:
    """Another schema, of the past, of the future, or of no time."""
    content["schema"] = rng.choice([0, 1, 3, 99, -2, 2.0, "2", None, True, [2], 1 << 70])


def meaning(content: Content, rng: random.Random) -> None:
    """An entry that means something, and that the graph repeats or that has one value alone."""
    choices: list[Callable[[], object]] = [
        lambda: content["operating_point"].update(threshold=rng.random()),
        lambda: content["calibration"].update(temperature=rng.choice([0.5, 2, 1e9])),
        lambda: content["input_spec"].update(normalisation="unit"),
        lambda: content["input_spec"].update(height=rng.choice([8, 17, 32, 1 << 40])),
        lambda: content["input_spec"].update(colour="rgb"),
        content["labels"].reverse,
        lambda: content.update(name="other"),
        lambda: content.update(kind="oracle"),
        lambda: content["golden"].update(p_closed={}),
        lambda: content["golden"].update(crops="AAAA"),
    ]
    rng.choice(choices)()


def text(data: str, rng: random.Random) -> str:
    """The text of bundle.json as no sound program writes it."""
    at = rng.randrange(len(data))
    return rng.choice(
        [
            data[:at],
            data[:at] + rng.choice('{}[]":,0\\\x00') + data[at + 1 :],
            '{"schema": 2, ' + data[1:],
            data.replace(": 0", ": NaN", 1).replace("null", "Infinity", 1),
            "[" * 100_000 + data,
            '{"a":' * 500 + "1" + "}" * 500,
            "\ufeff" + data,
            data.replace('"net"', '"\\ud800"'),
            data[:-1] + ', "export": {}}',
            data.replace("0.45", "1e999", 1),
        ]
    )


MAY: Final[tuple[Callable[[Content, random.Random], None], ...]] = (anywhere,)
"""Refused, or as before: what is said of data and metrics is free."""

MUST: Final[tuple[Callable[[Content, random.Random], None], ...]] = (paths, versions, meaning)
"""Has to be refused."""

__all__ = ["MAY", "MUST", "json", "text"]
