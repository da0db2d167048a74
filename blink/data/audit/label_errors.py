"""Labels that are likely wrong: confident learning, cross-validated over people.

A classifier that never saw a person says how likely each of their eyes is closed; where it is sure
of the opposite of the label, and sure by the standard of that class, the label is accused. The
rule is cleanlab's (Northcutt, Jiang, Chuang: Confident Learning, JAIR 2021).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import cv2
import numpy as np
import pandas as pd
from cleanlab.filter import find_label_issues
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from tqdm import tqdm

from blink.contract import CLOSED
from blink.contract.labels import NAMES
from blink.contract.wording import name_some, plural
from blink.data.audit.finding import MOST_EXHIBITS, Exhibit, Finding, SmallTable
from blink.data.audit.folds import FOLDS, Fold, folds_over_people
from blink.data.audit.limits import Limits
from blink.data.audit.pictures import Pictures
from blink.data.audit.swapped import check_swapped, find_swapped
from blink.data.manifest import Manifest

_SIDE = 16
_FEWEST = 20  # labelled crops of each class; and of a person, for a share to mean anything
_PER_PERSON = 3  # exhibits: one person's neighbouring frames would fill the page
_MOST_PEOPLE = 12


@dataclass(frozen=True, eq=False)
class Suspects:
    """Crops whose label is accused, and people whose labels are as a whole.

    Attributes:
        rows: Their rows in the manifest: first those of people whom the classifier can judge, then
            the others'; within both the surest accusation first.
        judged: Whether the classifier can judge the crop's person, one entry per suspect.
        p_closed: What the classifier says of every crop of the manifest, NaN without a label.
        auc: How well it tells closed from open on people whom it never saw.
        shares: Who (`dataset/person`) → share of their labels that is accused, where they have
            crops enough.
        swapped: Who → rows of all their labels, see `find_swapped`; none of them is in `rows`.
        unknown: Labelled crops whose person is not known: the same person may have been learnt.
    """

    rows: NDArray[np.int64]
    judged: NDArray[np.bool_]
    p_closed: NDArray[np.float64]
    auc: float
    shares: dict[str, float]
    swapped: dict[str, NDArray[np.int64]]
    unknown: int


def find_label_errors(manifest: Manifest, pictures: Pictures, limits: Limits) -> Suspects | str:
    """Accuses labels.

    Args:
        manifest: The data set; crops without a label are left out.
        pictures: What was seen of its pictures.
        limits: `label_auc`, `label_person` and `label_swapped` are used.

    Returns:
        The suspects, or in words why nobody can be accused.
    """
    table = manifest.table
    known = np.flatnonzero(table["label"].notna())
    labels = table["label"].iloc[known].to_numpy(np.int64)
    people = people_of(table).iloc[known].to_numpy(str)
    fewest = int(np.bincount(labels, minlength=2).min())
    if fewest < _FEWEST or len(np.unique(people)) < FOLDS:
        return (
            f"it takes {_FEWEST} labelled crops of each class and {FOLDS} people; there are "
            f"{fewest:,} of the smaller class and {len(np.unique(people)):,} people"
        )
    folds = list(folds_over_people(labels, people))
    if any(np.ptp(labels[learnt]) == 0 for learnt, _ in folds):
        return "without the people of a fold one of the classes is missing: too few people show it"
    closed = _predict_unseen(_features(pictures, known), labels, folds)
    auc = float(roc_auc_score(labels, closed))
    if auc < limits.label_auc:
        return (
            f"the classifier reaches an AUC of {auc:.2f} on people whom it never saw, and must "
            f"reach {limits.label_auc:.2f} before it may accuse anybody"
        )
    accused = find_label_issues(
        labels,
        np.stack([1 - closed, closed], axis=1),
        return_indices_ranked_by="self_confidence",
        n_jobs=1,
    ).astype(np.int64)
    swapped = find_swapped(labels, people, accused, limits)
    accused = accused[~np.isin(people[accused], list(swapped))]
    shares = _shares(people, accused)
    judged = shares.reindex(people[accused], fill_value=0).to_numpy(float) <= limits.label_person
    order = np.argsort(~judged, kind="stable")
    everywhere = np.full(len(table), np.nan)
    everywhere[known] = closed
    return Suspects(
        rows=known[accused[order]].astype(np.int64),
        judged=judged[order],
        p_closed=everywhere,
        auc=auc,
        shares={str(n): float(s) for n, s in shares.sort_values(ascending=False).items()},
        swapped={who: known[places] for who, places in swapped.items()},
        unknown=int(table["subject"].iloc[known].isna().sum()),
    )


def _shares(people: NDArray[np.str_], accused: NDArray[np.int64]) -> "pd.Series[float]":
    """Who → share of their labels that is accused; of few crops a share says nothing."""
    counts = pd.Series(people).value_counts()
    found = pd.Series(people[accused]).value_counts() / counts[counts >= _FEWEST]
    return found.dropna()


def people_of(table: pd.DataFrame) -> pd.Series:
    """`dataset/person` of every crop; where nobody is known, `dataset/?` and the picture's hash."""
    alone = "?" + table["content_hash"]
    return table["dataset"] + "/" + table["subject"].fillna(alone)


