import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from blink.contract import Crop, DataError
from blink.data.images import LARGEST_SIDE, content_hash, decode, encode_png, size

SHAPES = st.one_of(
    st.tuples(st.integers(1, 20), st.integers(1, 20)),
    st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(3)),
)


def deep(suffix: str, brightest: int) -> bytes:
    """A grey picture of 16 bits, from black to its brightest level."""
    levels = np.linspace(0, brightest, 400).round().astype(np.uint16).reshape(20, 20)
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
        (deep(".png", 1023), "brightest level is 1023 of 65535"),
        (deep(".tiff", 4095), "brightest level is 4095 of 65535"),
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
