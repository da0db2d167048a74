"""The search space, in Hydra's own terms: option → sweep expression, as `-m` takes it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import (
    ChoiceSweep,
    IntervalSweep,
    Override,
    Quote,
    QuotedString,
    RangeSweep,
)
from hydra.errors import HydraException
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from blink.contract import ConfigError

RESERVED = ("seed", "judged", "resume", "paths.run", "hydra", "threads")
"""What a study sets itself, so that nobody else may."""

_WORD = re.compile(r"(?!(?:true|false|null|nan|inf)$)[a-z_][\w./-]*", re.IGNORECASE)
"""A string that Hydra takes for nothing else."""

_SCALAR = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class Dimension:
    """One option and what it may be.

    Attributes:
        key: As it stands before the `=`, with its `+` where it has one.
        distribution: Of Optuna.
        texts: Of a choice, each value as it stands after the `=`; empty for numbers.
    """

    key: str
    distribution: BaseDistribution
    texts: tuple[str, ...] = ()

    @property
    def size(self) -> int | None:
        """How many values there are; None where they cannot be counted."""
        dist = self.distribution
        if isinstance(dist, CategoricalDistribution):
            return len(dist.choices)
        if isinstance(dist, IntDistribution | FloatDistribution) and dist.step:
            return round((dist.high - dist.low) / dist.step) + 1
        return None

    def values(self) -> list[Any]:
        """All values, where they can be counted."""
        dist = self.distribution
        if isinstance(dist, CategoricalDistribution):
            return list(dist.choices)
        assert isinstance(dist, IntDistribution | FloatDistribution)  # noqa: S101 - see `size`
        step, count = dist.step or 1, self.size or 1
        return [type(dist.low)(f"{dist.low + n * step:.12g}") for n in range(count)]

    def word(self, value: Any) -> str:
        """The override that says it, such as `optim.optimizer.lr=0.003`."""
        if isinstance(self.distribution, CategoricalDistribution):
            return f"{self.key}={self.texts[self.distribution.choices.index(value)]}"
        return f"{self.key}={value if isinstance(value, int) else float(f'{value:.12g}')}"


@dataclass(frozen=True)
class Space:
    """All that may vary from trial to trial.

    Attributes:
        dimensions: In order of their keys.
    """

    dimensions: tuple[Dimension, ...]

    @property
    def distributions(self) -> dict[str, BaseDistribution]:
        """As Optuna asks for them."""
        return {one.key: one.distribution for one in self.dimensions}

    @property
    def size(self) -> int | None:
        """How many configurations there are; None where they cannot be counted."""
        sizes = [one.size for one in self.dimensions]
        return None if None in sizes else prod(size for size in sizes if size)

    def words(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """The overrides that make a configuration."""
        return tuple(one.word(values[one.key]) for one in self.dimensions)

    def grid(self) -> dict[str, list[Any]]:
        """All values of each option, as a sampler of grids wants them.

        Raises:
            ConfigError: Some cannot be counted.
        """
        if endless := [one.key for one in self.dimensions if one.size is None]:
            raise ConfigError(
                f"A grid needs options that can be counted, and {', '.join(endless)} cannot: write "
                "range(start, stop, step) or choice(…) instead of interval(…), or take another "
                "sampler."
            )
        return {one.key: one.values() for one in self.dimensions}

    def first(self) -> dict[str, Any]:
        """One configuration: the first, or lowest, value of each option."""
        return {one.key: _lowest(one.distribution) for one in self.dimensions}


def parse_space(space: Mapping[str, Any]) -> Space:
    """Reads a search space.

    Args:
        space: Option of `train.py` → what it may be: `choice(pico, standard)`, `range(16, 65, 16)`,
            `interval(1e-4, 1e-2)`, `int(interval(1, 8))`, `tag(log, interval(…))`, or a list.

    Raises:
        ConfigError: Something is no such expression, or names what the study sets itself.
    """
    if not space:
        raise ConfigError("The search space is empty: sweep.space names at least one option.")
    if not isinstance(space, Mapping):
        raise ConfigError(
            f"sweep.space is {space}; write a mapping, as in {{model: 'choice(pico, standard)'}}."
        )
    for key in space:
        check_free(str(key), "sweep.space")
    return Space(tuple(_dimension(str(key), space[key]) for key in sorted(space)))


def check_free(key: str, place: str) -> None:
    """Refuses an option that the study sets itself.

    Raises:
        ConfigError: It is one.
    """
    name = key.lstrip("+~")
    if any(name == one or name.startswith((f"{one}.", f"{one}/")) for one in RESERVED):
        raise ConfigError(
            f"{place} sets {key}, which a study sets itself: each trial is run with each of "
            "sweep.seeds, in a folder of its own, with launcher.threads threads, and is judged on "
            "validation people."
        )


def in_hydra(value: Any) -> str:
    """A value as it stands after the `=`, quoted where it would be read as something else."""
    return str(Override._get_value_element_as_str(_quoted(value)))


def _dimension(key: str, expression: Any) -> Dimension:
    text = _expression(expression)
    try:
        override = OverridesParser.create().parse_override(f"{key}={text}")
        value = override.value()
        if isinstance(value, ChoiceSweep):
            return _choice(key, value.list)
        if isinstance(value, RangeSweep):
            return Dimension(key, _range(value))
        if isinstance(value, IntervalSweep):
            return Dimension(key, _interval(value))
    except (HydraException, ValueError) as error:
        raise ConfigError(f"sweep.space: {key}: {text}: {error}") from error
    raise ConfigError(
        f"sweep.space: {key}: {text} is one value, so there is nothing to search. Write choice(…), "
        "range(…), interval(…) or a list; what is the same in all trials stands in sweep.fixed."
    )


def _expression(expression: Any) -> str:
    if isinstance(expression, Sequence) and not isinstance(expression, str):
        texts = [_entry(e) if isinstance(e, str) else in_hydra(_plain(e)) for e in expression]
        return ",".join(texts)  # `choice(…)` takes no null
    return str(expression)


def _entry(text: str) -> str:
    """A text of a list, which is Hydra's; one that Hydra would read as several is one value."""
    try:
        value = OverridesParser.create().parse_override(f"entry={text}").value()
    except HydraException:
        return text  # the list as a whole is refused, with its name
    return in_hydra(text) if isinstance(value, ChoiceSweep) and value.simple_form else text


