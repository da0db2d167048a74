from collections.abc import Callable

import numpy as np
import pytest

from blink.contract import Crop
from blink.runtime.inspection import Inspector
from blink.synthesis import golden_crops
from blink.synthesis.strangers.spoilt import defocused, fogged, glaring, tiny


@pytest.mark.parametrize(
    ("spoil", "reason", "least"),
    [(tiny, "too small", 1.0), (fogged, "blank", 0.9), (glaring, "saturated", 0.5)],
)
def test_spoilt_eyes_are_refused_for_their_reason_when_they_were_usable(
    spoil: Callable[[Crop], Crop], reason: str, least: float
) -> None:
    eyes = [crop for crop in golden_crops(40) if Inspector().inspect(crop).usable]
    assert len(eyes) >= 30
    given = [Inspector().inspect(spoil(crop)).reason for crop in eyes]
    assert np.mean([one == reason for one in given]) >= least


def test_defocused_takes_nearly_all_detail_when_a_crop_is_sharp() -> None:
    crop = next(one for one in golden_crops(40) if (Inspector().inspect(one).sharpness or 0) > 0.1)
    before, after = (Inspector().inspect(one).sharpness for one in (crop, defocused(crop)))
    assert before is not None
    assert after is not None
    assert after < before / 5
