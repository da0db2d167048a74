import struct

import pytest

from blink.runtime.graph.protobuf import Budget, Field, Kind, MalformedError, Message, read

MESSAGE = Message(
    "a message",
    {
        1: Field("number", Kind.INT),
        2: Field("name", Kind.TEXT),
        3: Field("numbers", Kind.INT, repeated=True),
        4: Field("floats", Kind.FLOAT, repeated=True),
        5: Field("inner", Kind.BYTES),
        6: Field("a trap", Kind.FORBIDDEN),
        7: Field("share", Kind.FLOAT),
    },
)


def test_read_gives_every_kind_when_it_is_written_as_protobuf_does() -> None:
    data = b"\x08\x96\x01\x12\x03eye\x2a\x02\x00\xff\x3d" + struct.pack("<f", 0.25)

    found = read(memoryview(data), MESSAGE, Budget())

    assert found.pop("inner") == b"\x00\xff"
    assert found == {"number": 150, "name": "eye", "share": 0.25}


@pytest.mark.parametrize(
    "data", [b"\x18\x01\x18\x02", b"\x1a\x02\x01\x02", b"\x18\x01\x1a\x01\x02"]
)
def test_read_gives_a_list_when_numbers_are_packed_or_not(data: bytes) -> None:
    assert read(memoryview(data), MESSAGE, Budget()) == {"numbers": [1, 2]}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", -1),
        (b"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", -(1 << 63)),
        (b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\x7f", (1 << 63) - 1),
        (b"\x08\x80\x00", 0),
    ],
)
def test_read_gives_signed_numbers_when_they_have_64_bits(data: bytes, expected: int) -> None:
    assert read(memoryview(data), MESSAGE, Budget()) == {"number": expected}


def test_read_gives_floats_when_they_are_packed() -> None:
    data = b"\x22\x08" + struct.pack("<2f", 1.5, -2)

    assert read(memoryview(data), MESSAGE, Budget()) == {"floats": [1.5, -2.0]}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x08", "ends within a number"),
        (b"\x08\x80", "ends within a number"),
        (b"\x80", "ends within a number"),
        (b"\x08" + b"\x80" * 10 + b"\x01", "more than 64 bits"),
        (b"\x08" + b"\xff" * 9 + b"\x02", "more than 64 bits"),
        (b"\x12\x04eye", "a message ends within a field"),
        (b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "a message ends within a field"),
        (b"\x3d\x00\x00", "ends within a field"),
        (b"\x12\x01\xff", "text that is not UTF-8"),
        (b"\x08\x01\x08\x01", "a message has its number twice"),
        (b"\x2a\x00\x2a\x00", "a message has its inner twice"),
        (b"\x32\x00", "a message has a trap, which no bundle may have"),
        (b"\x30\x01", "a message has a trap, which no bundle may have"),
        (b"\x40\x01", "a field 8, which is not known"),
        (b"\x00\x01", "a field 0, which is not known"),
        (b"\x0b", "wire type 3, which is not known"),
        (b"\x0c", "wire type 4, which is not known"),
        (b"\x09" + bytes(8), "wire type 1, which is not known"),
        (b"\x0a\x01\x01", "a number that is no int64"),
        (b"\x10\x01", "a name that is no text"),
        (b"\x28\x01", "a inner that is no bytes"),
        (b"\x38\x01", "a share that is no float32"),
        (b"\x3a\x04" + bytes(4), "a share that is no float32"),
        (b"\x22\x03" + bytes(3), "a floats that is no float32"),
        (b"\x1d" + bytes(4), "a numbers that is no int64"),
    ],
)
def test_read_says_why_when_a_message_is_malformed(data: bytes, message: str) -> None:
    with pytest.raises(MalformedError, match=message):
        read(memoryview(data), MESSAGE, Budget())


@pytest.mark.parametrize(
    "data",
    [
        b"\x18\x01" * 1_000_001,
        b"\x1a\xc1\x84\x3d" + b"\x01" * 1_000_001,
        b"\x22\x84\x92\xf4\x01" + bytes(4_000_004),
    ],
)
def test_read_refuses_when_there_are_too_many_fields(data: bytes) -> None:
    with pytest.raises(MalformedError, match="more than 1,000,000 fields"):
        read(memoryview(data), MESSAGE, Budget())