def _quoted(value: Any) -> Any:
    if isinstance(value, dict):
        return {_quoted(key): _quoted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_quoted(inner) for inner in value]
    if isinstance(value, str) and not _WORD.fullmatch(value):
        return QuotedString(value, Quote.single)
    return value


def _plain(value: Any) -> Any:
    """Lists and mappings of a config as Hydra's grammar takes them."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(inner) for inner in value]
    return value


def _choice(key: str, elements: Sequence[Any]) -> Dimension:
    values = [Override._convert_value(element) for element in elements]
    texts = tuple(in_hydra(value) for value in values)
    if len(set(texts)) != len(texts):
        raise ValueError("a choice is named twice")
    # What is no plain value is known to Optuna by its text.
    choices = [v if isinstance(v, _SCALAR) else t for v, t in zip(values, texts, strict=True)]
    if len(set(choices)) != len(choices):
        choices = list(texts)  # to Optuna 1 and true are equal
    return Dimension(key, CategoricalDistribution(choices), texts)


def _range(sweep: RangeSweep) -> BaseDistribution:
    values = sorted(sweep.range())
    if not values:
        raise ValueError("the range is empty; its end is not in it")
    low, high, is_log = values[0], values[-1], _is_log(sweep.tags)
    step = abs(sweep.step)
    is_whole = all(isinstance(value, int) for value in values)
    if is_log and not (is_whole and step == 1):
        raise ValueError(
            "on a logarithmic scale a range is of whole numbers in steps of 1; write "
            "tag(log, interval(…)) for others"
        )
    if is_whole:
        return IntDistribution(int(low), int(high), log=is_log, step=int(step))
    return FloatDistribution(float(low), float(high), step=float(step))


def _interval(sweep: IntervalSweep) -> BaseDistribution:
    low, high, is_log = sweep.start, sweep.end, _is_log(sweep.tags)
    assert low is not None and high is not None  # noqa: PT018, S101 - the grammar asks for both
    if isinstance(low, int) and isinstance(high, int):
        return IntDistribution(low, high, log=is_log)
    return FloatDistribution(low, high, log=is_log)


def _is_log(tags: set[str]) -> bool:
    if unknown := tags - {"log"}:
        raise ValueError(f"the tag {', '.join(sorted(unknown))} means nothing here; log does")
    return "log" in tags


def _lowest(distribution: BaseDistribution) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[0]
    assert isinstance(distribution, IntDistribution | FloatDistribution)  # noqa: S101
    return distribution.low
