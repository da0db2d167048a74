import numpy as np

from blink.cli.annotated import draw


def test_copy_keeps_the_picture_whole_when_it_is_of_any_shape() -> None:
    for height, width in ((8, 8), (8, 700), (900, 9), (1200, 1400)):
        picture = np.random.default_rng(0).integers(0, 256, (height, width), np.uint8)
        copy = draw(picture, ["open, p_closed 0.123", "not usable: not an eye"], "open")
        times = max(1, min(-(-176 // width), 1024 // max(height, width)))
        left = (copy.shape[1] - width * times) // 2
        shown = copy[: height * times : times, left : left + width * times : times]
        np.testing.assert_array_equal(shown, np.repeat(picture[..., None], 3, 2))
        strip = copy[height * times + 20 :]
        assert strip.max() > 200  # there is text
        assert (strip[:, -2:] == 32).all()  # which fits
