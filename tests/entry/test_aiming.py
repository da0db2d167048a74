from types import SimpleNamespace
from typing import Any

import pytest
from omegaconf import OmegaConf

from blink.contract.places import CONF
from blink.entry import aiming
from blink.target import read_target


@pytest.mark.parametrize(
    ("name", "films"), [(None, []), ("photo_check", []), ("iris_login", ["prepared"])]
)
def test_open_films_takes_some_when_a_product_watches_in_time(
    monkeypatch: pytest.MonkeyPatch, name: str | None, films: list[str]
) -> None:
    collection = SimpleNamespace(prepare=lambda: "prepared")
    monkeypatch.setattr(aiming, "instantiate", lambda _: collection)
    target = None if name is None else read_target(CONF / "target" / f"{name}.yaml")
    found: list[Any] = aiming.open_films(OmegaConf.create({"films": {}}), target)
    assert found == films
