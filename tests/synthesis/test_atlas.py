import numpy as np
import pytest

from blink.synthesis.atlas import MAP, sample_map
from blink.synthesis.chance import uniform
from blink.synthesis.finder import View

_ACROSS = np.broadcast_to(MAP.x, (MAP.height, MAP.width)).copy()


def _view(x: float) -> View:
    return View(height=64, width=80, span=(2.6, 2.2), centre=(x, 0.1), angle=0.2, mirrored=False)


@pytest.mark.parametrize("x", [0.0, 0.123, -0.31])
def test_sample_map_finds_each_place_where_the_frame_has_it(x: float) -> None:
    frame = _view(x).frame
    seen = sample_map(_ACROSS, frame)
    assert seen.shape == (frame.height, frame.width)
    np.testing.assert_allclose(
        seen[:, 1:-1], np.repeat(frame.x, frame.height, 0)[:, 1:-1], atol=1e-4
    )


def test_sample_map_moves_a_layer_down() -> None:
    layer, frame = np.zeros_like(_ACROSS), _view(0.0).frame
    layer[56] = 1
    middles = [sample_map(layer, frame, shift).sum(axis=1).argmax() for shift in (0.0, 0.5)]
    assert abs(middles[1] - middles[0] - 0.5 * frame.scale) <= 1


def test_sample_map_mirrors_the_layer_when_the_frame_reaches_beyond_it() -> None:
    frame = _view(2.2).frame
    seen = sample_map(_ACROSS, frame)[0]
    rim = MAP.left + MAP.width / MAP.scale
    mirrored = np.where(frame.x[0] > rim, 2 * rim - frame.x[0], frame.x[0])
    assert frame.x.max() > rim + 0.5
    np.testing.assert_allclose(seen[1:-1], mirrored[1:-1], atol=0.03)


def test_frames_of_one_size_of_window_have_one_size_wherever_it_lies() -> None:
    assert (
        len({(_view(x).frame.height, _view(x).frame.width) for x in np.linspace(0, 0.2, 50)}) == 1
    )


def test_uniform_draws_what_numpy_draws() -> None:
    ours, theirs = np.random.default_rng(3), np.random.default_rng(3)
    assert [uniform(ours, -0.3, 1.7) for _ in range(100)] == [
        theirs.uniform(-0.3, 1.7) for _ in range(100)
    ]
