"""Changes of the bytes of a graph, below what the `onnx` package can write."""

import random
from collections.abc import Callable
from typing import Final

Bytes = bytearray


def _varint(number: int) -> bytes:
    found = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        found.append(low | (0x80 if number else 0))
        if not number:
            return bytes(found)


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def flip(data: Bytes, rng: random.Random) -> None:
    """Some bits."""
    for _ in range(rng.choice([1, 1, 2, 8])):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def flip_structure(data: Bytes, rng: random.Random) -> None:
    """A byte that is likely to be a tag, a length or a name, by what stands beside it."""
    places = [n for n in range(1, len(data) - 1) if data[n - 1] < 0x20 and data[n + 1] > 0x20]
    data[rng.choice(places)] = rng.choice([0, 1, 2, 0x7F, 0x80, 0xFF, rng.randrange(256)])


def truncate(data: Bytes, rng: random.Random) -> None:
    """The end is missing."""
    del data[rng.randrange(len(data)) :]


def cut(data: Bytes, rng: random.Random) -> None:
    """A part is missing."""
    at = rng.randrange(len(data))
    del data[at : at + rng.choice([1, 2, 16, 200])]


def repeat(data: Bytes, rng: random.Random) -> None:
    """A part comes again, elsewhere."""
    at = rng.randrange(len(data))
    part = data[at : at + rng.choice([1, 4, 64, 1000])]
    data[rng.randrange(len(data)) :][:0] = part
    place = rng.randrange(len(data))
    data[place:place] = part


def insert(data: Bytes, rng: random.Random) -> None:
    """Bytes that come from nowhere."""
    at = rng.randrange(len(data) + 1)
    data[at:at] = rng.randbytes(rng.choice([1, 2, 9]))


def endless_number(data: Bytes, rng: random.Random) -> None:
    """A number of more than 64 bits."""
    data += _varint(5 << 3) + b"\xff" * rng.choice([9, 10, 11, 400]) + b"\x7f"


def unknown_field(data: Bytes, rng: random.Random) -> None:
    """A field that the format has not, which protobuf would skip."""
    number = rng.choice([9, 15, 99, 1000, (1 << 29) - 1])
    data += rng.choice(
        [_field(number, b"?"), _varint(number << 3) + b"\1", _varint(number << 3 | 3)]
    )


def second_graph(data: Bytes, rng: random.Random) -> None:
    """A second graph, which protobuf would merge into the first."""
    node = _field(1, b"crops") + _field(2, b"again") + _field(4, rng.choice([b"Relu", b"If"]))
    data += _field(7, rng.choice([_field(1, node), b"", _field(2, b"other")]))


def second_version(data: Bytes, rng: random.Random) -> None:
    """A number twice, of which protobuf would take the last."""
    data += _varint(1 << 3) + _varint(rng.choice([8, 7, 99]))


def foreign_format(data: Bytes, rng: random.Random) -> None:
    """The mark of ONNX Runtime's own format, which is read without protobuf."""
    data[:8] = rng.randbytes(4) + b"ORTM"


def long_length(data: Bytes, rng: random.Random) -> None:
    """A field that is longer than the file."""
    length = rng.choice([1, 1 << 20, 1 << 31, (1 << 32) - 1, (1 << 63) - 1, (1 << 64) - 1])
    data += _varint(7 << 3 | 2) + _varint(length)


def padding(data: Bytes, rng: random.Random) -> None:
    """Nothing but notes that a reader has to get past, or many empty fields."""
    data += _field(20, b"") * rng.choice([1, 1000]) + _field(25, b"")


MAY: Final[tuple[Callable[[Bytes, random.Random], None], ...]] = (
    flip, flip, flip_structure, flip_structure, cut, repeat, insert,
)  # fmt: skip
"""Refused, or as before: a flipped bit may fall on a name or on the last bit of a weight."""

MUST: Final[tuple[Callable[[Bytes, random.Random], None], ...]] = (
    truncate, endless_number, unknown_field, second_graph, second_version, foreign_format,
    long_length, padding,
)  # fmt: skip
"""Has to be refused."""
