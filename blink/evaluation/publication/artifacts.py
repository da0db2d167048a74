"""What a run was made of and what it made, as artifacts of Weights & Biases."""

import hashlib
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import wandb
from wandb.errors import Error

from blink.data.history.card import CARD, card_of
from blink.data.history.versions import FILE as VERSION
from blink.data.history.versions import lineage_of
from blink.data.manifest import Manifest
from blink.evaluation.judging import metrics_of
from blink.evaluation.results import Report
from blink.runtime import Bundle

log = logging.getLogger(__name__)

DATA: Final = "dataset"
MODEL: Final = "model"

_MOST_LETTERS: Final = 128
"""That W&B takes in the name of an artifact."""


@dataclass(frozen=True)
class Shelf:
    """Where a run's artifacts go. Offline they are all logged, and nothing else can be done.

    Attributes:
        run: Open, online or offline.
        registry: Of W&B, into whose collections the main bundle is linked; None for none.
    """

    run: "wandb.Run"
    registry: str | None

    def use(self, artifact: wandb.Artifact) -> None:
        """Notes what the run was made of: as its input where W&B is at hand."""
        if self.run.offline:
            self.run.log_artifact(artifact)
        else:
            self.run.use_artifact(artifact)

    def put(self, artifact: wandb.Artifact, *, is_main: bool) -> None:
        """Notes what the run made."""
        logged = self.run.log_artifact(artifact)
        if self.registry is None or self.run.offline or not is_main:
            return
        target = f"wandb-registry-{self.registry}/{artifact.name.partition(':')[0]}"
        try:
            self.run.link_artifact(logged, target)
        except (Error, ValueError) as error:  # the run is worth more than its link
            log.warning("W&B did not link %s to %s: %s", artifact.name, target, error)


def data_artifacts(report: Report) -> Iterator[wandb.Artifact]:
    """The data sets that a report is about, each once: what they are, and none of their pictures.

    Their archives may not be handed on; fingerprint and version say which data it was.

    Raises:
        DataError: A data set's record of its versions is damaged.
    """
    found = {test.manifest.fingerprint: test.manifest for test in report.tests}
    for number, manifest in enumerate(found.values()):
        split = report.facts.get("split") if number == 0 else None  # the first is what it learnt
        yield _data_artifact(manifest, split)


def _data_artifact(manifest: Manifest, split: str | None) -> wandb.Artifact:
    lineage = lineage_of(manifest)
    metadata = {
        "fingerprint": manifest.fingerprint,
        "version": lineage.head.id,
        "data_sets": list(manifest.datasets),
        "crops": len(manifest),
        "people": lineage.head.people,
        "licences": list(manifest.licences),
        "split": split,
    }
    artifact = wandb.Artifact(
        _name("-".join(manifest.datasets)),
        type=DATA,
        description="What the data set is; its pictures stay where they are.",
        metadata=metadata,
    )
    for name, text in {
        "data.json": _json(metadata),  # W&B tells versions apart by their files alone
        VERSION: _json(lineage.to_json()),
        CARD: card_of(manifest),
    }.items():
        with artifact.new_file(name, encoding="utf-8") as file:
            file.write(text)
    return artifact


def model_artifact(bundle: Bundle, report: Report, run: str) -> wandb.Artifact:
    """A bundle, its files as they are; a further version of the artifact of its name.

    Args:
        bundle: As it was exported.
        report: What is known of it by now.
        run: Id of the run, by which this version can be asked for.
    """
    rows = [
        row
        for test in report.tests
        for row in test.rows
        if (row.name, row.precision) == (bundle.name, bundle.precision)
    ]
    latency = rows[0].latency if rows else None
    metadata: dict[str, Any] = {
        "run": run,
        "kind": bundle.kind,
        "precision": bundle.precision,
        "precisions": sorted(bundle.precisions),
        "input": bundle.spec.to_dict(),
        "operating_point": bundle.operating_point.to_dict(),
        "parameters": rows[0].parameters if rows else None,
        "size_bytes": bundle.path().stat().st_size,
        "latency": None if latency is None else latency.to_dict(),
        "metrics": metrics_of(bundle, report.tests),
        **{name: bundle.provenance.get(name) for name in ("data", "split", "commit", "licence")},
    }
    artifact = wandb.Artifact(
        _name(bundle.name), type=MODEL, description=report.question, metadata=metadata
    )
    artifact.add_dir(str(bundle.folder), policy="immutable")  # no copy outside of the run
    return artifact


def _name(text: str) -> str:
    """As W&B takes it; what of the text is lost is told apart by a hash of it."""
    taken = re.sub(r"[^\w.-]+", "-", text, flags=re.ASCII)
    if taken == text and len(text) <= _MOST_LETTERS:
        return text
    mark = "-" + hashlib.sha256(text.encode()).hexdigest()[:6]
    return taken[: _MOST_LETTERS - len(mark)] + mark


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
