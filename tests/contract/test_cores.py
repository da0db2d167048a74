import os

import pytest

from blink.contract import CORES, ConfigError, cores


def test_cores_are_those_of_the_process_when_nobody_names_another_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(CORES, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 7}, raising=False)
    assert cores() == 3


def test_cores_are_as_many_as_the_environment_says_when_it_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3, 5, 7}, raising=False)
    monkeypatch.setenv(CORES, "1")
    assert cores() == 1


@pytest.mark.parametrize("given", ["0", "-1", "1.5", "two", ""])
def test_cores_names_the_way_out_when_the_environment_says_no_number(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CORES, given)
    with pytest.raises(ConfigError, match=rf"BLINK_CORES is '{given}'; .* whole number from 1"):
        cores()
