"""Fits the renderer's distribution to real crops whose labels nobody reads.

Real crops say how much likelier each rendered crop ought to be (`blink.synthesis.likeness`). Of all
distributions p(s)·exp(θ·φ(s)) of people and shots, see `blink.synthesis.tilt`, the one is taken
whose traits φ have the means of the crops so weighted: it is the nearest to the weighted one by the
divergence of Kullback and Leibler, and the nearest to p among all with such means.

Source: Csiszár: I-Divergence Geometry, in Ann. Probab. 3 (1975), 146–158.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from blink.synthesis.counterparts import Counterpart, real_crops
from blink.synthesis.likeness import Numbers, describe, effective, judge
from blink.synthesis.portrait import Portrait, sample_portrait
from blink.synthesis.tilt import Tilt, read_tilt
from blink.synthesis.traits import PERSON_TRAITS, SHOT_TRAITS
from blink.synthesis.version import RENDERER_VERSION

_EACH: Final = 4
"""Crops of a rendered person: many people say more than many crops of each."""
_RIDGE: Final = 0.02
"""What θ costs, per squared deviation of a trait: what is due to chance stays near zero."""


@dataclass(frozen=True, eq=False)
class _Sample:
    """Rendered crops in numbers."""

    people: list[str]
    looks: Numbers
    of_people: Numbers
    of_shots: Numbers


def fit_renderer(
    data: Path, counterparts: Sequence[Counterpart], crops: int, seed: int = 0
) -> dict[str, Any]:
    """Fits the renderer to archives, and says how near it has come.

    Args:
        data: The folder with the archives.
        counterparts: Which of them; all count the same.
        crops: Of each archive; as many are rendered as all of them have.
        seed: Of the people who are rendered, and of which real crops are taken.

    Returns:
        JSON-ready, as `read_tilt` reads it: `theta` of each trait counts in its deviations
        (`scale`), as `wanted` and `reached` do, its mean over the weighted and over the fitted
        crops, from the `mean` it had. `auc` before and after, see `Likeness`. `effective` of the
        crops, as the ratio weights them.

    Raises:
        DataError: An archive is missing.
    """
    real = [
        (f"{counterpart.importer.kind}-{subject}", describe(crop))
        for counterpart in counterparts
        for subject, crop in real_crops(counterpart, data, crops, seed)
    ]
    who, looks = [name for name, _ in real], np.stack([look for _, look in real])
    plain = _render(len(real), seed)
    before = judge(looks, plain.looks, who, plain.people)
    fit: dict[str, Any] = {
        "renderer": RENDERER_VERSION,
        "fitted_to": [counterpart.importer.kind for counterpart in counterparts],
        "crops": len(real),
        "effective": round(effective(before.ratio)),
        "people": project(tuple(PERSON_TRAITS), plain.of_people, before.ratio),
        "shots": project(tuple(SHOT_TRAITS), plain.of_shots, before.ratio),
    }
    # Other people: those whom it was fitted by are like real ones by chance, too.
    fitted = _render(len(real), seed + 1, read_tilt(fit))
    after = judge(looks, fitted.looks, who, fitted.people)
    _note_reached(fit["people"], fitted.of_people)
    _note_reached(fit["shots"], fitted.of_shots)
    return fit | {"auc": {"before": round(before.auc, 4), "after": round(after.auc, 4)}}


def project(names: Sequence[str], traits: Numbers, weights: Numbers) -> dict[str, dict[str, float]]:
    """The tilt of a sample that gives its traits the means which they have by weights.

    Args:
        names: Of the traits.
        traits: (N, len(names)) of a sample.
        weights: (N,), none below zero.

    Returns:
        Of each trait `mean`, `scale` (deviation), `theta` and `wanted`, see `fit_renderer`.
    """
    mean, scale = traits.mean(axis=0), traits.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)  # what never varies cannot be tilted
    plain = (traits - mean) / scale
    wanted = np.average(plain, axis=0, weights=weights)

    def loss(theta: Numbers) -> tuple[float, Numbers]:
        odds = plain @ theta
        value = logsumexp(odds) - np.log(len(odds)) - wanted @ theta + 0.5 * _RIDGE * theta @ theta
        return float(value), softmax(odds) @ plain - wanted + _RIDGE * theta

    theta = minimize(loss, np.zeros(len(names)), jac=True).x
    columns = {"mean": mean, "scale": scale, "theta": theta, "wanted": wanted}
    return {
        name: {key: round(float(column[place]), 4) for key, column in columns.items()}
        for place, name in enumerate(names)
    }


def _note_reached(traits: dict[str, dict[str, float]], sample: Numbers) -> None:
    for of, mean in zip(traits.values(), sample.mean(axis=0), strict=True):
        of["reached"] = round(float(mean - of["mean"]) / of["scale"], 4)


def _render(crops: int, seed: int, tilt: Tilt | None = None) -> _Sample:
    portraits = [
        sample_portrait(*divmod(number, _EACH), seed, tilt=tilt) for number in range(crops)
    ]
    return _Sample(
        people=[f"rendered {number // _EACH}" for number in range(crops)],
        looks=np.stack([describe(portrait.take()) for portrait in portraits]),
        of_people=_traits_of_people(portraits),
        of_shots=np.array(
            [[f(portrait.shot) for f in SHOT_TRAITS.values()] for portrait in portraits], float
        ),
    )


def _traits_of_people(portraits: Sequence[Portrait]) -> Numbers:
    return np.array(
        [[f(portrait.person) for f in PERSON_TRAITS.values()] for portrait in portraits], float
    )
