"""`blink evaluate`, top to bottom: models → held-out people → predictions → report."""

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import onnxruntime as ort

from blink.contract import ConfigError, atomic_folder, copy_folder
from blink.data.manifest import Manifest
from blink.data.split import Split
from blink.data.split.ledger import Visitor
from blink.entry.commit import current_commit
from blink.entry.data_by_name import collections, kept_splits, open_data, open_whole
from blink.entry.run_folder import started_at
from blink.evaluation import (
    HeldOut,
    Report,
    closing_table,
    find_held_out,
    judge,
    write_contact_sheets,
    write_metrics,
    write_report,
)
from blink.evaluation.evaluated_model import EvaluatedModel
from blink.evaluation.experience.aim import Aim, choose_operating_points
from blink.evaluation.leakage import annotate_leakage
from blink.evaluation.open_models import open_models
from blink.evaluation.predictions import check_batches
from blink.evaluation.suspicion import suspicions
from blink.export import record_operating_point
from blink.latency import Benchmark, Latency, measure_latency
from blink.latency.slot import computing
from blink.runs import METRICS, About, note_finished
from blink.runtime import load_bundle
from blink.target import Target, read_target

FILMS = "clips"
"""The collection whose blinks play the use of a target that sees clips or a stream."""

BATCH = 64
"""Crops in a call where batches are asked for."""

Data = Sequence[tuple[Manifest, Split]]
Latencies = Mapping[tuple[Path, str], Latency]


@dataclass(frozen=True)
class EvaluationRequest:
    """What is to be judged on what, as a person said it.

    Attributes:
        places: See `open_models`.
        data: See `open_data`.
        splits: See `open_data`.
        target: Name or path of a target; None for none, as it must be for validation people.
        judged: `test`, or `val` for those who validate, see `find_held_out`; `all` for everybody
            in folders of data, see `open_whole`.
        precisions: See `open_models`.
        is_batched: Whether to predict in batches of `BATCH`.
        measures_latency: Whether to run the benchmark.
    """

    places: tuple[Path, ...]
    data: tuple[str, ...]
    splits: tuple[Path, ...] = ()
    target: str | None = None
    judged: str = "test"
    precisions: tuple[str, ...] = ()
    is_batched: bool = False
    measures_latency: bool = True

    @property
    def command(self) -> str:
        """What does it again."""
        words = ["blink", "evaluate", *map(str, self.places)]
        words += [word for name in self.data for word in ("--data", name)]
        words += [word for path in self.splits for word in ("--split", str(path))]
        words += [word for name in self.precisions for word in ("--precision", name)]
        words += ["--target", self.target] if self.target is not None else []
        words += ["--judged", self.judged] if self.judged != "test" else []
        words += ["--batched"] if self.is_batched else []
        words += [] if self.measures_latency else ["--no-latency"]
        return shlex.join(words)


@dataclass(frozen=True, eq=False)
class EvaluationResult:
    """What came of it.

    Attributes:
        report: As the page shows it.
        folder: Where the results lie.
        doubts: See `suspicions`.
    """

    report: Report
    folder: Path
    doubts: Sequence[str]

    @property
    def is_refused(self) -> bool:
        """Whether a target was given, and the answer is DO NOT SHIP."""
        assessed = [test.assessment for test in self.report.tests]
        return any(one is not None and one.decision.verdict == "DO NOT SHIP" for one in assessed)

    @property
    def told(self) -> str:
        """The closing table, what to look into, and where the page lies, for a terminal."""
        doubts = [f"Look into this first: {doubt}" for doubt in self.doubts]
        page = f"Report: {self.folder / 'report.html'}"
        return "\n\n".join([closing_table(self.report), *doubts, page])


def carry_out(request: EvaluationRequest, folder: Path) -> EvaluationResult:
    """Judges intelligences on people who are held out, and writes down what is found.

    Args:
        request: Who is judged on what.
        folder: Where the results are to stand, whole or not at all; what stands there is replaced.

    Raises:
        BlinkError: Something is missing, damaged, named twice or does not fit; or batches do not
            give the same bits; or validation people are to be judged for a target.
    """
    if request.target is not None and request.judged == "val":
        raise ConfigError(
            "--target does not go with --judged val: its operating point follows from validation "
            "people, who would then be judged at the threshold that suits them. Leave one out."
        )
    began = time.monotonic()
    models = open_models(request.places, request.precisions)
    target = read_target(request.target) if request.target is not None else None
    films = _films(target, request.data)
    if request.judged == "all":
        data = [*open_whole(request.data, request.splits), *open_data(films, ())]
    else:
        data = open_data([*request.data, *films], request.splits)
    held_out = _held_out(data, models, "val" if request.judged == "val" else "test")
    visitor = Visitor(started_at(), folder.name, "evaluate", request.command, current_commit())
    batch = BATCH if request.is_batched else 1
    with atomic_folder(folder) as place:
        if request.is_batched:
            for test in held_out:
                named = {model.title: model for model in models}
                check_batches(named, test.manifest, test.rows, batch)
        aim = choose_operating_points(target, models, data, batch)
        models = _aimed(models, aim)
        latencies, priced = _price(models, is_wanted=request.measures_latency)
        tests = [
            judge(test, models, latencies, place, visitor, batch=batch, aim=aim)
            for test in held_out
        ]
        title, question = models[0].name, _question(request)
        with computing():
            doubts = suspicions(tests)
            facts = _facts(visitor, data, batch, priced, doubts)
            report = Report(title, question, visitor.when, tests, facts, _exports(models))
            write_metrics(place / METRICS, report)
            write_report(place / "report.html", report)
            write_contact_sheets(place, report)
        _keep_bundles(models, place / "bundles")
        about = About(title, question, visitor.command, visitor.commit)
        note_finished(place, about, time.monotonic() - began)
    return EvaluationResult(report, folder, doubts)


