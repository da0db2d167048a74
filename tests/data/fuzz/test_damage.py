"""Zips, manifests and receipts of which a bit is flipped or the end is missing."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import strategies as st

from blink.contract import DataError
from blink.data.archive import open_archive
from blink.data.manifest import FILE, read_manifest
from tests.data.drawing import crowd, data_set, write_zip
from tests.data.fuzz.laws import LENGTHS, hold

_PAGE_HEAD = 41
"""A bit of the first page's head, which no checksum covers."""


def _flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.long)])
def test_zip_gives_every_name_its_own_content_when_any_bit_is_flipped(
    tmp_path: Path, step: int
) -> None:
    members = {f"s0001/s0001_0000{n}_0_0_{n % 2}_0_0_01.png": bytes([n] * 9) for n in range(3)}
    whole = write_zip(tmp_path / "eyes.zip", members).read_bytes()
    path, refused = tmp_path / "flipped.zip", 0
    for bit in range(0, 8 * len(whole), step):
        path.write_bytes(_flipped(whole, bit))
        try:
            with open_archive(path, "home") as archive:
                for member in archive.members:
                    with suppress(DataError):
                        assert archive.read(member) == members[member]
        except DataError:
            refused += 1
    assert refused > 0


# All of its 63,000 bits would take an hour, a whole check each: the long run flips every 61st.
# An odd step comes by every place within a byte.
@pytest.mark.parametrize("step", [1021, pytest.param(61, marks=pytest.mark.long)])
def test_manifest_is_the_written_one_or_refused_when_any_bit_is_flipped(
    tmp_path: Path, step: int
) -> None:
    manifest = data_set(tmp_path / "set", crowd(2, 2))
    table, pictures = manifest.table, list(manifest.encoded())
    whole = (tmp_path / "set" / FILE).read_bytes()
    folder = tmp_path / "flipped"
    folder.mkdir()
    refused = 0
    for bit in [_PAGE_HEAD, *range(0, 8 * len(whole), step)]:
        (folder / FILE).write_bytes(_flipped(whole, bit))
        try:
            read = read_manifest(folder)
            assert read.fingerprint == manifest.fingerprint, bit
            assert read.table.equals(table), bit
            assert list(read.encoded()) == pictures, bit
        except DataError:
            refused += 1
    assert refused > 0


@pytest.mark.parametrize("step", [97, pytest.param(1, marks=pytest.mark.long)])
def test_manifest_is_the_written_one_when_its_receipt_has_a_flipped_bit(
    tmp_path: Path, step: int
) -> None:
    manifest = data_set(tmp_path / "set", crowd(2, 2))
    (receipt,) = (tmp_path / "set").glob(".*.json")
    whole = receipt.read_bytes()
    for bit in range(0, 8 * len(whole), step):
        receipt.write_bytes(_flipped(whole, bit))
        read = read_manifest(tmp_path / "set")
        assert (read.fingerprint, read.rows) == (manifest.fingerprint, manifest.rows)


@pytest.mark.parametrize("examples", LENGTHS)
def test_manifest_is_refused_when_it_is_cut_off_anywhere(tmp_path: Path, examples: int) -> None:
    data_set(tmp_path / "set", crowd(2, 2))
    path = tmp_path / "set" / FILE
    whole = path.read_bytes()

    def law(kept: int) -> None:
        path.write_bytes(whole[:kept])
        with pytest.raises(DataError, match=FILE):
            list(read_manifest(tmp_path / "set").encoded())

    hold(examples, law, st.integers(0, len(whole) - 1))