def _features(pictures: Pictures, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """HOG and 16×16 pixels whose mean and contrast are taken out: float32 (N, 580)."""
    small = np.empty((len(rows), _SIDE * _SIDE), np.float32)
    for number, row in enumerate(rows):
        shrunk = cv2.resize(pictures.thumbnails[row], (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
        small[number] = shrunk.ravel()
    mean, contrast = small.mean(1, keepdims=True), small.std(1, keepdims=True)
    return np.hstack([pictures.hog[rows], (small - mean) / (contrast + 8)])


def _predict_unseen(
    features: NDArray[np.float32], labels: NDArray[np.int64], folds: Sequence[Fold]
) -> NDArray[np.float64]:
    """p_closed of every crop by a classifier that was fitted without its person."""
    # On unseen people of MRL and CEW boosted trees reached a higher AUC than logistic regression,
    # an RBF kernel or an MLP (0.985 and 0.987); a mirrored second look gains 0.001 at most.
    model = HistGradientBoostingClassifier(
        max_iter=80, learning_rate=0.15, max_leaf_nodes=15, max_features=0.15, random_state=0
    )
    closed = np.empty(len(labels))
    # One thread: on a machine that others use too, OpenMP's threads spin while they wait.
    with threadpool_limits(1, user_api="openmp"):
        for known, unseen in tqdm(folds, "Judging unseen people", FOLDS, unit="fold"):
            fitted = model.fit(features[known], labels[known])
            closed[unseen] = fitted.predict_proba(features[unseen])[:, CLOSED]
    return closed


def check_label_errors(
    manifest: Manifest, suspects: Suspects | str, limits: Limits
) -> list[Finding]:
    """What there is to say of suspects: how many, whose, and the worst as pictures."""
    title = "Likely label errors"
    if isinstance(suspects, str):
        return [Finding("label-errors", title, "note", f"Not looked for: {suspects}.", {})]
    labelled = int(np.isfinite(suspects.p_closed).sum())
    listed = int(suspects.judged.sum())
    share = listed / labelled
    unknown = (
        f" People unknown for {suspects.unknown:,} crops, which may have been judged by a "
        "classifier that learnt the same person."
        if suspects.unknown
        else ""
    )
    summary = (
        f"{listed:,} of {labelled:,} labels ({100 * share:.1f} %) contradict a classifier that "
        f"never saw the person (AUC {suspects.auc:.3f}). Look before you relabel: many show "
        f"half-closed eyes, or none at all.{unknown}"
    )
    finding = Finding(
        name="label-errors",
        title=title,
        severity="warning" if share > limits.label_share else "note",
        summary=summary,
        numbers={
            "labels": labelled,
            "accused": listed,
            "accused_share": share,
            "set_aside": len(suspects.rows) - listed,
            "auc": suspects.auc,
            "crops_of_unknown_people": suspects.unknown,
        },
        exhibits=tuple(islice(_exhibits(manifest, suspects), MOST_EXHIBITS)),
        table=_by_class(manifest, suspects),
    )
    swapped = check_swapped(manifest, suspects.swapped, suspects.p_closed)
    return [finding, *swapped, *_check_strangers(suspects, limits)]


def _exhibits(manifest: Manifest, suspects: Suspects) -> Iterator[Exhibit]:
    table = manifest.table
    people = people_of(table)
    shown: dict[str, int] = {}
    for row in suspects.rows[suspects.judged]:
        who = str(people.iloc[row])
        shown[who] = shown.get(who, 0) + 1
        if shown[who] <= _PER_PERSON:
            given = NAMES[int(table["label"].iloc[row])]
            caption = f"labelled {given}, p closed {suspects.p_closed[row]:.2f}: {who}"
            yield Exhibit((int(row),), caption)


def _by_class(manifest: Manifest, suspects: Suspects) -> SmallTable:
    labels = manifest.table["label"]
    accused = labels.iloc[suspects.rows[suspects.judged]].to_numpy(np.int64)
    rows = []
    for label, name in enumerate(NAMES):
        count, found = int((labels == label).sum()), int((accused == label).sum())
        rows.append((name, count, found, f"{100 * found / count:.1f} %"))
    return SmallTable(("labelled", "crops", "accused", "share"), tuple(rows))


def _check_strangers(suspects: Suspects, limits: Limits) -> list[Finding]:
    """People of whom so much is accused that the classifier is the likelier culprit."""
    strangers = {who: s for who, s in suspects.shares.items() if s > limits.label_person}
    if not strangers:
        return []
    aside = int((~suspects.judged).sum())
    return [
        Finding(
            name="label-errors-strangers",
            title="People whom the classifier cannot judge",
            severity="note",
            summary=f"Of {name_some(list(strangers))} more than {100 * limits.label_person:.0f} % "
            "of the labels are accused: likelier the classifier fails on them than their labels "
            f"are wrong, so {plural(aside, 'accusation')} of theirs "
            f"{'is' if aside == 1 else 'are'} not in the list of corrections.",
            numbers={"people": len(strangers), "accused": aside},
            table=SmallTable(
                ("person", "accused"),
                tuple((w, f"{100 * s:.0f} %") for w, s in list(strangers.items())[:_MOST_PEOPLE]),
            ),
        )
    ]
