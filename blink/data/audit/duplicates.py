"""The same picture twice, or nearly so, and what its labels say."""

from collections import Counter
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_array
from scipy.sparse.csgraph import connected_components

from blink.contract.labels import NAMES
from blink.contract.wording import plural
from blink.data.audit.finding import MOST_EXHIBITS, Exhibit, Finding
from blink.data.audit.limits import Limits
from blink.data.audit.near import Near, find_near
from blink.data.audit.pictures import Pictures
from blink.data.manifest import Manifest

_SHOWN = 6
"""Crops of one exhibit; a stretch of frames may have hundreds."""


def near_duplicates(manifest: Manifest, pictures: Pictures, limits: Limits) -> Near:
    """Pairs that are nearly, but not exactly, the same picture.

    A picture that stands many times is compared once: copies of one are near to each other too, and
    none of those pairs would stay.
    """
    content = pd.factorize(manifest.table["content_hash"])[0]
    first = np.unique(content, return_index=True)[1]
    near = find_near(pictures.hashes[first], pictures.thumbnails[first], limits)
    return near if len(first) == len(content) else _of_all_copies(near, content)


def _of_all_copies(near: Near, content: NDArray[np.int64]) -> Near:
    """Pairs of rows for pairs of pictures; `content` is the number of each row's picture."""
    size = int(content.max()) + 1
    shows = csr_array((np.ones(len(content), np.float32), (np.arange(len(content)), content)))
    pairs = csr_array((near.likeness, (near.left, near.right)), (size, size))
    found = (shows @ pairs @ shows.T).tocoo()
    left, right = np.minimum(found.row, found.col), np.maximum(found.row, found.col)
    order = np.lexsort((right, left))
    return Near(left[order].astype(np.int64), right[order].astype(np.int64), found.data[order])


def check_duplicates(manifest: Manifest, near: Near) -> list[Finding]:
    """Exact and near duplicates anywhere in the data set, and label conflicts among them.

    Args:
        manifest: The data set.
        near: From `near_duplicates`.
    """
    table = manifest.table
    label = table["label"].to_numpy(np.float64, na_value=np.nan)
    groups = [
        np.asarray(rows)
        for rows in table.groupby("content_hash", sort=False).indices.values()
        if len(rows) > 1
    ]
    groups.sort(key=lambda rows: int(rows[0]))
    conflicts = [rows for rows in groups if _disagree(label[rows])]
    return [
        _exact(groups, len(table)),
        _people(groups, table),
        _exact_conflicts(conflicts, table, label),
        _near(near, len(table)),
        _near_conflicts(near, table, label),
    ]


def _disagree(labels: NDArray[np.float64]) -> bool:
    return len(np.unique(labels[~np.isnan(labels)])) > 1


def _exact(groups: list[NDArray[np.int64]], total: int) -> Finding:
    crops = sum(map(len, groups))
    surplus = crops - len(groups)
    return Finding(
        "exact-duplicates",
        "The same picture more than once",
        "note",
        f"{plural(len(groups), 'picture stands', 'pictures stand')} more than once: {crops:,} of "
        f"{total:,} crops, of which {surplus:,} {'adds' if surplus == 1 else 'add'} nothing."
        if groups
        else f"No picture stands twice among {total:,} crops.",
        {"pictures": len(groups), "crops": crops, "surplus": surplus},
        tuple(
            Exhibit(tuple(map(int, rows[:_SHOWN])), f"One picture, {len(rows)} times")
            for rows in sorted(groups, key=len, reverse=True)[:MOST_EXHIBITS]
        ),
    )


def _people(groups: list[NDArray[np.int64]], table: pd.DataFrame) -> Finding:
    """A failure where a picture has two people who are known, a warning where one of them is."""
    code, names = pd.factorize(table["dataset"] + "/" + table["subject"])
    persons = [np.unique(code[rows]) for rows in groups]  # -1 is nobody known
    known = [people[people >= 0] for people in persons]
    two = [number for number, people in enumerate(known) if len(people) > 1]
    half = sum(len(people) == 2 and bool(people[0] < 0) for people in persons)
    pairs = Counter(pair for n in two for pair in combinations(known[n][:_SHOWN].tolist(), 2))
    told = [(str(names[a]), str(names[b]), times) for (a, b), times in pairs.most_common(_SHOWN)]
    crops = sum(len(groups[number]) for number in two)
    parts = []
    if two:
        listed = "; ".join(f"{one} and {other} ({times:,})" for one, other, times in told)
        parts.append(
            f"{plural(len(two), 'picture')} ({plural(crops, 'crop')}) "
            f"{'stands' if len(two) == 1 else 'stand'} under two people or more, such as {listed}: "
            "who is who is wrong, and no split keeps such people apart."
        )
    if half:
        parts.append(
            f"{plural(half, 'picture stands', 'pictures stand')} under a person and under nobody: "
            "the copy of nobody trains, even where the person is tested."
        )
    return Finding(
        "one-picture-of-two-people",
        "One picture under two people",
        "failure" if two else "warning" if half else "note",
        " ".join(parts) or "No picture stands under two people.",
        {"pictures": len(two), "crops": crops, "half_known": half, "pairs": told},
        tuple(
            Exhibit(
                tuple(map(int, groups[number][:_SHOWN])),
                "Under " + ", ".join(map(str, names[known[number][:_SHOWN]])),
            )
            for number in two[:MOST_EXHIBITS]
        ),
    )


