"""The pictures of crops that models disagree on, and where they lie."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from blink.data import receipt
from blink.data.manifest import FILE, Manifest, read_manifest
from blink.evaluation import wording
from blink.evaluation.comparison.disagreements import Disagreement
from blink.evaluation.comparison.inputs import ComparisonInput
from blink.evaluation.mistakes.exhibits import Exhibit, exhibit
from blink.pages import Picture


@dataclass(frozen=True)
class Places:
    """Where pictures may lie.

    Attributes:
        named: Data sets that the user named.
        cache: Folder of data sets that earlier runs left; those whose fingerprint fits are used.
    """

    named: tuple[Path, ...]
    cache: Path


def find_manifest(inputs: ComparisonInput, places: Places) -> Manifest | None:
    """The data set in which the crops of a test set lie; None where it is not to be found.

    Raises:
        DataError: A data set that was named is missing or damaged.
    """
    wanted = set(inputs.crops["dataset"])
    for folder in places.named:
        manifest = read_manifest(folder)
        if manifest.fingerprint in inputs.data or wanted <= set(manifest.datasets):
            return manifest
    for path in sorted(places.cache.glob(f"*/{FILE}")):
        known = receipt.find(path)
        if known is not None and known[0] in inputs.data:
            return read_manifest(path.parent)
    return None


def collect_pictures(
    disagreement: Disagreement, manifest: Manifest
) -> tuple[Sequence[Picture], Sequence[Picture]]:
    """Pictures of the crops that the first alone, and that the second alone, gets wrong.

    Raises:
        DataError: A crop is not in the manifest.
    """
    shown = pd.concat([disagreement.first_wrong, disagreement.second_wrong])
    table = shown.assign(p_closed=shown["p_first"])
    exhibits = exhibit(manifest, table, list(shown["id"])) if len(shown) else []
    pictures = [
        _picture(disagreement, one, float(second))
        for one, second in zip(exhibits, shown["p_second"], strict=True)
    ]
    border = len(disagreement.first_wrong)
    return pictures[:border], pictures[border:]


def _picture(disagreement: Disagreement, one: Exhibit, second: float) -> Picture:
    said = (
        f"{disagreement.first.title} p {wording.probability(one.p_closed)}, "
        f"{disagreement.second.title} p {wording.probability(second)}"
    )
    known = [one.subject, f"{one.width}×{one.height}", *one.attributes]
    return Picture(
        uri=one.picture,
        alt=f"Eye crop of {one.subject}, labelled {one.label}: {said}",
        heading=f"labelled {one.label}",
        caption=f"{said} · {' · '.join(known)}",
        origin=f"Row {wording.count(one.row)} of the manifest",
        details={**dict(one.fields), "to see it": one.command},
    )
