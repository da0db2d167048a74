from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as arrow
import pyarrow.compute as pc
from numpy.typing import NDArray

from blink.contract import DataError
from blink.data.manifest import Manifest
from blink.data.split.by_person import SplitByPerson
from blink.data.split.census import count_crops
from blink.data.split.table import ROLES, TEST, TRAIN, VAL, Split


@dataclass(frozen=True)
class LeakyRows(SplitByPerson):
    """LEAKY on purpose: crops are shuffled one by one, so that the same eyes train and test.

    Its one use is to show what the leak is worth. It takes what `SplitByPerson` takes, and gives
    each role exactly as many crops of each data set and class as the honest split of the same
    arguments would; only who is on them differs. Crops whose person is not known train, as there.
    """

    def make(self, manifest: Manifest) -> Split:
        """Gives every crop of the manifest one role.

        Raises:
            DataError: See `SplitByPerson`.
        """
        crops = count_crops(manifest, self._counted)
        honest = Split(self.assign(manifest.datasets, crops), manifest.fingerprint)
        roles = np.concatenate(list(honest.roles(manifest)))
        groups, is_known, ids = _groups(manifest)
        generator = np.random.default_rng(self.seed)
        folds = np.full(len(roles), self.fold, np.int16)
        others = np.array([fold for fold in range(self.folds) if fold != self.fold], np.int16)
        for group in np.unique(groups):
            members = generator.permutation(np.flatnonzero((groups == group) & is_known))
            roles[members] = np.sort(roles[members])
            training = members[roles[members] == TRAIN]
            folds[training] = np.resize(others, len(training))
        table = pd.DataFrame(
            {
                "id": pd.array(ids, dtype="string"),
                "role": pd.array(np.array(ROLES)[roles], dtype="string"),
                "fold": pd.array(folds, dtype="Int16"),
            }
        )
        table.loc[(roles == TEST) | ~is_known, "fold"] = pd.NA
        if not {TRAIN, VAL, TEST} <= set(np.unique(roles)):
            raise DataError(
                f"{manifest.folder}: a leaky split shows what a leak does to a test, and nothing "
                "of this data set is tested. Give it a test rule; crops of people unknown only "
                "train."
            )
        split = Split(table, manifest.fingerprint)
        split.check(manifest)
        return split


def _groups(
    manifest: Manifest,
) -> tuple[NDArray[np.int32], NDArray[np.bool_], arrow.ChunkedArray]:
    """Of every crop: thrice the number of its data set, and its label (2: none); if known; id."""
    names = arrow.array(manifest.datasets)
    numbers, known, ids = [], [], []
    for batch in manifest.batches(["id", "dataset", "subject", "label"]):
        dataset = pc.index_in(batch["dataset"], names).to_numpy(zero_copy_only=False)
        label = pc.fill_null(batch["label"], 2).to_numpy(zero_copy_only=False)
        numbers.append(3 * dataset.astype(np.int32) + label)
        known.append(batch["subject"].is_valid().to_numpy(zero_copy_only=False))
        ids.append(batch["id"])
    return np.concatenate(numbers), np.concatenate(known), arrow.chunked_array(ids)
