"""Which settings matter, in a chart and in numbers."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from plotly.graph_objects import Bar, Figure  # type: ignore[import-untyped]

from blink.contract import ConfigError
from blink.dashboard.figures.canvas import canvas
from blink.dashboard.listed_run import ListedRun
from blink.dashboard.palette import Theme, palette
from blink.dashboard.settings import Setting, overrides, varied

LEAST: Final = 10
"""Over fewer runs any setting may look important."""

MOST_SETTINGS: Final = 30


def weigh_settings(entries: Sequence[ListedRun], on: str) -> Mapping[str, float]:
    """How much of the differences in balanced accuracy each setting explains, 0 to 1.

    Only settings that all of these runs have and that differ among them are asked about. Where a
    group such as `input` was chosen by hand, what it brings (`input.height`) is not asked about
    again: the two would share its weight.

    Source: functional ANOVA over a forest, Hutter, Hoos and Leyton-Brown 2014, as in Optuna.

    Returns:
        The most important first; empty where there are fewer than `LEAST` runs, or none differ.

    Raises:
        ConfigError: Optuna is not installed.
    """
    optuna = _optuna()
    judged = [(entry, one.accuracy.value) for entry in entries if (one := entry.judged(on))]
    rated = [(entry, value) for entry, value in judged if value is not None]
    all_settings = [entry.settings for entry, _ in rated]
    commands = [entry.command for entry, _ in rated]
    differing = varied(all_settings, commands)
    names = [name for name in differing if all(name in one for one in all_settings)]
    by_hand = {name for command in commands for name in overrides(command)}
    names = [name for name in names if name in by_hand or not _is_part_of_one(name, names)]
    if len(rated) < LEAST or not names or len({value for _, value in rated}) < 2:
        return {}
    space = {
        name: _distribution([one[name] for one in all_settings]) for name in names[:MOST_SETTINGS]
    }
    study = optuna.create_study(direction="maximize")
    study.add_trials(
        optuna.trial.create_trial(
            params={name: _value(space[name], entry.settings[name]) for name in space},
            distributions=space,
            value=value,
        )
        for entry, value in rated
    )
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    return dict(optuna.importance.get_param_importances(study, evaluator=evaluator))


def _is_part_of_one(name: str, groups: Sequence[str]) -> bool:
    return any(name.startswith(f"{group}.") for group in groups)


def draw_importance(importance: Mapping[str, float], theme: Theme) -> Figure:
    """A bar for each setting, the most important on top."""
    names = list(importance)
    figure = canvas(theme, height=90 + 30 * len(names), keeps=" ".join(names))
    figure.add_trace(
        Bar(
            x=[100 * share for share in importance.values()],
            y=names,
            orientation="h",
            marker={"color": palette(theme).accent},
            text=[f"{100 * share:.0f} %" for share in importance.values()],
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{x:.1f} %<extra></extra>",
        )
    )
    most = 100 * max(importance.values(), default=1.0)
    figure.update_xaxes(title_text="share of the differences, %", range=[0, 1.15 * most])
    figure.update_yaxes(autorange="reversed")
    return figure


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise ConfigError("Importance needs Optuna: pip install 'blink[sweep]'.") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it would announce every study
    return optuna


def _distribution(values: Sequence[Setting]) -> Any:
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    if all(type(value) is float for value in values) and len(set(values)) > 2:
        numbers = [value for value in values if isinstance(value, float)]
        low, high = min(numbers), max(numbers)
        return FloatDistribution(low, high, log=low > 0 and high / low > 10)
    return CategoricalDistribution(sorted({str(value) for value in values}))


def _value(distribution: Any, value: Setting) -> Setting:
    return value if hasattr(distribution, "low") else str(value)
