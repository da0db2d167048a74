import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blink.synthesis.frame import Frame, bell, clamp, edge, lay

_FRAME = Frame(height=60, width=90, scale=30.0, left=-1.5, top=-1.0)
_where = st.floats(-4, 4)


@settings(max_examples=100)
@given(top=_where, bottom=_where)
def test_band_holds_every_row_between_its_ends(top: float, bottom: float) -> None:
    rows, band = _FRAME.band(top, bottom)
    assert band.height == len(range(*rows.indices(_FRAME.height))) >= 1
    np.testing.assert_allclose(band.y, _FRAME.y[rows], atol=1e-5)
    np.testing.assert_array_equal(band.x, _FRAME.x)
    inside = np.flatnonzero((_FRAME.y > top) & (_FRAME.y < bottom))
    assert set(inside) <= set(range(*rows.indices(_FRAME.height)))


def test_band_leaves_the_rest_out_when_it_lies_in_the_middle() -> None:
    rows, _ = _FRAME.band(-0.2, 0.3)
    assert rows == slice(24, 39)


def test_strokes_cover_the_pixels_that_they_cross() -> None:
    cover = _FRAME.strokes(np.array([[[-1.0, 0.0], [1.0, 0.0]]]), 0.1)
    assert cover[29:31, 20:70].min() > 0.6
    assert cover[:26].max() == cover[34:].max() == 0


def test_bell_is_one_in_the_middle_and_falls_off_over_its_width() -> None:
    found = bell(np.array([[0.0, 0.5, -0.5, 2.0]], np.float32), 0.5)
    np.testing.assert_allclose(found, [[1, np.exp(-1), np.exp(-1), np.exp(-16)]], rtol=1e-5)


@pytest.mark.parametrize(("distance", "cover"), [(-0.1, 0), (0, 0.5), (0.02, 0.7), (0.1, 1)])
def test_edge_goes_over_one_pixel(distance: float, cover: float) -> None:
    found = edge(np.array([[distance]], np.float32), 10)
    np.testing.assert_allclose(found, [[cover]], atol=1e-6)


def test_clamp_keeps_what_lies_between_0_and_1() -> None:
    field = np.array([[-3.0, 0.25, 1.5]], np.float32)
    assert clamp(field) is field
    assert field.tolist() == [[0.0, 0.25, 1.0]]


def test_lay_mixes_by_the_mask() -> None:
    planes = np.full((2, 1, 3), 0.5, np.float32)
    colour = np.array([1.0, 0.0], np.float32)[:, None, None]
    lay(planes, np.array([[0.0, 0.5, 1.0]], np.float32), colour)
    assert planes.tolist() == [[[0.5, 0.75, 1.0]], [[0.5, 0.25, 0.0]]]
