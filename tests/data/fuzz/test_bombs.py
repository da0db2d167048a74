"""Small files that would grow to many times their size."""

import io
import os
import struct
import subprocess
import sys
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import strategies as st

from blink.contract import DataError
from blink.data.archive import open_archive
from blink.data.images import decode
from tests.data.fuzz.laws import CROP, LENGTHS, hold


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + checksum


def picture_bomb(side: int = 30_000) -> bytes:
    """A sound PNG of side×side pixels, black, in a hundred kilobytes."""
    packer = zlib.compressobj(9)
    row = bytes(side // 8 + 2)
    packed = b"".join(packer.compress(row[: 1 + (side + 7) // 8]) for _ in range(side))
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    content = _chunk(b"IDAT", packed + packer.flush())
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + content + _chunk(b"IEND", b"")


_PEAK = """
import resource, sys
from pathlib import Path
from blink.contract import DataError
from blink.data.images import decode

content = Path(sys.argv[1]).read_bytes()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    decode(content)
except DataError as error:
    print(error)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_picture_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(picture_bomb())
    assert path.stat().st_size < 200_000
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, str(path)], capture_output=True, text=True, check=True
    )
    fault, grown = done.stdout.splitlines()
    assert fault == "30000×30000 pixels is no eye crop; it was not decoded"
    assert int(grown) < 20_000  # KiB; decoded, it takes 900 MB


@pytest.mark.parametrize("examples", LENGTHS)
def test_picture_decodes_within_its_limit_or_is_refused_when_its_bytes_change(
    examples: int,
) -> None:
    def law(case: tuple[int, bytes]) -> None:
        place, change = case
        changed = CROP[: place % len(CROP)] + change + CROP[place % len(CROP) + len(change) :]
        with suppress(DataError):
            assert max(decode(changed).shape[:2]) <= 4096

    hold(examples, law, st.tuples(st.integers(0, 9999), st.binary(max_size=8)))


def test_zip_is_refused_when_its_members_overlap_to_a_bomb(tmp_path: Path) -> None:
    """One body, some hundred kilobytes, which a thousand names in the directory point at."""
    body = os.urandom(400_000) + bytes(60_000_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a/0000.png", body)
    raw = packed.getvalue()
    start = raw.rindex(b"PK\x05\x06")
    place = struct.unpack("<I", raw[start + 16 : start + 20])[0]
    entry = raw[place:start]
    entries = b"".join(entry.replace(b"0000", b"%04d" % n) for n in range(1000))
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1000, 1000, len(entries), place, 0)
    path = tmp_path / "bomb.zip"
    path.write_bytes(raw[:place] + entries + end)
    assert path.stat().st_size < 1_000_000
    with pytest.raises(DataError, match="would grow from"):
        open_archive(path, "home").__enter__()
