from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from blink.contract import ConfigError
from blink.sweep.space import parse_space


def parsed(word: str) -> Any:
    return OverridesParser.create().parse_override(word).value()


@pytest.mark.parametrize(
    ("expression", "distribution"),
    [
        ("choice(pico, standard)", CategoricalDistribution(("pico", "standard"))),
        (["pico", "standard"], CategoricalDistribution(("pico", "standard"))),
        ("range(1, 5)", IntDistribution(1, 4)),
        ("range(16, 65, 16)", IntDistribution(16, 64, step=16)),
        ("tag(log, range(1, 65))", IntDistribution(1, 64, log=True)),
        ("range(0.1, 0.5, 0.1)", FloatDistribution(0.1, 0.4, step=0.1)),
        ("interval(0, 1)", FloatDistribution(0, 1)),
        ("int(interval(1, 8))", IntDistribution(1, 8)),
        ("tag(log, interval(1e-4, 1e-2))", FloatDistribution(1e-4, 1e-2, log=True)),
    ],
)
def test_space_is_that_of_optuna_when_it_is_said_as_for_hydra(
    expression: Any, distribution: Any
) -> None:
    assert parse_space({"model": expression}).distributions == {"model": distribution}


def test_words_say_to_hydra_what_was_chosen_when_choices_are_of_any_kind() -> None:
    choices = [None, "a b", "7", 7, 2.5, [[16, 3, 4], [32, 1]], {"a": "null"}, "x,y", "grey-24.x"]
    quoted = [f"'{c}'" if isinstance(c, str) else c for c in choices]
    (one,) = parse_space({"+of.all": quoted}).dimensions
    assert [parsed(one.word(value)) for value in one.values()] == choices


def test_list_has_one_choice_for_each_entry_when_a_text_has_a_comma() -> None:
    (one,) = parse_space({"left_out": ["faces, wild", "cew", "'a, b'"]}).dimensions
    assert one.values() == ["faces, wild", "cew", "a, b"]
    assert [parsed(one.word(value)) for value in one.values()] == one.values()


def test_words_keep_true_and_one_apart_when_both_are_choices() -> None:
    (one,) = parse_space({"flag": "choice(1, true, 1.0)"}).dimensions
    values = [parsed(one.word(value)) for value in one.values()]
    assert [(type(value), value) for value in values] == [(int, 1), (bool, True), (float, 1.0)]


def test_grid_has_every_value_when_ranges_are_counted_in_tenths() -> None:
    space = parse_space({"b": "range(0.0, 0.35, 0.1)", "a": "choice(x, y)"})
    assert space.grid() == {"a": ["x", "y"], "b": [0.0, 0.1, 0.2, 0.3]}
    assert space.size == 8
    assert space.words({"a": "y", "b": 0.1 + 0.2}) == ("a=y", "b=0.3")


def test_grid_is_refused_when_a_value_cannot_be_counted() -> None:
    space = parse_space({"lr": "interval(0, 1)", "a": "choice(x, y)"})
    assert space.size is None
    with pytest.raises(ConfigError, match="lr cannot"):
        space.grid()


@pytest.mark.parametrize(
    ("space", "fault"),
    [
        ({}, "is empty"),
        (["a"], r"sweep.space is \['a'\]; write a mapping"),
        ({"a": 3}, "is one value"),
        ({"a": "choice(x, x)"}, "named twice"),
        ({"a": "range(3, 3)"}, "is empty"),
        ({"a": "interval(2, 1)"}, "low <= high"),
        ({"a": "tag(log, interval(0, 1))"}, "low > 0"),
        ({"a": "tag(sqrt, interval(0, 1))"}, "sqrt means nothing"),
        ({"a": "choice(1, 2"}, "a: choice"),
        ({"a": "tag(log, range(1.0, 10.0, 1))"}, "whole numbers"),
        ({"a": "tag(log, range(1, 10, 2))"}, "in steps of 1"),
        ({"seed": "range(0, 3)"}, "sets itself"),
        ({"threads": "choice(1, 2)"}, "launcher.threads"),
        ({"+hydra.run.dir": "choice(x, y)"}, "sets itself"),
        ({"judged": "choice(val, test)"}, "sets itself"),
    ],
)
def test_space_is_refused_when_it_cannot_be_searched(space: Any, fault: str) -> None:
    with pytest.raises(ConfigError, match=fault):
        parse_space(space)
