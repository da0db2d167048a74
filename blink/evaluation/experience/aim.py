"""A target, and what validation people say on how to reach it. Test people are not asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from blink.contract import OperatingPoint
from blink.data.manifest import Manifest
from blink.data.split import Split
from blink.evaluation.evaluated_model import EvaluatedModel
from blink.evaluation.experience.basis import find_basis
from blink.evaluation.experience.operating_point import choose_operating_point
from blink.evaluation.predictions import predict_manifest
from blink.latency.slot import computing
from blink.target import Target


@dataclass(frozen=True, eq=False)
class Aim:
    """What the rows of a test set are judged for.

    Attributes:
        target: The product that is to be built.
        validation: Title of a model → its predictions on validation people, by which the knobs
            are searched; empty where these cannot play the target's users.
        points: Title of a model → its operating point for the target; empty likewise, and each
            keeps the one that it came with.
    """

    target: Target
    validation: Mapping[str, pd.DataFrame]
    points: Mapping[str, OperatingPoint]


@computing()
def choose_operating_points(
    target: Target | None,
    models: Sequence[EvaluatedModel],
    data: Sequence[tuple[Manifest, Split]],
    batch: int = 1,
) -> Aim | None:
    """Predicts the validation people, and chooses operating points by the target's costs on them.

    Args:
        target: What the models are to be used for; without one there is no aim.
        models: Whoever is judged; each gets an operating point of its own.
        data: Data sets, and who of their people validates.
        batch: Crops in a call; more than 1 only after `check_batches`.
    """
    if target is None:
        return None
    parts = [
        predict_manifest(
            {model.title: model for model in models},
            manifest,
            rows,
            f"Predicting validation people of {', '.join(manifest.datasets)}",
            batch=batch,
        )
        for manifest, split in data
        if len(rows := split.rows(manifest, "val"))
    ]
    validation = {
        one.title: pd.concat([part[one.title] for part in parts], ignore_index=True)
        for one in models
        if parts
    }
    if not validation or find_basis(target, validation[models[0].title]).gap is not None:
        return Aim(target, {}, {})
    points = {title: choose_operating_point(target, table) for title, table in validation.items()}
    return Aim(target, validation, points)
