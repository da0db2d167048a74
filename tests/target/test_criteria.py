from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from blink.target import Criterion, Target, always_right, read_target

TARGETS = Path(__file__).parents[2] / "conf" / "target"
NAMES = sorted(file.stem for file in TARGETS.glob("*.yaml"))
SOON = Criterion(words="soon", measure="seconds_to_success", at_most=1)


@pytest.mark.parametrize(
    ("measure", "limit", "message"),
    [
        (
            "balanced_accuracy",
            {"at_least": 95},
            "`at_least` should be above 0 and below 1 for balanced_accuracy; found 95",
        ),
        ("balanced_accuracy", {"at_least": 1}, "below 1 for balanced_accuracy; found 1"),
        ("gap_between_groups", {"at_most": -3}, "above 0 for gap_between_groups; found -3"),
        ("mistakes_per_user_and_day", {"at_most": 0}, "`at_most` should be above 0 for mistakes"),
    ],
)
def test_criterion_is_refused_when_nobody_could_meet_it(
    measure: str, limit: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        Criterion.model_validate({"words": "as it should be", "measure": measure, **limit})


@pytest.mark.parametrize(
    ("measure", "limit"),
    [("balanced_accuracy", {"at_least": 0.95}), ("good_per_bad", {"at_least": 200})],
)
def test_criterion_is_taken_when_its_limit_is_within_reach(
    measure: str, limit: dict[str, Any]
) -> None:
    found = Criterion.model_validate({"words": "as it should be", "measure": measure, **limit})

    assert found.at_least == limit["at_least"]


def asking(name: str, *criteria: Criterion) -> Target:
    read = read_target(name, TARGETS)
    return Target.model_validate(
        read.model_dump() | {"product": read.product, "criteria": criteria}
    )


@pytest.mark.parametrize("name", ["iris_login", "wink_dating", "driver_monitor"])
def test_target_takes_seconds_to_success_when_its_product_has_some(name: str) -> None:
    assert asking(name, SOON).criteria == (SOON,)


@pytest.mark.parametrize(
    ("name", "product"), [("dry_eye", "CountBlinks"), ("photo_check", "JudgePicture")]
)
def test_target_refuses_seconds_to_success_when_its_product_has_none(
    name: str, product: str
) -> None:
    with pytest.raises(
        ValidationError, match=rf"criteria\.0\.measure: {product} has no seconds_to"
    ):
        asking(name, SOON)


@pytest.mark.parametrize("name", NAMES)
def test_seconds_are_known_when_the_product_says_that_it_is_timed(name: str) -> None:
    target = read_target(name, TARGETS)
    truth = target.product.script(np.random.default_rng(0), target.behaviour, 20, target.fps)

    tally = target.product.play(always_right(truth), truth, 0.5, target.fps)

    assert bool(np.isfinite(tally.seconds).any()) is target.product.is_timed
