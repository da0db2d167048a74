"""The views that a team wants of its project at W&B: a workspace to work in, a report to share."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import wandb
import wandb_workspaces.reports.v2.interface as reports
import wandb_workspaces.workspaces.interface as workspaces
from wandb.errors import Error
from wandb_workspaces.expr import Ordering, Summary

from blink.contract import ConfigError
from blink.evaluation.publication.keys import (
    CURVES,
    LATENCY,
    PARAMETERS,
    RATIO,
    REPORT,
    SIZE,
    Keys,
)

_ACCURACY: Final = "balanced_accuracy"
_MISTAKES: Final = 3
"""Kinds of mistakes whose pictures are shown, the dearest first."""

_MODEL: Final = "made_by.choices.model"
_WIDE: Final = reports.Layout(w=24, h=12)
_WORDS: Final = {
    "Leaderboard": "Who is best on people whom nobody trained on, set by set. Intervals over "
    "people stand in the columns and in the tables.",
    "Pareto": "Quality against what it costs. A run is a point; the pictures show, within a run, "
    "each precision and the heuristics.",
    "Searches": "Trials, which are judged on validation people alone, and what of their options "
    "mattered.",
    "Slices": "For whom it works and for whom not.",
    "Learning curves": "Loss of training, and what validation people said after each epoch.",
    "Trust and mistakes": "Whether probabilities keep their word, the dearest mistakes, and the "
    "page of each run.",
}
"""Views in their order, and what each is there for."""


@dataclass(frozen=True)
class Board:
    """A project's views.

    Attributes:
        entity: Team or user at W&B.
        project: Of W&B.
        test_sets: Whose figures are shown; runs are sorted by the first.
    """

    entity: str
    project: str
    test_sets: tuple[str, ...]

    def workspace(self) -> workspaces.Workspace:
        """Each view is a section; the runs' table has the columns of a leaderboard."""
        best = Summary(self._accuracies()[0])
        return workspaces.Workspace(
            entity=self.entity,
            project=self.project,
            name="Blink",
            sections=[
                workspaces.Section(name=name, panels=list(panels), is_open=True)
                for name, panels in self._views().items()
            ],
            runset_settings=workspaces.RunsetSettings(
                order=[Ordering(best, ascending=False)], pinned_columns=self._columns()
            ),
        )

    def report(self) -> reports.Report:
        """Each view under a heading, with a sentence."""
        blocks: list[Any] = [reports.TableOfContents()]
        for name, panels in self._views().items():
            runs = reports.Runset(  # without a project of its own: those of the report's
                order=[reports.OrderBy(reports.SummaryMetric(self._accuracies()[0]))],
                pinned_columns=self._columns(),
            )
            grid = reports.PanelGrid(runsets=[runs], panels=list(panels))
            blocks += [reports.H2(name), reports.P(_WORDS[name]), grid]
        return reports.Report(
            entity=self.entity,
            project=self.project,
            title="Blink: open or closed?",
            description="Leaderboard, Pareto, slices and learning curves of all runs.",
            blocks=blocks,
            width="fluid",
        )

    def to_dict(self) -> dict[str, Any]:
        """What would be sent to W&B, as JSON takes it."""
        return {
            name: json.loads(view._to_model().model_dump_json(by_alias=True, exclude_none=True))
            for name, view in self._made().items()
        }

    def save(self) -> tuple[str, str]:
        """Makes both at W&B.

        Returns:
            The addresses of workspace and report.

        Raises:
            ConfigError: Nobody is logged in, or W&B refuses.
        """
        try:
            wandb.Api()  # says that nobody is logged in; what follows would say it less clearly
            report, workspace = (view.save() for view in self._made().values())
        except Error as error:
            raise ConfigError(
                f"W&B made nothing in {self.entity}/{self.project}: {error} A workspace needs an "
                "account: log in with `wandb login`, for a server of your own `wandb login --host "
                "ADDRESS`; --dry-run shows without one what would be made."
            ) from error
        return str(workspace.url), str(report.url)

    def _made(self) -> dict[str, Any]:
        """The report first: saved, it makes the project where there is none."""
        return {"report": self.report(), "workspace": self.workspace()}

    def _accuracies(self) -> list[str]:
        return [Keys().figure(name, _ACCURACY) for name in self.test_sets]

    def _columns(self) -> list[str]:
        figures = [
            f"summary:{Keys().figure(name, figure)}"
            for name in self.test_sets
            for figure in (_ACCURACY, f"{_ACCURACY}_low", f"{_ACCURACY}_high", "auc", "ece")
        ]
        costs = [f"summary:{name}" for name in (LATENCY, RATIO, SIZE, PARAMETERS)]
        chosen = [f"config:made_by.value.choices.{name}" for name in ("model", "data", "input")]
        return ["run:displayName", "run:state", "tags:__ALL__", *chosen, *figures, *costs]

    def _views(self) -> Mapping[str, Sequence[Any]]:
        """Fresh panels, since each belongs to one place."""
        panels = (
            self._leaderboard(),
            self._pareto(),
            self._searches(),
            _slices(),
            [reports.LinePlot(title=name, x="epoch", y=[name]) for name in CURVES],
            self._trust(),
        )
        return dict(zip(_WORDS, panels, strict=True))

    def _leaderboard(self) -> list[Any]:
        bars = [
            reports.BarPlot(title=name, metrics=[name], max_bars_to_show=20)
            for name in self._accuracies()
        ]
        return [*bars, reports.RunComparer(diff_only="split", layout=_WIDE)]

    def _pareto(self) -> list[Any]:
        points = [
            reports.ScatterPlot(
                title=f"{accuracy} against {cost}",
                x=reports.SummaryMetric(cost),
                y=reports.SummaryMetric(accuracy),
                log_x=True,
            )
            for accuracy in self._accuracies()
            for cost in (LATENCY, SIZE)
        ]
        drawn = [
            Keys().pareto(name, cost) for name in self.test_sets for cost in ("latency", "size")
        ]
        return [*points, reports.MediaBrowser(title="Within a run", media_keys=drawn, layout=_WIDE)]

    def _searches(self) -> list[Any]:
        goal = Keys("val").mean(_ACCURACY)
        columns: list[Any] = [reports.Config(_MODEL), LATENCY, SIZE, goal]
        return [
            reports.ScatterPlot(
                title=f"{goal} against {LATENCY}",
                x=reports.SummaryMetric(LATENCY),
                y=reports.SummaryMetric(goal),
                log_x=True,
            ),
            reports.ParameterImportancePlot(with_respect_to=goal),
            reports.ParallelCoordinatesPlot(
                columns=[reports.ParallelCoordinatesPlotColumn(metric=one) for one in columns],
                layout=_WIDE,
            ),
        ]

    def _trust(self) -> list[Any]:
        reliable = [Keys().reliability(name) for name in self.test_sets]
        wrong = [
            Keys().mistakes(name, number)
            for name in self.test_sets
            for number in range(1, _MISTAKES + 1)
        ]
        return [
            reports.MediaBrowser(title="Reliability", media_keys=reliable),
            reports.MediaBrowser(title="The dearest mistakes", media_keys=wrong),
            reports.MediaBrowser(title="The page", media_keys=[REPORT], layout=_WIDE),
        ]


def _slices() -> list[Any]:
    return [
        reports.WeavePanelSummaryTable(table_name=Keys().table(name), layout=_WIDE)
        for name in ("table", "groups", "mistakes")
    ]
