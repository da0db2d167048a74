from collections.abc import Sequence

import pandas as pd

from blink.data.manifest import Manifest
from blink.data.split.census import count_crops
from blink.data.split.table import ASIDE, ROLES, TEST, TRAIN, VAL, Split

_NAMES = {TRAIN: ROLES[0], VAL: ROLES[1], TEST: ROLES[2], ASIDE: "aside"}


def balance_of(
    manifest: Manifest, split: Split, attributes: Sequence[str] = ()
) -> dict[str, dict[str, float]]:
    """What each role of a split holds, so that a person sees whether they are alike.

    Args:
        manifest: The data set.
        split: Of it.
        attributes: Whose values are counted too.

    Returns:
        Role (train, val, test, aside), where it holds any crops → `crops`, `people`, `unknown`
        (crops whose person is not known), `closed` (share of the labelled crops), and for each
        value of an attribute, `(unknown)` among them, `ATTRIBUTE=VALUE`: its share of the crops.
    """
    columns = list(dict.fromkeys(["dataset", "subject", "label", *attributes]))
    counted = count_crops(manifest, columns, split.roles(manifest))
    values = {name: sorted(counted[name].fillna("(unknown)").unique()) for name in attributes}
    return {
        name: _describe(part, values)
        for code, name in _NAMES.items()
        for part in [counted[counted["role"] == code]]
        if len(part)
    }


def _describe(part: pd.DataFrame, values: dict[str, list[str]]) -> dict[str, float]:
    known, labelled = part[part["subject"].notna()], part[part["label"].notna()]
    crops, judged = int(part["crops"].sum()), int(labelled["crops"].sum())
    closed = int(labelled.loc[labelled["label"] == 1, "crops"].sum())
    shares = {
        f"{name}={value}": float(
            part.loc[part[name].fillna("(unknown)") == value, "crops"].sum() / crops
        )
        for name, present in values.items()
        for value in present
    }
    return {
        "crops": crops,
        "people": len(known[["dataset", "subject"]].drop_duplicates()),
        "unknown": crops - int(known["crops"].sum()),
        "closed": closed / judged if judged else 0.0,
        **shares,
    }