def _films(target: Target | None, named: Sequence[str]) -> list[str]:
    """Blinks in time, where a target needs some, the configs have some, and nobody named them."""
    is_still = target is None or not target.product.in_time
    return [] if is_still or FILMS in named or FILMS not in collections() else [FILMS]


def _held_out(data: Data, models: Sequence[EvaluatedModel], role: str) -> list[HeldOut]:
    found = []
    for manifest, split in data:
        judged = find_held_out((manifest, split), trained_on=True, role=role)
        if not judged:
            nobody = "tests nobody" if role == "test" else "has nobody validate"
            raise ConfigError(
                f"{manifest.folder}: its split {nobody}, so there is nobody to judge on. Make one "
                "that does: blink data split --help"
            )
        found += [annotate_leakage(one, split, models, kept_splits()) for one in judged]
    names = [one.name for one in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(
            f"The data set {', '.join(twice)} is among the data twice. Name each data set once."
        )
    return found


def _aimed(models: Sequence[EvaluatedModel], aim: Aim | None) -> list[EvaluatedModel]:
    """The models at the operating points that the target asks for, as far as there are any.

    A bundle holds one for all of its precisions: that of the first, which ships if it is judged.
    """
    points = {} if aim is None else aim.points
    first: dict[str, str] = {}
    for one in models:
        first.setdefault(one.name, one.title)
    return [
        replace(one, operating_point=points.get(first[one.name], one.operating_point))
        for one in models
    ]


def _price(models: Sequence[EvaluatedModel], *, is_wanted: bool) -> tuple[Latencies, str]:
    """Latencies of bundles, and a word on what was measured."""
    if not is_wanted:
        return {}, "not measured: not asked for"
    benchmark = Benchmark()
    if not benchmark.program.is_file():
        name = benchmark.program.name
        return {}, f"not measured: {name} is in the repository, not in this installation"
    bundles = list(dict.fromkeys(one.folder for one in models if one.kind != "foreign"))
    foreign = any(one.kind == "foreign" for one in models)
    but = "; foreign models are not measured" if foreign else ""
    said = f"of the graph alone, one thread, on this CPU{but}"
    return measure_latency(benchmark, bundles), said


def _keep_bundles(models: Sequence[EvaluatedModel], folder: Path) -> None:
    """Copies what was judged, as it was judged: at the operating point that a target asked for.

    Latencies beside a bundle come along, unless another threshold makes other files of its graphs.
    """
    for name, one in _by_bundle(models).items():
        copy_folder(one.folder, folder / name)
        kept = load_bundle(folder / name)
        if one.operating_point != kept.operating_point:
            record_operating_point(kept, one.operating_point)


def _exports(models: Sequence[EvaluatedModel]) -> dict[str, dict[str, Any]]:
    """Name of a bundle → what its export had to choose from."""
    return {name: load_bundle(one.folder).export for name, one in _by_bundle(models).items()}


def _by_bundle(models: Sequence[EvaluatedModel]) -> dict[str, EvaluatedModel]:
    """Name of a bundle → one of its precisions."""
    return {one.name: one for one in models if one.kind != "foreign"}


def _question(request: EvaluationRequest) -> str:
    wanted = (
        "How good is it?" if request.target is None else f"Is it good enough for {request.target}?"
    )
    whom = {"test": "held-out", "val": "validation", "all": "all"}[request.judged]
    return f"{wanted} Judged on {whom} people of {', '.join(request.data)}."


def _facts(
    visitor: Visitor, data: Data, batch: int, priced: str, doubts: Sequence[str]
) -> dict[str, str]:
    """What the report says of how this was done, and how it is done again."""
    return {
        **({"look into this first": " ".join(doubts)} if doubts else {}),
        "command": visitor.command,
        "commit": visitor.commit,
        "data": "; ".join(f"{', '.join(m.datasets)} ({m.fingerprint})" for m, _ in data),
        "split": "; ".join(split.fingerprint for _, split in data),
        "predicted": "image by image, as at runtime"
        if batch == 1
        else f"in batches of {batch}, which gave the same bits as image by image",
        "runtime": f"onnxruntime {ort.__version__}",
        "latency": priced,
    }
