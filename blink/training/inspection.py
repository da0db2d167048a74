"""What decides whether a crop is worth an answer.

The score behind *not an eye* is learnt from training people. Its limit lies where eyes of
validation people would be refused at a stated rate, which holds for either class, so that closed
eyes, which have fewer edges, do not pay for open ones; within a class every data set counts the
same. The other limits are those of `Limits`, measured once on real test people, loosened where eyes
of validation people lie beyond them.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from blink.contract import ConfigError, Crop, DataError
from blink.data.datamodule import EyeDataModule
from blink.data.sampler import subsample_indices
from blink.latency.slot import computing, giving_way
from blink.runtime.inspection import Inspection, Inspector, Limits
from blink.runtime.preprocessing import grey, resize
from blink.runtime.strangeness import SIDE, Features, features
from blink.training.calibrate import equal_weights
from blink.training.strangeness import fit_strangeness

FALSE_ALARMS: Final = {"blank": 0.005, "saturated": 0.005, "blurred": 0.005, "not an eye": 0.01}
"""Largest share of the closed eyes of validation people, and of the open ones, for each reason."""

_MOST_OF_A_CELL: Final = 2000
"""Crops of one data set and class that limits are set on: decoding takes most of the time."""

Strangers = Callable[[Sequence[Crop], int, int], list[Crop]]
"""From eyes, a count and a seed to crops that are no eyes; `blink.synthesis.strangers`."""

Rendered = Callable[[int], list[Crop]]
"""So many eyes of people who do not exist; `blink.synthesis.golden_crops`."""

_MOST_RENDERED: Final = 1000


@dataclass(frozen=True)
class InspectionPlan:
    """From how much a run learns what is no eye.

    Attributes:
        crops: Training crops at most, and as many strangers.
        steps: Of the small net that tells them apart.
        seed: Decides the strangers and the first weights.

    Raises:
        ConfigError: There are no crops, or no steps.
    """

    crops: int = 4000
    steps: int = 1500
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("crops", "steps"):
            count = getattr(self, name)
            if type(count) is not int or count < 1:
                raise ConfigError(f"inspection.{name} is {count!r}; it is a whole number from 1.")


@computing()
def fit_inspection(
    data: EyeDataModule,
    strangers: Strangers,
    rendered: Rendered | None = None,
    plan: InspectionPlan | None = None,
) -> Inspector:
    """Learns what is no eye, then sets all limits.

    Args:
        data: Training people to learn from, validation people to set limits on.
        strangers: Makes crops that are no eyes.
        rendered: Draws eyes, which count as one data set more. Many strangers are rendered: where
            all eyes are photographs, whatever looks rendered would be strange without these.
        plan: From how much; the default where there is none.

    Raises:
        DataError: Nobody trains, or nobody validates; or see `limits_of`.
    """
    plan = plan or InspectionPlan()
    rows = np.unique(data.draw(plan.crops))
    eyes = list(data.manifest.crops(rows))
    no_eyes = strangers(eyes, len(eyes), plan.seed)
    drawn = [] if rendered is None else rendered(min(len(eyes), _MOST_RENDERED))
    weights = _weights(data.datasets(rows), data.labels(rows), len(drawn))
    score = fit_strangeness(
        features_of([*eyes, *drawn]), features_of(no_eyes), weights, plan.steps, plan.seed
    )
    blind = Inspector(Limits(strangeness=1e9), score)
    judged = _thin(data)
    found = [blind.inspect(crop) for crop in giving_way(data.manifest.crops(judged))]
    return Inspector(
        limits_of(found, data.datasets(judged), data.labels(judged)),
        score,
        {
            "eyes": len(eyes),
            "rendered": len(drawn),
            "strangers": len(no_eyes),
            "validation_crops": len(judged),
            "false_alarms": dict(FALSE_ALARMS),
        },
    )


def limits_of(
    found: Sequence[Inspection], datasets: NDArray[np.object_], labels: NDArray[np.int64]
) -> Limits:
    """The limits at which neither class is refused more often than `FALSE_ALARMS` says.

    Args:
        found: Of each crop, by an inspector with a score; those too small are left out.
        datasets: (N,) the name of the data set of each.
        labels: (N,) 1 closed.

    Raises:
        DataError: All are too small.
    """
    measured = Limits()
    seen = np.array([one.strangeness is not None for one in found], np.bool_)
    if not seen.any():
        raise DataError(
            f"None of {len(found)} validation crops has {measured.side} pixels a side, below which "
            "no crop is worth an answer, so the other limits cannot be set. Bring larger crops."
        )
    weights = equal_weights(datasets[seen], labels[seen])
    classes = [labels[seen] == label for label in np.unique(labels[seen])]

    def at(name: str, share: float) -> list[float]:
        """Where so much of each class lies at or below."""
        figures = np.array([getattr(one, name) for one in found if one.strangeness is not None])
        return [
            float(np.quantile(figures[eyes], share, weights=weights[eyes], method="inverted_cdf"))
            for eyes in classes
        ]

    return Limits(
        side=measured.side,
        contrast=min(measured.contrast, *at("contrast", FALSE_ALARMS["blank"])),
        clipped=max(measured.clipped, *at("clipped", 1 - FALSE_ALARMS["saturated"])),
        sharpness=min(measured.sharpness, *at("sharpness", FALSE_ALARMS["blurred"])),
        strangeness=max(at("strangeness", 1 - FALSE_ALARMS["not an eye"])),
    )


def _weights(
    datasets: NDArray[np.object_], labels: NDArray[np.int64], rendered: int
) -> NDArray[np.float64]:
    """How often each eye is drawn, data sets and classes alike; rendered ones come last."""
    if not rendered:
        return equal_weights(datasets, labels)
    share = 1 / (len(np.unique(datasets.astype(str))) + 1)
    own = equal_weights(datasets, labels) * (1 - share)
    return np.concatenate([own, np.full(rendered, share / rendered)])


def features_of(crops: Iterable[Crop]) -> Features:
    """What the strangeness of crops is computed from: (N, `FEATURES`)."""
    return np.stack([features(resize(grey(crop), SIDE, SIDE)) for crop in crops])


def _thin(data: EyeDataModule) -> NDArray[np.int64]:
    """Validation rows, rising; of a large data set and class some."""
    rows = data.validating()
    _, number = np.unique(data.datasets(rows).astype(str), return_inverse=True)
    cells = 2 * number + data.labels(rows)
    kept = []
    for cell in np.unique(cells):
        inside = rows[cells == cell]
        kept.append(inside[subsample_indices(len(inside), _MOST_OF_A_CELL)])
    return np.sort(np.concatenate(kept))
