"""Which cheap score tells eyes from what is none, and also from kinds it was not fitted on?

    BLINK_DATA=data python experiments/inspection/scores.py --data real

All scores see the same features, and get the same limit: 1 % of validation people's eyes of either
class. Printed are false refusals of test people by data set and class, and by kind of stranger the
AUC and the share refused; a star marks kinds that nothing is fitted on.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from blink.contract import InputSpec
from blink.data.datamodule import EyeDataModule
from blink.data.split import TEST
from blink.entry.data_by_name import open_data
from blink.runtime.strangeness import Features
from blink.synthesis import golden_crops
from blink.synthesis.strangers import CUTS, HELD_OUT, KINDS, draw_strangers, strangers
from blink.training.calibrate import equal_weights
from blink.training.inspection import InspectionPlan, features_of
from blink.training.strangeness import fit_strangeness

EDGES, PIXELS = slice(0, 324), slice(324, None)
Score = Callable[[Features], NDArray[np.floating]]
SHAPES = 32


def main() -> None:
    """Prints a block for each score."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", default="real")
    parser.add_argument("--crops", type=int, default=3000)
    parser.add_argument("--rendered", type=int, default=1000)
    given = parser.parse_args()
    manifest, split = open_data([given.data], [])[0]
    with TemporaryDirectory() as folder:
        data = EyeDataModule(manifest, split, InputSpec(), Path(folder), workers=0)
        rows = np.unique(data.draw(given.crops))
        crops = list(manifest.crops(rows))
        drawn = golden_crops(given.rendered + 200) if given.rendered else []
        eyes = features_of([*crops, *drawn[: given.rendered]])
        named = np.concatenate([data.datasets(rows), np.full(given.rendered, "rendered", object)])
        weights = equal_weights(
            named, np.concatenate([data.labels(rows), np.zeros(given.rendered, np.int64)])
        )
        no_eyes = features_of(strangers(crops, len(crops), 0))
        judged = data.validating()
        judged = judged[:: max(1, len(judged) // 4000)]
        limits = features_of(manifest.crops(judged)), data.datasets(judged), data.labels(judged)
        roles = np.concatenate(list(split.roles(manifest)))
        table = manifest.table
        tested = np.flatnonzero((roles == TEST) & table["label"].notna().to_numpy(bool))
        tested = tested[:: max(1, len(tested) // 3000)]
    cells = np.array(
        [
            f"{d} {'closed' if one else 'open'}"
            for d, one in table.iloc[tested][["dataset", "label"]].to_numpy()
        ]
    )
    shown = list(manifest.crops(tested))
    kinds = {
        kind: features_of(draw_strangers(kind, shown[:: len(shown) // 200], 200, 1))
        for kind in (*KINDS, *CUTS)
    }
    test = features_of([*shown, *drawn[given.rendered :]])
    cells = np.concatenate([cells, np.full(len(test) - len(shown), "rendered")])
    for name, score in fit_all(eyes, no_eyes, weights).items():
        report(name, score, limits, (test, cells), kinds)


def fit_all(eyes: Features, no_eyes: Features, weights: NDArray[np.float64]) -> dict[str, Score]:
    """Every score by its name; higher is stranger."""
    scores: dict[str, Score] = {}
    for part, columns in (("pixels", PIXELS), ("edges", EDGES)):
        space = PCA(SHAPES, svd_solver="covariance_eigh").fit(eyes[:, columns])
        scores[f"{part}, distance from PCA space"] = residual(space, columns)
        scores[f"{part}, Mahalanobis in PCA space"] = mahalanobis(space, columns)
    both = np.concatenate([eyes, no_eyes])
    truth = np.repeat([0, 1], [len(eyes), len(no_eyes)])
    odds = np.concatenate([weights, np.full(len(no_eyes), 1 / len(no_eyes))]) * len(both) / 2
    parts = {"pixels": PIXELS, "edges": EDGES, "edges and pixels": slice(None)}
    for part, columns in parts.items():
        line = LogisticRegression(C=0.1, max_iter=500).fit(both[:, columns], truth, odds)
        scores[f"{part}, logistic"] = logistic(line, columns)
        seen = [np.zeros_like(some) for some in (eyes, no_eyes)]
        for kept, some in zip(seen, (eyes, no_eyes), strict=True):
            kept[:, columns] = some[:, columns]
        scores[f"{part}, small net"] = small_net(seen[0], seen[1], weights, columns)
    return scores


def logistic(line: LogisticRegression, columns: slice) -> Score:
    """How much speaks for a stranger, in log odds."""
    return lambda some: line.decision_function(some[:, columns])


def small_net(
    eyes: Features, no_eyes: Features, weights: NDArray[np.float64], columns: slice
) -> Score:
    """The runtime's score, which sees some of the features alone."""
    net = fit_strangeness(eyes, no_eyes, weights, InspectionPlan().steps, seed=0)

    def score(some: Features) -> NDArray[np.floating]:
        kept = np.zeros_like(some)
        kept[:, columns] = some[:, columns]
        return np.array([net.score(one) for one in kept])

    return score


def residual(space: PCA, columns: slice) -> Score:
    """What the shapes of eyes leave unexplained; Turk and Pentland 1991."""
    return lambda some: np.linalg.norm(
        some[:, columns] - space.inverse_transform(space.transform(some[:, columns])), axis=1
    )


def mahalanobis(space: PCA, columns: slice) -> Score:
    """How unusual the mixture of shapes is."""
    return lambda some: (space.transform(some[:, columns]) ** 2 / space.explained_variance_).sum(
        axis=1
    )


def report(
    name: str,
    score: Score,
    limits: tuple[Features, NDArray[np.object_], NDArray[np.int64]],
    test: tuple[Features, NDArray[np.str_]],
    kinds: dict[str, Features],
) -> None:
    """Prints what a score does to eyes and to strangers."""
    judged, datasets, labels = limits
    figures, weights = score(judged), equal_weights(datasets, labels)
    limit = max(
        float(np.quantile(figures[e], 0.99, weights=weights[e], method="inverted_cdf"))
        for e in (labels == 0, labels == 1)
    )
    eyes, cells = score(test[0]), test[1]
    refused = {cell: float(np.mean(eyes[cells == cell] > limit)) for cell in np.unique(cells)}
    eyes = eyes[cells != "rendered"]  # AUC is of real eyes
    told = {
        kind: (auc(eyes, found), float(np.mean(found > limit)))
        for kind, found in ((k, score(v)) for k, v in kinds.items())
    }
    means = [
        np.mean([both for kind, both in told.items() if (kind in HELD_OUT) == is_held], axis=0)
        for is_held in (False, True)
    ]
    print(f"\n{name}")
    print("  refused:", ", ".join(f"{c} {100 * s:.1f} %" for c, s in refused.items()))
    for title, (area, share) in zip(("learnt", "held out"), means, strict=True):
        print(f"  {title}: AUC {area:.3f}, refused {100 * share:.0f} %")
    each = [
        f"{kind}{'*' * (kind in HELD_OUT)} {area:.2f}/{100 * share:.0f} %"
        for kind, (area, share) in told.items()
    ]
    print("  " + ", ".join(each))


def auc(eyes: NDArray[np.floating], found: NDArray[np.floating]) -> float:
    """How often a stranger scores higher than an eye."""
    truth = np.repeat([0, 1], [len(eyes), len(found)])
    return float(roc_auc_score(truth, np.concatenate([eyes, found])))


if __name__ == "__main__":
    main()
