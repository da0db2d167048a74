from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd
import wandb

from blink.evaluation import records
from blink.evaluation.contact_sheets import ContactSheet
from blink.evaluation.results import Report, TestSet

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
    bundles: Iterable[Path],
) -> None:
    """Logs what a run found to Weights & Biases: numbers, tables, pictures, page and bundles.

    Args:
        run: An open run, online or offline.
        report: What the run found.
        page: The report as `write_report` wrote it.
        sheets: Its mistakes as `write_contact_sheets` wrote them.
        bundles: Folders; each becomes an artifact of type `model`.
    """
    for test in report.tests:
        run.summary.update({f"test/{test.name}/{key}": value for key, value in _summary(test)})
    tables = {name: pd.DataFrame(gather(report)) for name, gather in _TABLES.items()}
    logged: dict[str, Any] = {
        f"test/{name}": wandb.Table(dataframe=table) for name, table in tables.items() if len(table)
    }
    for sheet in sheets:
        picture = wandb.Image(str(sheet.path), caption=sheet.title)
        logged.setdefault(f"test/{sheet.test_set}/mistakes", []).append(picture)
    run.log(logged | {"report": wandb.Html(str(page), inject=False)})
    for bundle in bundles:
        artifact = wandb.Artifact(f"{bundle.name}-{run.id}", type="model")
        artifact.add_dir(str(bundle), policy="immutable")  # no copy outside of the run
        run.log_artifact(artifact)


def _summary(test: TestSet) -> Iterator[tuple[str, float | str | None]]:
    """What runs are sorted by: the main row's metrics, its verdict, and what users feel of it."""
    for name, estimate in test.main.evaluation.scores.metrics.items():
        yield name, estimate.value
    if test.assessment is not None:
        yield "verdict", test.assessment.decision.verdict
        for experience in test.assessment.experiences[:1]:
            for name, estimate in experience.figures.items():
                yield name, estimate.value
