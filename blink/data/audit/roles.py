"""Whatever stands on two sides of a split, by the rows of each role rather than by its table."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.contract.wording import plural
from blink.data.audit.finding import MOST_EXHIBITS, Exhibit, Finding
from blink.data.audit.limits import Limits
from blink.data.audit.near import Near
from blink.data.manifest import Manifest
from blink.data.split import ROLES, Split

_SHOWN = 6


def check_roles(manifest: Manifest, split: Split, near: Near, limits: Limits) -> list[Finding]:
    """People, clips, exact and near duplicates across roles.

    Args:
        manifest: The data set.
        split: Who trains, validates and tests.
        near: From `near_duplicates`.
        limits: The share of near-duplicates that is let pass.

    Raises:
        DataError: The split was made for another manifest.
    """
    role = np.full(len(manifest), -1)
    for number, name in enumerate(ROLES):
        role[split.rows(manifest, name)] = number
    table = manifest.table
    return [
        _crossing("people", "People", table, ["dataset", "subject"], role),
        _crossing("clips", "Clips", table, ["dataset", "clip"], role),
        _crossing("exact-duplicates", "Pictures", table, ["content_hash"], role),
        _near(near, role, limits),
    ]


def _crossing(
    name: str, title: str, table: pd.DataFrame, columns: Sequence[str], role: NDArray[np.int64]
) -> Finding:
    """A failure if any value of these columns stands in two roles; nulls are nobody's."""
    known = table[list(columns)].assign(role=role, row=np.arange(len(table))).dropna()
    known = known[known["role"] >= 0]
    roles = known.groupby(list(columns), sort=False)["role"].transform("nunique")
    known = known[roles > 1]
    groups = [group["row"].to_numpy() for _, group in known.groupby(list(columns), sort=True)]
    what = title.lower()
    one = {"people": "person"}.get(what, what.removesuffix("s"))
    return Finding(
        f"{name}-across-roles",
        f"{title} across roles",
        "failure" if groups else "note",
        f"{plural(len(groups), one, what)} ({plural(len(known), 'crop')}) "
        f"{'stands' if len(groups) == 1 else 'stand'} in more than one role: whatever is measured "
        "on this split is too good."
        if groups
        else f"No {what} stand in two roles.",
        {name.replace("-", "_"): len(groups), "crops": len(known)},
        tuple(_exhibit(rows, role) for rows in groups[:MOST_EXHIBITS]),
    )


def _exhibit(rows: NDArray[np.int64], role: NDArray[np.int64]) -> Exhibit:
    """Some crops of every role."""
    roles = np.unique(role[rows])
    shown = [rows[role[rows] == number][: _SHOWN // len(roles)] for number in roles]
    names = [ROLES[number] for number, part in zip(roles, shown, strict=True) for _ in part]
    return Exhibit(tuple(map(int, np.concatenate(shown))), "From " + ", ".join(names))


def _near(near: Near, role: NDArray[np.int64], limits: Limits) -> Finding:
    left, right = role[near.left], role[near.right]
    across = near.only((left != right) & (left >= 0) & (right >= 0))
    touched = np.unique(np.concatenate([across.left, across.right]))
    numbers: dict[str, dict[str, float]] = {}
    for number, name in enumerate(ROLES[1:], start=1):
        total = int((role == number).sum())
        crops = int((role[touched] == number).sum())
        if total:
            numbers[name] = {"crops": crops, "of": total, "share": crops / total}
    too_many = any(part["share"] > limits.near_share for part in numbers.values())
    shares = "; ".join(
        f"{part['crops']:,.0f} of {part['of']:,.0f} {name} crops ({part['share']:.2%})"
        for name, part in numbers.items()
    )
    order = np.argsort(-across.likeness, kind="stable")[:MOST_EXHIBITS]
    return Finding(
        "near-duplicates-across-roles",
        "Near-duplicates across roles",
        "failure" if too_many else "note",
        f"With a near-duplicate in another role: {shares or 'nothing is evaluated'}; up to "
        f"{limits.near_share:.0%} are let pass.",
        {"roles": numbers, "pairs": len(across.left), "limit": limits.near_share},
        tuple(
            Exhibit(
                (int(across.left[pair]), int(across.right[pair])),
                f"{ROLES[role[across.left[pair]]]} and {ROLES[role[across.right[pair]]]}, "
                f"correlation {across.likeness[pair]:.3f}",
            )
            for pair in order
        ),
    )
