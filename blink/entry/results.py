"""What a run leaves behind, beside its checkpoints: numbers, page, cards, the logged artifacts."""

import logging
import shlex
from collections.abc import Sequence
from pathlib import Path

import blink.torchvision_mend  # noqa: F401

from lightning.pytorch.loggers import Logger

from blink.entry.publishing_logger import PublishingLogger
from blink.evaluation import (
    Report,
    closing_table,
    metrics_of,
    publish,
    write_contact_sheets,
    write_metrics,
    write_report,
)
from blink.export import record_metrics
from blink.latency.slot import computing, giving_way
from blink.runs import METRICS
from blink.runtime import Bundle

log = logging.getLogger(__name__)


def leave_results(
    folder: Path, report: Report, bundles: Sequence[Bundle], loggers: Sequence[Logger]
) -> None:
    """Writes numbers, page and pictures, completes the bundles, prints a table, logs it all.

    A run whose results stand has finished, even where W&B cannot be told.

    Args:
        folder: The run's folder.
        report: What the run found.
        bundles: Get the test results into their `bundle.json` and card.
        loggers: Those of Weights & Biases get everything.
    """
    page = folder / "report.html"
    with computing():
        for bundle in giving_way(bundles):
            record_metrics(bundle, metrics_of(bundle, report.tests))
        write_metrics(folder / METRICS, report)
        write_report(page, report)
        sheets = write_contact_sheets(folder, report)
    log.info("\n%s\n\nReport: %s", closing_table(report), page)
    for logger in loggers:
        if isinstance(logger, PublishingLogger):
            try:
                publish(logger.experiment, report, page, sheets, bundles, logger.registry)
            except Exception:  # whatever W&B has to say, the results are there
                log.warning(
                    "Logging the results to W&B failed, as said below. They are whole in %s; where "
                    "it keeps its checkpoint, python train.py resume=%s logs them again.",
                    folder,
                    shlex.quote(str(folder)),
                    exc_info=True,  # it may be a defect of Blink's own
                )
            else:
                if logger.experiment.url is not None:
                    log.info("W&B: %s", logger.experiment.url)
