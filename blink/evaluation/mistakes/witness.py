"""Label-error detection by confident learning with out-of-fold predictions.

They are those of a witness, a small classifier of edges that has not seen the intelligence's
scores: fitted to the labels of the test crops themselves, and asked only about people whom it was
not fitted to. Where it, too, is sure of the opposite of a label, the label is suspected rather than
the intelligence.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from blink.data.audit.folds import FOLDS, folds_over_people
from blink.data.audit.limits import Limits

_FEWEST = 20
"""Crops of each class."""
_MOST = 8_000
"""Crops that a fold is fitted to."""
_KERNELS = 300


@dataclass(frozen=True, eq=False)
class OutOfFoldPredictions:
    """What the witness says of crops of people whom it was not fitted to.

    Attributes:
        closed: (N,) its probability of *closed*, fitted without the crop's person.
        auc: How well that tells the labels apart.
    """

    closed: NDArray[np.float64]
    auc: float


def predict_out_of_fold(
    embedding: NDArray[np.float32], closed: NDArray[np.bool_], person: NDArray[np.int64]
) -> OutOfFoldPredictions | str:
    """Cross-validates the witness over people, so that every crop has its prediction.

    Logistic regression on 300 radial basis functions (Nyström): on unseen people of MRL and CEW it
    reached an AUC of 0.95 and 0.98, a support vector machine of the same kernel the same.

    Args:
        embedding: (N, D) of the crops.
        closed: (N,) their labels.
        person: (N,) who it is, as a number.

    Returns:
        The predictions, or in words why there is none.
    """
    fewest = int(min(closed.sum(), len(closed) - closed.sum()))
    people = len(np.unique(person))
    if fewest < _FEWEST or people < FOLDS:
        return (
            f"it takes {_FEWEST} labelled crops of each class and {FOLDS} people; there are "
            f"{fewest:,} of the smaller class and {people:,} people"
        )
    spread = float(embedding.var(axis=0).sum())
    if spread == 0:
        return "all pictures are the same"
    model = make_pipeline(
        Nystroem(gamma=1 / spread, n_components=_KERNELS, random_state=0),
        LogisticRegression(C=10, max_iter=1000),
    )
    predicted = np.empty(len(closed))
    draw = np.random.default_rng(0)
    with threadpool_limits(1):  # small products: threads would wait for each other
        for known, unseen in folds_over_people(closed, person):
            fitted_to = draw.permutation(known)[:_MOST]
            if len(np.unique(closed[fitted_to])) < 2:
                return "without one of its people, a class is missing"
            size = min(_KERNELS, len(fitted_to))
            model.set_params(nystroem__n_components=size).fit(
                embedding[fitted_to], closed[fitted_to]
            )
            predicted[unseen] = model.predict_proba(embedding[unseen])[:, 1]
    auc = float(roc_auc_score(closed, predicted))
    least = Limits().label_auc
    if auc < least:
        return (
            f"the witness reaches an AUC of {auc:.2f} on people whom it never saw, and must reach "
            f"{least:.2f} before it is heard"
        )
    return OutOfFoldPredictions(predicted, auc)


def contradicts(score: NDArray[np.float64], closed: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where a score is sure of the opposite of the label.

    Sure is what is as high as scores of the opposite class usually are: the mean over the crops
    that are labelled so.

    Args:
        score: (N,) probability of *closed*.
        closed: (N,) the labels; both classes are there.

    Source: confident joint, Northcutt, Jiang, Chuang: Confident Learning, JAIR 2021.
    """
    usual_closed = score[closed].mean()
    usual_open = (1 - score[~closed]).mean()
    return np.asarray(np.where(closed, 1 - score >= usual_open, score >= usual_closed), np.bool_)
