import re

import pytest

from benchmarks import models
from benchmarks.models import FAMILY, Entrant

RATIO = r"\d+\.\d\d \[\d+\.\d\d, \d+\.\d\d\]"
PRECISION = rf"\d+\.\d \| \d+\.\d \| {RATIO}"


@pytest.mark.long
def test_models_prints_a_row_when_a_model_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert models.main(["pico@grey32x64", "--seconds", "0.02", "--processes", "2"]) == 0
    head, _, row = capsys.readouterr().out.splitlines()
    assert head.count("|") == row.count("|") == 14
    (entrant,) = models.parse(["pico@grey32x64"]).entrants
    parameters = sum(weight.numel() for weight in entrant.net().parameters())
    counted = rf"\| pico \| grey32x64 \| {parameters:,} \| \d+\.\d\d"
    assert re.fullmatch(rf"{counted} \| {PRECISION} \| {PRECISION} \| {PRECISION} \|", row)


@pytest.mark.parametrize("name", FAMILY)
def test_family_fits_its_input_when_it_is_built(name: str) -> None:
    (entrant,) = models.parse([name]).entrants
    height, width = entrant.spec().shape[1:]
    assert entrant.net().smallest_side <= min(height, width)


def test_parse_takes_the_family_at_its_inputs_when_nothing_is_named() -> None:
    assert models.parse([]).entrants[-1] == Entrant("large", "grey48")
    assert models.parse(["pico"]).entrants == [Entrant("pico", "grey32")]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("gigantic", "conf/model has no 'gigantic'. It has: .*pico"),
        ("pico@grey7", "conf/input has no 'grey7'. It has: .*grey32"),
        ("pico@grey24x40", r"input is 24×40, but its layers need sides of at least \d+"),
    ],
)
def test_models_says_so_when_it_cannot_be_measured(
    word: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert models.main([word]) == 1
    assert re.search(message, capsys.readouterr().err)


def test_models_refuses_when_one_is_named_twice(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        models.main(["pico", "pico@grey32"])
    assert "named twice" in capsys.readouterr().err
