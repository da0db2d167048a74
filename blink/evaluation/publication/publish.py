from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, Final

import pandas as pd
import wandb

from blink.evaluation import records
from blink.evaluation.contact_sheets import ContactSheet
from blink.evaluation.publication.artifacts import Shelf, data_artifacts, model_artifact
from blink.evaluation.publication.keys import (
    LATENCY,
    PARAMETERS,
    RATIO,
    REPORT,
    SIZE,
    TAIL,
    Keys,
)
from blink.evaluation.publication.plots import draw_plots
from blink.evaluation.results import Report, Row, TestSet
from blink.latency.slot import computing, giving_way
from blink.runtime import Bundle

_TABLES: Final = {
    "table": records.row_records,
    "groups": records.group_records,
    "regions": records.region_records,
    "mistakes": records.kind_records,
    "criteria": records.criterion_records,
    "experience": records.experience_records,
}


def publish(
    run: "wandb.Run",
    report: Report,
    page: Path,
    sheets: Sequence[ContactSheet],
    bundles: Sequence[Bundle],
    registry: str | None = None,
) -> None:
    """Logs what a run found to Weights & Biases.

    Figures go into its summary, tables, plots, mistakes and the page into its last step. The data
    and the bundles become artifacts; no picture of the data is in them.

    Args:
        run: An open run, online or offline.
        report: What the run found.
        page: The report as `write_report` wrote it.
        sheets: Its mistakes as `write_contact_sheets` wrote them.
        bundles: Each becomes an artifact of type `model`.
        registry: Of W&B; what the run is about is linked there, if the run is online.
    """
    keys = Keys(report.tests[0].role)
    run.summary.update(dict(_figures(report, keys)))
    run.tags = (*dict.fromkeys((*(run.tags or ()), *_tags(report))),)
    with computing():  # W&B itself may wait for the network
        shown = {
            **dict(_tables(report, keys)),
            **dict(giving_way(draw_plots(report, keys))),
            **dict(_mistakes(sheets, keys)),
            REPORT: wandb.Html(str(page), inject=False),
        }
    run.log(shown)
    shelf = Shelf(run, registry)
    for artifact in data_artifacts(report):
        shelf.use(artifact)
    mains = {test.main.name for test in report.tests}
    for bundle in bundles:
        shelf.put(model_artifact(bundle, report, run.id), is_main=bundle.name in mains)


def _figures(report: Report, keys: Keys) -> Iterator[tuple[str, float | str | None]]:
    """What runs are sorted by: the main rows' metrics, verdicts and costs."""
    for test in report.tests:
        for name, value in _of_test(test):
            yield keys.figure(test.name, name), value
    for name in report.tests[0].main.evaluation.scores.metrics:
        values = [test.main.evaluation.scores[name].value for test in report.tests]
        known = [value for value in values if value is not None]
        if len(known) == len(values):
            yield keys.mean(name), fmean(known)
    yield from _costs(report.tests[0].main)


def _of_test(test: TestSet) -> Iterator[tuple[str, float | str | None]]:
    scores = test.main.evaluation.scores
    yield "crops", scores.n
    yield "people", scores.people
    for name, estimate in scores.metrics.items():
        yield name, estimate.value
        if estimate.low is not None:
            yield f"{name}_low", estimate.low
            yield f"{name}_high", estimate.high
    if test.assessment is not None:
        yield "verdict", test.assessment.decision.verdict
        for experience in test.assessment.experiences[:1]:
            for name, estimate in experience.figures.items():
                yield name, estimate.value


def _costs(main: Row) -> Iterator[tuple[str, float | None]]:
    yield SIZE, main.size_bytes
    yield PARAMETERS, main.parameters
    if main.latency is not None:
        yield LATENCY, main.latency.p50_us
        yield TAIL, main.latency.p99_us
        yield RATIO, main.latency.ratio_to_empty_graph


def _tags(report: Report) -> Iterator[str]:
    """What only the end knows, or what nobody must overlook."""
    yield report.tests[0].main.precision
    if report.facts.get("split", "").startswith("LEAKY"):
        yield "leaky"
    if report.facts.get("commit", "").endswith("-dirty"):
        yield "uncommitted code"


def _tables(report: Report, keys: Keys) -> Iterator[tuple[str, wandb.Table]]:
    for name, gather in _TABLES.items():
        table = pd.DataFrame(gather(report))
        if len(table):
            yield keys.table(name), wandb.Table(dataframe=table)


def _mistakes(sheets: Sequence[ContactSheet], keys: Keys) -> Iterator[tuple[str, Any]]:
    """Each sheet by itself: pictures under one key have to be of one size."""
    numbers: dict[str, int] = {}
    for sheet in sheets:
        numbers[sheet.test_set] = number = numbers.get(sheet.test_set, 0) + 1
        key = keys.mistakes(sheet.test_set, number)
        yield key, wandb.Image(str(sheet.path), caption=sheet.title)
