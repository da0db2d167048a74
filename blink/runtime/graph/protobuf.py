"""Protobuf's wire format, as far as an ONNX file needs it: a strict reader for untrusted bytes.

Protobuf itself is forgiving: unknown fields are skipped, a field that comes twice is overwritten or
merged. Whoever checks a file has to see what the next reader will see, so all of that is refused.

Source: https://protobuf.dev/programming-guides/encoding
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import numpy as np

_ITEMS: Final = 1_000_000
"""Fields and packed numbers in one file. What a bundle holds has some thousand."""


class MalformedError(ValueError):
    """A graph that is not as it has to be; the message names the fault, its reader the file."""


class Kind(Enum):
    """What a field holds."""

    INT = "int64"
    FLOAT = "float32"
    TEXT = "text"
    BYTES = "bytes"
    FORBIDDEN = "nothing"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message: its name, what it holds, and whether it may come more than once."""

    name: str
    kind: Kind
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A kind of message: its name, and its fields by number. Any other field is refused."""

    name: str
    fields: Mapping[int, Field]


class Budget:
    """How many items may still be read of a file, so that one of millions ends soon."""

    def __init__(self) -> None:
        self._left = _ITEMS

    def spend(self, items: int = 1) -> None:
        """Takes from what is left.

        Raises:
            MalformedError: Nothing is.
        """
        self._left -= items
        if self._left < 0:
            raise MalformedError(f"it has more than {_ITEMS:,} fields")


def read(data: memoryview, message: Message, budget: Budget) -> dict[str, Any]:
    """Reads one message; messages within it are left as bytes.

    Args:
        data: The message, without tag and length.
        message: What it may hold.
        budget: What may still be read of this file.

    Returns:
        Field's name → value: int, float, str or memoryview; a list of those where it is repeated.
        A field that is not there is missing.

    Raises:
        MalformedError: Truncated, of another kind, not known, forbidden, or twice in vain.
    """
    found: dict[str, Any] = {}
    at = 0
    while at < len(data):
        budget.spend()
        key, at = _varint(data, at)
        field = _field(message, key >> 3)
        value, at = _payload(data, at, key & 7, message)
        values = _decode(value, key & 7, field, message, budget)
        if field.repeated:
            found.setdefault(field.name, []).extend(values)
        elif field.name in found:
            raise MalformedError(f"{message.name} has its {field.name} twice")
        else:
            (found[field.name],) = values
    return found


def _field(message: Message, number: int) -> Field:
    field = message.fields.get(number)
    if field is None:
        raise MalformedError(f"{message.name} has a field {number}, which is not known")
    if field.kind is Kind.FORBIDDEN:
        raise MalformedError(f"{message.name} has {field.name}, which no bundle may have")
    return field


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """An unsigned number of up to 64 bits, and where the next byte is."""
    value = shift = 0
    while shift < 70:
        if at >= len(data):
            raise MalformedError("it ends within a number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >= 1 << 64:
                break
            return value, at
        shift += 7
    raise MalformedError("it has a number of more than 64 bits")


def _payload(
    data: memoryview, at: int, wire: int, message: Message
) -> tuple[int | memoryview, int]:
    if wire == 0:
        return _varint(data, at)
    if wire == 2:
        length, at = _varint(data, at)
    elif wire == 5:
        length = 4
    else:
        raise MalformedError(f"{message.name} has a field of wire type {wire}, which is not known")
    if length > len(data) - at:
        raise MalformedError(f"{message.name} ends within a field")
    return data[at : at + length], at + length


def _decode(
    value: int | memoryview, wire: int, field: Field, message: Message, budget: Budget
) -> list[Any]:
    packed = wire == 2 and field.repeated
    if field.kind is Kind.INT and isinstance(value, int):
        return [_signed(value)]
    if field.kind is Kind.INT and packed and isinstance(value, memoryview):
        return _packed_ints(value, budget)
    if field.kind is Kind.FLOAT and isinstance(value, memoryview) and wire == 5:
        return list(struct.unpack("<f", value))
    if field.kind is Kind.FLOAT and isinstance(value, memoryview) and packed and not len(value) % 4:
        budget.spend(len(value) // 4)
        return list(np.frombuffer(value, "<f4").tolist())
    if field.kind is Kind.BYTES and isinstance(value, memoryview) and wire == 2:
        return [value]
    if field.kind is Kind.TEXT and isinstance(value, memoryview) and wire == 2:
        return [text(value)]
    raise MalformedError(f"{message.name} has a {field.name} that is no {field.kind.value}")


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value


def _packed_ints(data: memoryview, budget: Budget) -> list[int]:
    values, at = [], 0
    while at < len(data):
        budget.spend()
        value, at = _varint(data, at)
        values.append(_signed(value))
    return values


def text(data: memoryview) -> str:
    """Text in UTF-8.

    Raises:
        MalformedError: It is not.
    """
    try:
        return bytes(data).decode()
    except UnicodeDecodeError:
        raise MalformedError("it has text that is not UTF-8") from None
