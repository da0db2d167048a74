"""What a split has to keep to be trusted with the people of a manifest."""

import pandas as pd

from blink.contract import DataError
from blink.data.manifest import Manifest
from blink.data.split.census import count_crops


def check_people(table: pd.DataFrame, manifest: Manifest, where: str) -> None:
    """Checks that everybody has one role, and that unknown people neither validate nor test.

    Raises:
        DataError: Names the first person who has not.
    """
    keys = ["dataset", "subject"]
    if (twice := table.duplicated(keys)).any():
        raise DataError(f"{where}: {_name(table[twice].iloc[0])} stands twice. Make it again.")
    judged = table[(table["subject"] == "") & table["role"].isin(["val", "test"])]
    if len(judged):
        raise DataError(
            f"{where}: {judged.iloc[0]['dataset']} holds crops of people unknown, which may only "
            "train. Make the split again."
        )
    there = count_crops(manifest, keys).fillna({"subject": ""})
    both = there.merge(table, how="outer", on=keys, indicator=True).sort_values(keys)
    if len(different := both[both["_merge"] != "both"]):
        first = different.iloc[0]
        fault = "has no role" if first["_merge"] == "left_only" else "is not in the manifest"
        raise DataError(f"{where}: {_name(first)} {fault}. Make the split again.")


def check_clips(table: pd.DataFrame, manifest: Manifest, where: str) -> None:
    """Checks that the people of a clip share one role.

    Raises:
        DataError: Names the first clip whose people do not.
    """
    clips = count_crops(manifest, ["dataset", "clip", "subject"]).dropna(subset="clip")
    clips = clips.fillna({"subject": ""}).merge(table, on=["dataset", "subject"])
    roles = clips.groupby(["dataset", "clip"])["role"].nunique()
    if (roles > 1).any():
        name = "/".join(map(str, roles[roles > 1].index[0]))
        raise DataError(
            f"{where}: clip {name} crosses roles. Its people must share one role: name them "
            "together in the test rule, or give the clips of different people different names."
        )


def check_crops(table: pd.DataFrame, manifest: Manifest, where: str) -> None:
    """Checks that a leaky split holds the manifest's crops, in their order; unknown people train.

    Raises:
        DataError: It holds others, or judges on people unknown.
    """
    start = 0
    for batch in manifest.batches(["id", "subject"]):
        listed = table.iloc[start : start + len(batch)]
        if listed["id"].to_list() != batch["id"].to_pylist():
            raise DataError(f"{where}: its crops are not the manifest's. Make the split again.")
        is_unknown = batch["subject"].is_null().to_numpy(zero_copy_only=False)
        if listed["role"][is_unknown].isin(["val", "test"]).any():
            raise DataError(
                f"{where}: it validates or tests on crops of people unknown, which may only train. "
                "Make the split again."
            )
        start += len(batch)
    if start != len(table):
        raise DataError(f"{where}: it holds crops beyond the manifest's. Make the split again.")


def _name(person: "pd.Series[str]") -> str:
    return f"{person['dataset']}/{person['subject'] or '(people unknown)'}"
