from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import wandb

from blink.evaluation.results import Report
from blink.evaluation.table import table_records


def publish(run: "wandb.Run", report: Report, page: Path, bundles: Iterable[Path]) -> None:
    """Logs what a run found to Weights & Biases: numbers, the table, the page and the bundles.

    Args:
        run: An open run, online or offline.
        report: What the run found.
        page: The report as `write_report` wrote it.
        bundles: Folders; each becomes an artifact of type `model`.
    """
    for test in report.tests:
        for name, estimate in test.main.evaluation.scores.metrics.items():
            run.summary[f"test/{test.name}/{name}"] = estimate.value
    table = wandb.Table(dataframe=pd.DataFrame(table_records(report)))
    run.log({"test/table": table, "report": wandb.Html(str(page), inject=False)})
    for bundle in bundles:
        artifact = wandb.Artifact(f"{bundle.name}-{run.id}", type="model")
        artifact.add_dir(str(bundle), policy="immutable")  # no copy outside of the run
        run.log_artifact(artifact)