def _exact_conflicts(
    groups: list[NDArray[np.int64]], table: pd.DataFrame, label: NDArray[np.float64]
) -> Finding:
    crops = sum(map(len, groups))
    return Finding(
        "label-conflicts",
        "One picture with opposite labels",
        "warning" if groups else "note",
        f"{plural(len(groups), 'picture')} ({plural(crops, 'crop')}) "
        f"{'is' if len(groups) == 1 else 'are'} labelled open in one place and closed in another."
        if groups
        else "No picture has two labels.",
        {
            "pictures": len(groups),
            "crops": crops,
            "ids": [table["id"].iloc[rows].tolist() for rows in groups],
        },
        tuple(
            Exhibit(tuple(map(int, rows[:_SHOWN])), _said(label[rows[:_SHOWN]]))
            for rows in groups[:MOST_EXHIBITS]
        ),
    )


def _said(labels: NDArray[np.float64]) -> str:
    names = ["not known" if np.isnan(value) else NAMES[int(value)] for value in labels]
    return "Labelled " + ", ".join(names)


def _near(near: Near, total: int) -> Finding:
    links = coo_matrix((np.ones(len(near.left), bool), (near.left, near.right)), (total, total))
    _, cluster = connected_components(links, directed=False)
    sizes = np.bincount(cluster)
    crops, clusters = int(sizes[sizes > 1].sum()), int((sizes > 1).sum())
    largest = np.argsort(-sizes, kind="stable")[: min(MOST_EXHIBITS, clusters)]
    return Finding(
        "near-duplicates",
        "Nearly the same picture",
        "note",
        f"{crops:,} of {total:,} crops ({crops / total:.1%}) have a near-duplicate; they form "
        f"{plural(clusters, 'cluster')}, the largest of {int(sizes.max()):,}."
        if clusters
        else f"No two of {total:,} crops are nearly the same.",
        {
            "crops": crops,
            "share": crops / total,
            "clusters": clusters,
            "largest": int(sizes.max()) if clusters else 0,
            "pairs": len(near.left),
        },
        tuple(
            Exhibit(
                tuple(map(int, np.flatnonzero(cluster == number)[:_SHOWN])),
                f"A cluster of {int(sizes[number]):,}",
            )
            for number in largest
        ),
    )


def _near_conflicts(near: Near, table: pd.DataFrame, label: NDArray[np.float64]) -> Finding:
    with np.errstate(invalid="ignore"):
        opposite = near.only(label[near.left] + label[near.right] == 1)
    crops = np.unique(np.concatenate([opposite.left, opposite.right]))
    order = np.argsort(-opposite.likeness, kind="stable")
    shown: dict[int, Exhibit] = {}
    for pair in order:
        left, right = int(opposite.left[pair]), int(opposite.right[pair])
        if len(shown) == MOST_EXHIBITS:
            break
        if left not in shown:  # one stretch of frames should not fill the page
            caption = f"{_said(label[[left, right]])}; correlation {opposite.likeness[pair]:.3f}"
            shown[left] = Exhibit((left, right), caption)
    return Finding(
        "near-label-conflicts",
        "Nearly the same picture with opposite labels",
        "warning" if len(crops) else "note",
        f"{len(crops):,} crops have a near-duplicate with the opposite label, in "
        f"{plural(len(order), 'pair')}. Half-closed eyes forced into two classes look like this "
        "too."
        if len(crops)
        else "No near-duplicates have opposite labels.",
        {"crops": len(crops), "pairs": len(order), "ids": table["id"].iloc[crops].tolist()},
        tuple(shown.values()),
    )
