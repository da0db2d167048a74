"""Whoever is judged: a bundle's graph, a heuristic's, or another team's model."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from blink.contract import Crop, Intelligence, OperatingPoint, Probabilities
from blink.evaluation.origin import Origin
from blink.runtime import Bundle, Detector


@dataclass(frozen=True, eq=False)
class EvaluatedModel:
    """An intelligence, ready to run, and what the tables say of it.

    Attributes:
        name: What people call it.
        kind: `net`, `heuristic` or `foreign`.
        precision: `fp32`, `int8`.
        parameters: Trained or fitted numbers in it; None where nobody counted.
        size_bytes: Of the files that ship.
        operating_point: Frozen before any test set is looked at.
        fingerprint: Hash over the files that it answers with, all of its precisions.
        folder: Where these lie.
        origin: Whom it learnt from.
        intelligence: What answers.
        licence: What may be done with it, in words; None where it does not say.
    """

    name: str
    kind: str
    precision: str
    parameters: int | None
    size_bytes: int
    operating_point: OperatingPoint
    fingerprint: str
    folder: Path
    origin: Origin
    intelligence: Intelligence
    licence: str | None = None

    @property
    def title(self) -> str:
        """Name and precision, which together tell models apart."""
        return f"{self.name} {self.precision}"

    def predict(self, crops: Sequence[Crop]) -> Probabilities:
        """See `Intelligence.predict`."""
        return self.intelligence.predict(crops)


def load_models(bundles: Sequence[Bundle]) -> list[EvaluatedModel]:
    """Every precision of every bundle, ready to run; of each bundle the chosen one first.

    Raises:
        BundleError: This machine answers golden crops otherwise than the bundle says.
    """
    return [
        _evaluated_model(bundle, precision)
        for bundle in bundles
        for precision in sorted(bundle.precisions, key=lambda name: name != bundle.precision)
    ]


def _evaluated_model(bundle: Bundle, precision: str) -> EvaluatedModel:
    detector = Detector(bundle, precision)
    detector.verify()
    return EvaluatedModel(
        name=bundle.name,
        kind=bundle.kind,
        precision=precision,
        parameters=bundle.provenance.get("parameters"),
        size_bytes=bundle.path(precision).stat().st_size,
        operating_point=bundle.operating_point,
        fingerprint=hash_files([bundle.path(name) for name in sorted(bundle.precisions)]),
        folder=bundle.folder,
        origin=Origin.of_provenance(bundle.provenance),
        intelligence=detector,
        licence=bundle.provenance.get("licence"),
    )


def hash_files(paths: Sequence[Path]) -> str:
    """Hash over files, in this order: what an intelligence answers with."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
