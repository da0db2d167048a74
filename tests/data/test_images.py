import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from blink.contract import Crop, DataError
from blink.data.images import (
    LARGEST_SIDE,
    advice,
    content_hash,
    decode,
    decode_foreign,
    encode_png,
    size,
)

SHAPES = st.one_of(
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
    st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(3)),
)


def deep(suffix: str, brightest: int, kind: type[np.integer] = np.uint16) -> bytes:
    """A grey picture of 16 bits, from black to its brightest level."""
    levels = np.linspace(0, brightest, 400).round().astype(kind).reshape(20, 20)
    return cv2.imencode(suffix, levels)[1].tobytes()


@given(arrays.arrays(np.uint8, SHAPES))
def test_decode_returns_the_same_pixels_when_encoded_as_png(crop: Crop) -> None:
    assert np.array_equal(decode(encode_png(crop)), crop)


def test_decode_returns_red_first_when_the_file_is_red() -> None:
    done, encoded = cv2.imencode(".bmp", np.full((8, 8, 3), (0, 0, 255), np.uint8))
    assert done
    assert decode(encoded.tobytes())[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    ("encoded", "fault"),
    [
        (b"", "empty"),
        (b"no picture at all", "no picture"),
        (encode_png(np.zeros((8, LARGEST_SIDE + 1), np.uint8)), "4097×8 pixels"),
    ],
)
def test_decode_names_the_fault_when_the_file_is_bad(encoded: bytes, fault: str) -> None:
    with pytest.raises(DataError, match=fault):
        decode(encoded)


@pytest.mark.parametrize("suffix", [".png", ".tiff", ".pgm"])
def test_decode_keeps_the_upper_bits_when_a_picture_has_sixteen(suffix: str) -> None:
    picture = decode(deep(suffix, 65535))
    assert picture.dtype == np.uint8
    levels = np.linspace(0, 65535, 400) / 256
    assert np.abs(picture.reshape(-1) - levels).max() < 1


@pytest.mark.parametrize("suffix", [".png", ".tiff", ".pgm"])
def test_decode_foreign_is_as_decode_when_a_picture_uses_sixteen_bits(suffix: str) -> None:
    picture, is_other = decode_foreign(deep(suffix, 65535))
    assert np.array_equal(picture, decode(deep(suffix, 65535)))
    assert not is_other
    again, is_other = decode_foreign(deep(suffix, 65535), bits=16)
    assert np.array_equal(again, picture)
    assert is_other


@pytest.mark.parametrize("suffix", [".png", ".tiff", ".pgm"])
@pytest.mark.parametrize("bits", [10, 12, 14])
def test_decode_foreign_takes_the_upper_eight_of_the_bits_that_are_said(
    suffix: str, bits: int
) -> None:
    brightest = 2**bits - 1
    picture, is_other = decode_foreign(deep(suffix, brightest), bits)
    levels = np.linspace(0, brightest, 400).round().astype(int) // 2 ** (bits - 8)
    assert picture.reshape(-1).tolist() == levels.tolist()
    assert is_other


def test_decode_foreign_keeps_the_order_of_colours_when_they_are_deep() -> None:
    encoded = cv2.imencode(".png", np.full((8, 8, 3), (0, 512, 1023), np.uint16))[1].tobytes()
    assert decode_foreign(encoded, bits=10)[0][0, 0].tolist() == [255, 128, 0]


@pytest.mark.parametrize("bits", [None, 10])
def test_decode_foreign_leaves_a_picture_of_eight_bits_as_it_is(bits: int | None) -> None:
    crop = np.arange(100, dtype=np.uint8).reshape(10, 10)
    picture, is_other = decode_foreign(encode_png(crop), bits)
    assert np.array_equal(picture, crop)
    assert not is_other


def test_decode_foreign_refuses_fewer_bits_by_one_sentence_whatever_the_picture() -> None:
    hot = np.full((20, 20), 1000, np.uint16)
    hot[0, 0] = 65535  # a pixel that is stuck
    dark = [
        *(deep(".png", 1023), deep(".tiff", 4095), deep(".pgm", 16383)),
        *(deep(".tiff", 16383, np.int16), cv2.imencode(".png", hot)[1].tobytes()),
    ]
    faults = set()
    for encoded in dark:
        with pytest.raises(DataError, match="say so with --bits 10, 12 or 14") as caught:
            decode_foreign(encoded)
        faults.add(str(caught.value))
    assert len(faults) == 1
    assert decode_foreign(dark[2], bits=16)[0].max() == 63


@pytest.mark.parametrize(
    ("encoded", "bits"),
    [(deep(".png", 1024), 10), (deep(".tiff", 4096), 12), (deep(".tiff", -9, np.int16), 16)],
)
def test_decode_foreign_refuses_levels_beyond_the_bits_that_are_said(
    encoded: bytes, bits: int
) -> None:
    with pytest.raises(DataError, match=f"more than the {bits} bits that --bits {bits} says"):
        decode_foreign(encoded, bits)


@pytest.mark.parametrize("kind", [np.float32, np.int32, np.float64])
@pytest.mark.parametrize("shape", [(9, 9), (9, 9, 3)])
def test_decode_foreign_says_what_to_store_when_pixels_are_neither_of_8_bits_nor_of_16(
    kind: type[np.generic], shape: tuple[int, ...]
) -> None:
    encoded = cv2.imencode(".tiff", np.ones(shape, kind))[1].tobytes()
    is_known = len(shape) == 2 and kind is not np.float64  # to Pillow
    fault = f"its pixels are {np.dtype(kind)}: " if is_known else "a TIFF of a kind .*one: if .*, "
    with pytest.raises(DataError, match=f"{fault}scale them to 0..255 .* 8 bits"):
        decode_foreign(encoded)


@pytest.mark.parametrize(
    ("name", "advised"),
    [
        ("a/phone.HEIC", "; .heic is not read here: convert it to JPEG or PNG"),
        ("a/drive.MP4", "; .mp4 is a video: cut eye crops from it first"),
        ("a.mp4/eye.png", ""),
    ],
)
def test_advice_follows_from_what_a_name_promises(name: str, advised: str) -> None:
    assert advice(name) == advised


def test_size_says_the_same_each_time_when_the_bytes_are_no_picture() -> None:
    with pytest.raises(DataError) as caught:
        size(b"no picture at all")
    assert str(caught.value) == "it is no picture, or a damaged one"


def test_decode_refuses_the_picture_when_it_is_of_another_size_than_its_head_says() -> None:
    # Pillow reads over a comment within a number, 64×72; cv2 ends the number there, 6×4
    encoded = b"P5\n6#\n4 72 255\n" + bytes(64 * 72)
    assert size(encoded) == (64, 72)
    with pytest.raises(DataError, match="size is other than its head says"):
        decode(encoded)


def test_content_hash_is_the_same_when_only_the_format_differs() -> None:
    crop = np.arange(100, dtype=np.uint8).reshape(10, 10)
    done, bitmap = cv2.imencode(".bmp", crop)
    assert done
    assert content_hash(decode(bitmap.tobytes())) == content_hash(decode(encode_png(crop)))


def test_content_hash_differs_when_a_pixel_or_the_shape_does() -> None:
    crop = np.zeros((4, 9), np.uint8)
    other = crop.copy()
    other[2, 3] = 1
    hashes = {content_hash(crop), content_hash(other), content_hash(crop.reshape(9, 4))}
    assert len(hashes) == 3
