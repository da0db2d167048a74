import numpy as np
import pytest

from blink.contract import Crop
from blink.runtime.crops import check_crop
from blink.synthesis import golden_crops
from blink.synthesis.strangers import CUTS, HELD_OUT, KINDS, draw_strangers, strangers

EYES = golden_crops(12)


@pytest.mark.parametrize("kind", [*KINDS, *CUTS])
def test_draw_strangers_gives_crops_that_can_be_inspected_when_any_kind_is_asked(kind: str) -> None:
    crops = draw_strangers(kind, EYES, 6, seed=3)
    again = draw_strangers(kind, EYES, 6, seed=3)
    others = draw_strangers(kind, EYES, 6, seed=4)
    assert len(crops) == 6
    for crop, same in zip(crops, again, strict=True):
        check_crop(crop)
        np.testing.assert_array_equal(crop, same)
    if kind != "upside down":  # nothing in it is drawn
        assert any(not np.array_equal(a, b) for a, b in zip(crops, others, strict=True))


def test_draw_strangers_makes_no_more_cuts_than_there_are_eyes() -> None:
    assert len(draw_strangers("corner", EYES[:5], 9, seed=0)) == 5


def test_strangers_holds_out_kinds_when_it_makes_crops_to_learn_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forbidden(*_: object) -> Crop:
        raise AssertionError("a kind that is held out was drawn")

    for kind in HELD_OUT & KINDS.keys():
        monkeypatch.setitem(KINDS, kind, forbidden)
    for kind in HELD_OUT & CUTS.keys():
        monkeypatch.setitem(CUTS, kind, forbidden)
    learnt = len({*KINDS, *CUTS} - HELD_OUT)
    crops = strangers(EYES, 2 * learnt, seed=0)
    assert len(crops) == 2 * learnt
    assert len({crop.tobytes() for crop in crops}) == 2 * learnt


def test_held_out_names_kinds_of_either_sort_when_it_is_read() -> None:
    assert {*KINDS, *CUTS} > HELD_OUT
    assert HELD_OUT & KINDS.keys()
    assert HELD_OUT & CUTS.keys()


def test_cuts_hold_the_eyes_own_pixels_when_they_only_move_them() -> None:
    eye = EYES[0][:48, :48]
    rng = np.random.default_rng(0)
    for kind in ("turned", "upside down", "shuffled"):
        moved = CUTS[kind](eye, rng)
        assert not np.array_equal(moved, eye)
        np.testing.assert_array_equal(np.sort(moved, axis=None), np.sort(eye, axis=None))
    quarter = CUTS["corner"](eye, rng)
    assert quarter.shape[:2] == (24, 24)
    moved = CUTS["shifted"](eye, rng)
    black = moved[:, :24] if not moved[:, :24].any() else moved[:, 24:]
    assert not black.any()
    assert moved.any()
