"""Bundles run over people whom nobody has trained on, exactly as they will run in a product."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.contract import ConfigError, Crop
from blink.contract.wording import plural
from blink.data.manifest import Manifest
from blink.data.split import TEST, VAL, Split
from blink.data.split.ledger import Ledger, Look, Visitor
from blink.evaluation.abstention import study_abstention, take_notes
from blink.evaluation.evaluated_model import EvaluatedModel
from blink.evaluation.experience.aim import Aim
from blink.evaluation.openness_notes import OpennessNotes
from blink.evaluation.pictures import PictureNotes, write_pictures
from blink.evaluation.predictions import predict_manifest, write_predictions
from blink.evaluation.results import Row, TestSet
from blink.evaluation.suspicion import learnt_nothing
from blink.latency import Latency
from blink.latency.slot import computing
from blink.runtime import Bundle

log = logging.getLogger(__name__)

_JUDGED: Final = {"test": TEST, "val": VAL}


@dataclass(frozen=True, eq=False)
class HeldOut:
    """The test people of one data set, or its validation people.

    Attributes:
        dataset: Name of the data set.
        protocol: Who was held out of what, in words.
        manifest: Where the crops lie.
        rows: Their rows of the manifest, rising.
        is_transfer: Whether nothing of a data set of this name was trained on.
        split: Fingerprint of the split that holds them out.
        is_leaky: Whether it holds out crops, not people.
        ledger: Where looks at them are counted; None where they are not.
        role: `test`, or `val` where it is validation people that are judged.
    """

    dataset: str
    protocol: str
    manifest: Manifest
    rows: NDArray[np.int64]
    is_transfer: bool
    split: str
    is_leaky: bool = False
    ledger: Ledger | None = None
    role: str = "test"

    @property
    def name(self) -> str:
        """What the test set is called."""
        return f"{self.dataset}-leaky" if self.is_leaky else self.dataset


def find_held_out(
    data: tuple[Manifest, Split], *, trained_on: bool, role: str = "test"
) -> list[HeldOut]:
    """The test people of each data set in a manifest; a data set without any is left out.

    Args:
        data: The data sets, and their people's roles.
        trained_on: Whether other people of these data sets were trained on.
        role: `val` for the validation people in place of the test people: runs among which one is
            chosen are judged so, and no look at the test people is counted.

    Raises:
        ConfigError: There is no such role.
    """
    manifest, split = data
    if role not in _JUDGED:
        raise ConfigError(f"judged is {role!r}; it must be one of {', '.join(_JUDGED)}.")
    return [
        HeldOut(
            name,
            _protocol(split, name, trained_on, role),
            manifest,
            rows,
            not _is_trained_on(split, name, trained_on),
            split.fingerprint,
            split.is_leaky,
            split.ledgers.get(name) if role == "test" else None,
            role,
        )
        for name, rows in _judged_rows(manifest, split, _JUDGED[role]).items()
        if len(rows)
    ]


def _judged_rows(manifest: Manifest, split: Split, role: int) -> dict[str, NDArray[np.int64]]:
    """Data set → the rows of its crops with a role, rising."""
    parts: dict[str, list[NDArray[np.int64]]] = {name: [] for name in manifest.datasets}
    start = 0
    for batch, roles in zip(manifest.batches(["dataset"]), split.roles(manifest), strict=True):
        names = batch["dataset"].dictionary_encode()
        for number, name in enumerate(names.dictionary.to_pylist()):
            is_judged = (roles == role) & (names.indices.to_numpy() == number)
            parts[name].append(start + np.flatnonzero(is_judged))
        start += len(batch)
    return {name: np.concatenate(found) for name, found in parts.items()}


def _is_trained_on(split: Split, dataset: str, trained_on: bool) -> bool:
    if split.is_leaky or not trained_on:
        return trained_on
    return bool((split.table.loc[split.table["dataset"] == dataset, "role"] == "train").any())


def _protocol(split: Split, dataset: str, trained_on: bool, role: str) -> str:
    if split.is_leaky:
        return (
            "LEAKY on purpose: crops were shuffled one by one, so the people judged were trained "
            "on; this shows what the leak is worth, not what the intelligence is"
        )
    whose = tell_whose(split, dataset, role)
    if not _is_trained_on(split, dataset, trained_on):
        return f"cross-dataset: {whose}, and nothing of this data set was trained on"
    unknown = "" in set(split.table.loc[split.table["dataset"] == dataset, "subject"])
    but = "; crops of people unknown were trained on too, and may show them" if unknown else ""
    if role == "val":
        return (
            f"validation: {whose} were never trained on{but}; temperature and threshold follow "
            "from them, and runs are chosen by them, so that this flatters"
        )
    if split.sensor is not None:
        return f"sensor left out: {whose}, whose eyes, like that sensor, were not trained on{but}"
    return f"subject-disjoint: {whose} were never trained on{but}"


def tell_whose(split: Split, dataset: str, role: str) -> str:
    """Whose crops are judged: `7 of 37 people`, `people unknown`, or both, and on which sensor.

    Args:
        split: Who has which role.
        dataset: The data set.
        role: Of those who are judged.
    """
    rows = split.table[split.table["dataset"] == dataset]
    judged, is_known = rows["role"] == role, rows["subject"] != ""
    people = plural(int(is_known.sum()), "person", "people")
    parts = [f"{int((judged & is_known).sum()):,} of {people}"] if is_known.any() else []
    whose = " and ".join([*parts, *(["people unknown"] if (judged & ~is_known).any() else [])])
    is_by_sensor = split.sensor is not None and role == "test"  # who validates is of the others
    return f"{whose} on sensor {split.sensor} alone" if is_by_sensor else whose


@computing()
def judge(
    held_out: HeldOut,
    models: Sequence[EvaluatedModel],
    latencies: Mapping[tuple[Path, str], Latency],
    folder: Path,
    visitor: Visitor,
    *,
    batch: int = 1,
    aim: Aim | None = None,
) -> TestSet:
    """Predicts crop by crop, keeps the predictions, and lines the models up for the report.

    Where looks are counted, this is one, whatever becomes of the run; the same bundles of the same
    run judged again, as after a resume, are the same look.

    Args:
        held_out: Who is predicted.
        models: The first one is what the run is about.
        latencies: By the folder of a bundle and precision, see `measure_latency`.
        folder: The run's; predictions tables go into its `predictions`, what the pictures are
            like into its `pictures`.
        visitor: The run, for the ledger.
        batch: Crops in a call; more than 1 only after `check_batches`.
        aim: The target that they are judged for.
    """
    crops = plural(len(held_out.rows), "crop")
    log.info("Judging %s on %s of %s", plural(len(models), "graph"), crops, held_out.name)
    looks = _count(held_out, models, visitor)
    notes = PictureNotes(len(held_out.rows))
    main = models[0]
    inspected = take_notes(main.intelligence, len(held_out.rows))
    openness = OpennessNotes(models, held_out.manifest, held_out.rows)

    def notice(place: int, crop: Crop) -> None:
        notes.add(place, crop)
        openness.add(place, crop)
        if inspected is not None:
            inspected.add(place, crop)

    tables = predict_manifest(
        {model.title: model for model in models},
        held_out.manifest,
        held_out.rows,
        f"Predicting {held_out.name}",
        notice=notice,
        batch=batch,
    )
    tables = {title: openness.complete(title, table) for title, table in tables.items()}
    for model in models:
        name = f"{model.name}-{model.precision}-on-{held_out.name}.parquet"
        write_predictions(folder / "predictions" / name, tables[model.title])
    pictures = notes.table(tables[models[0].title]["id"].tolist())
    write_pictures(folder / "pictures" / f"{held_out.name}.parquet", pictures)
    test = TestSet(
        held_out.name,
        held_out.protocol,
        held_out.manifest,
        [
            _row(model, tables[model.title], latencies, is_main=model is models[0])
            for model in models
        ],
        held_out.is_transfer,
        looks,
        pictures,
        aim,
        None
        if inspected is None
        else study_abstention(inspected, main, main.operating_point.threshold, tables[main.title]),
        held_out.role,
    )
    for row in test.rows:
        if caveat := learnt_nothing(row):
            log.warning("%s on %s: %s", row.title, test.name, caveat)
    return test


def _row(
    model: EvaluatedModel,
    table: pd.DataFrame,
    latencies: Mapping[tuple[Path, str], Latency],
    *,
    is_main: bool,
) -> Row:
    return Row(
        name=model.name,
        kind=model.kind,
        precision=model.precision,
        parameters=model.parameters,
        size_bytes=model.size_bytes,
        latency=latencies.get((model.folder, model.precision)),
        operating_point=model.operating_point,
        table=table,
        is_main=is_main,
        licence=model.licence,
    )


def _count(held_out: HeldOut, models: Sequence[EvaluatedModel], visitor: Visitor) -> int | None:
    if held_out.ledger is None:
        return None
    bundles = {model.name: model.fingerprint for model in models}
    look = Look(
        **visitor.to_dict(), test_set=held_out.dataset, split=held_out.split, bundles=bundles
    )
    return held_out.ledger.record(look)


def metrics_of(bundle: Bundle, tests: Sequence[TestSet]) -> dict[str, Any]:
    """What a bundle says of itself: the metrics of its chosen precision on each test set.

    Where it is the main row and there is a target, also what was decided for it.
    """
    return {
        test.name: {
            **{name: estimate.to_dict() for name, estimate in scores.metrics.items()},
            "n": scores.n,
            "people": scores.people,
            "unknown": scores.unknown,
            "protocol": test.statement,
            **(_decision(test) if row.is_main else {}),
        }
        for test in tests
        for row in test.rows
        if (row.name, row.precision) == (bundle.name, bundle.precision)
        for scores in [row.evaluation.scores]
    }


def _decision(test: TestSet) -> dict[str, Any]:
    if test.assessment is None:
        return {}
    decision = test.assessment.decision
    return {"decision": {"target": test.assessment.target, **decision.to_dict()}}
