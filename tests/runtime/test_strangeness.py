import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from blink.contract import ConfigError, Crop
from blink.runtime.strangeness import FEATURES, Strangeness, features


def noise(seed: int) -> Crop:
    return np.random.default_rng(seed).integers(60, 120, (32, 32), dtype=np.uint8)


def drawn(units: int = 3) -> tuple[Strangeness, tuple[NDArray[np.float32], ...]]:
    rng = np.random.default_rng(0)
    weights = rng.normal(0, 0.2, (units, FEATURES)).astype(np.float32)
    bias, out = rng.normal(0, 1, (2, units)).astype(np.float32)
    return Strangeness.of_floats(weights, bias, out, 0.5), (weights, bias, out)


def test_features_hardly_change_when_exposure_and_contrast_do() -> None:
    brighter = np.asarray(2 * noise(0).astype(int) + 10, np.uint8)
    least = np.abs(features(noise(0)) - features(noise(1))).mean()
    assert features(noise(0)).shape == (FEATURES,)
    assert features(noise(0)).dtype == np.float32
    assert np.abs(features(brighter) - features(noise(0))).mean() < least / 20


def test_score_is_that_of_the_floats_when_weights_were_rounded_to_bytes() -> None:
    rounded, (weights, bias, out) = drawn()
    for seed in range(8):
        one = features(noise(seed))
        exact = float(np.maximum(weights @ one + bias, 0) @ out + 0.5)
        assert rounded.score(one) == pytest.approx(exact, abs=0.05)


def test_from_dict_gives_the_same_score_when_it_went_through_json() -> None:
    score, _ = drawn(32)
    text = json.dumps(score.to_dict())
    again = Strangeness.from_dict(json.loads(text))
    assert again.score(features(noise(3))) == score.score(features(noise(3)))
    assert len(text) < 30_000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": 0}, "0 units"),
        ({"units": 10**9}, "1000000000 units"),
        ({"units": 2.0}, "2.0 units"),
        ({"units": 4}, "weights holds"),
        ({"weights": "?"}, "weights is no base64"),
        ({"weights": None}, "weights is no base64"),
        ({"bias": "AAAA"}, "bias holds 3 bytes"),
        ({"out_bias": None}, "bias None"),
        ({"out_bias": float("inf")}, "not finite"),
        ({"scales": "AADAfwAAwH8AAMB/"}, "not finite"),  # three times NaN
        ({"more": 1}, "has not the entries"),
    ],
)
def test_from_dict_refuses_when_an_entry_is_wrong(change: dict[str, Any], message: str) -> None:
    score, _ = drawn()
    with pytest.raises(ConfigError, match=message):
        Strangeness.from_dict(score.to_dict() | change)


def test_strangeness_refuses_when_scaled_weights_are_beyond_floats() -> None:
    nothing = np.zeros(1, np.float32)
    huge = np.full(1, 3e38, np.float32)
    with pytest.raises(ConfigError, match="not finite"):
        Strangeness(np.full((1, FEATURES), 127, np.int8), huge, nothing, nothing, 0.0)


def test_strangeness_refuses_when_shapes_do_not_go_together() -> None:
    score, _ = drawn()
    with pytest.raises(ConfigError, match="parts of the shapes"):
        Strangeness(score.weights[:2], score.scales, score.bias, score.out, 0.0)
