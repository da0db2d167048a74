import json
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from blink.contract import ConfigError, Crop, CropError
from blink.runtime.inspection import REASONS, Inspector, Limits
from blink.runtime.strangeness import FEATURES, Strangeness

ANY_CROP = hnp.arrays(
    np.uint8,
    st.one_of(
        st.tuples(st.integers(0, 40), st.integers(0, 40)),
        st.tuples(st.integers(0, 40), st.integers(0, 40), st.just(3)),
    ),
)


def eye(side: int = 64) -> Crop:
    """A sharp, well lit eye: lids, white, iris."""
    rng = np.random.default_rng(0)
    picture = np.asarray(rng.integers(140, 160, (side, side)), np.uint8)
    middle = (side // 2, side // 2)
    cv2.ellipse(picture, middle, (side * 2 // 5, side // 4), 0, 0, 360, 230, -1, cv2.LINE_AA)
    cv2.circle(picture, middle, side // 7, 40, -1, cv2.LINE_AA)
    return picture


def constant(score: float) -> Strangeness:
    """The same log odds for every crop."""
    nothing = np.zeros(1, np.float32)
    return Strangeness(np.zeros((1, FEATURES), np.int8), nothing, nothing, nothing, score)


def speckled(pixels: int) -> Crop:
    """Even, but for so many of its 1,024 pixels that are two grey levels brighter."""
    picture = np.full((32, 32), 100, np.uint8)
    picture.flat[np.random.default_rng(0).permutation(picture.size)[:pixels]] += 2
    return picture


def levels(picture: Any) -> Crop:
    return np.asarray(np.clip(np.rint(picture), 0, 255), np.uint8)


@pytest.mark.parametrize(
    ("crop", "reason"),
    [
        (eye(), None),
        (eye(9), None),
        (cv2.resize(eye(), (8, 64)), "too small"),
        (np.empty((0, 5), np.uint8), "too small"),
        (np.full((40, 40), 90, np.uint8), "blank"),
        (levels(128 + 0.01 * (eye() - 128.0)), "blank"),
        (speckled(102), "blank"),  # a contrast of 0.6
        (speckled(205), None),  # of 0.8
        (levels(3 * eye().astype(int) - 150), "saturated"),
        (cv2.GaussianBlur(eye(), (0, 0), 13), "blurred"),
    ],
)
def test_inspect_gives_the_reason_when_an_eye_is_spoilt(crop: Crop, reason: str | None) -> None:
    found = Inspector().inspect(crop)
    assert found.reason == reason
    assert found.usable == (reason is None)
    assert found.side == min(crop.shape)


def test_inspect_measures_what_it_says_when_a_crop_is_known() -> None:
    halves = np.full((32, 32), 100, np.uint8)
    halves[:, 16:] = 255
    found = Inspector().inspect(halves)
    assert found.contrast == pytest.approx(77.5)
    assert found.clipped == 0.5
    # Each of the 32 rows bends up by 155 before the edge, and down by as much behind it.
    assert found.sharpness == pytest.approx((2 * 155**2 / 32 - 20 / 12) / 77.5**2)
    assert found.strangeness is None


def test_inspect_says_not_an_eye_when_the_score_is_above_the_limit() -> None:
    strange = Inspector(Limits(strangeness=1.0), constant(1.5))
    assert strange.inspect(eye()).reason == "not an eye"
    assert strange.inspect(eye()).strangeness == 1.5
    assert strange.reasons == REASONS
    usual = Inspector(Limits(strangeness=1.6), constant(1.5))
    assert usual.inspect(eye()).usable
    assert "not an eye" not in Inspector().reasons


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_inspect_says_not_an_eye_when_the_score_is_no_number() -> None:
    most = np.full(2, 3e38, np.float32)
    ways = np.array([1, -1], np.float32)
    endless = Strangeness(np.ones((2, FEATURES), np.int8), most, most, ways, 0.0)
    found = Inspector(strangeness=endless).inspect(eye())
    assert found.strangeness is not None
    assert np.isnan(found.strangeness)
    assert found.reason == "not an eye"


def test_inspect_finds_the_same_when_channels_are_reversed_or_rows_strided() -> None:
    rgb = np.stack([eye(), levels(eye() * 0.8), levels(eye() * 0.5)], axis=-1)
    expected = Inspector().inspect(rgb)
    assert Inspector().inspect(rgb[..., ::-1], "bgr") == expected
    assert Inspector().inspect(np.repeat(rgb, 2, axis=0)[::2]) == expected
    assert Inspector().inspect(rgb, "bgr") != expected


@pytest.mark.parametrize(
    "crop",
    [
        np.zeros((4, 4)),
        np.zeros((40, 40)),
        np.zeros((4, 4, 2), np.uint8),
        np.broadcast_to(np.uint8(0), (4, 4, 10**9)),
        np.zeros(9, np.uint8),
        [[0, 0], [0, 0]],
        None,
    ],
)
def test_inspect_refuses_when_a_crop_is_none_whatever_its_size(crop: Any) -> None:
    with pytest.raises(CropError):
        Inspector().inspect(crop)


@pytest.mark.parametrize("side", [4, 40])
def test_inspect_refuses_when_the_order_of_channels_is_not_known(side: int) -> None:
    order: Any = "BGR"
    with pytest.raises(CropError, match="'rgb' or 'bgr', not 'BGR'"):
        Inspector().inspect(np.zeros((side, side, 3), np.uint8), order)


@given(crop=ANY_CROP)
def test_inspect_gives_finite_figures_when_crops_are_any(crop: Crop) -> None:
    found = Inspector(strangeness=constant(-1.0)).inspect(crop)
    assert found.reason is None or found.reason in REASONS
    if found.reason != "too small":
        figures = (found.contrast, found.clipped, found.sharpness, found.strangeness)
        assert all(figure is not None and np.isfinite(figure) for figure in figures)


def test_from_dict_gives_the_same_inspector_when_it_went_through_json() -> None:
    inspector = Inspector(Limits(contrast=2.5), constant(0.25), {"eyes": 12})
    again = Inspector.from_dict(json.loads(json.dumps(inspector.to_dict())))
    assert again.limits == inspector.limits
    assert again.fitted == {"eyes": 12}
    assert again.inspect(eye()) == inspector.inspect(eye())


def test_from_dict_knows_no_strangers_when_a_bundle_holds_nothing() -> None:
    inspector = Inspector.from_dict({})
    assert inspector.strangeness is None
    assert inspector.limits == Limits()
    assert inspector.reasons == ("too small", "blank", "saturated", "blurred")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"limits": {"side": 7}}, "side is 7"),
        ({"limits": {"side": 9.0}}, "side is 9.0"),
        ({"limits": {"contrast": float("nan")}}, "contrast is nan"),
        ({"limits": {"clipped": True}}, "clipped is True"),
        ({"limits": {"colour": 1}}, "no Limits"),
        ({"limits": []}, "must be objects"),
        ({"fitted": None}, "must be objects"),
        ({"strangeness": 3}, "has not the entries"),
        ({"more": 1}, "has not the entries"),
    ],
)
def test_from_dict_refuses_when_an_entry_is_wrong(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Inspector.from_dict(Inspector(strangeness=constant(0.0)).to_dict() | change)
