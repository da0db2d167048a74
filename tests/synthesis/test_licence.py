"""Which weights anybody may use: those of rendered eyes that nothing real went into."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from blink.contract import DataError
from blink.synthesis import RenderedEyes

CONF = Path(__file__).parents[2] / "conf"


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CONF.parent)


def data_of(experiment: str) -> tuple[DictConfig, RenderedEyes]:
    """The data of an experiment, and the eyes that are all it trains on."""
    with initialize_config_dir(str(CONF), version_base=None):
        data = compose("train", [f"experiment={experiment}"]).data
    (source,) = data.collection.sources.values()
    return data, instantiate(source, _convert_="all")


def test_rendered_only_is_free_and_nothing_of_it_is_fitted() -> None:
    data, eyes = data_of("rendered_only")
    assert eyes.tilt is None
    assert eyes.name == "rendered"
    assert list(data.collection.split.test) == ["rendered"]
    assert data.licence.startswith("Apache-2.0")
    assert "fitted" not in OmegaConf.to_yaml(data)


def test_rendered_only_is_refused_when_a_fit_is_slipped_in() -> None:
    data, eyes = data_of("rendered_only")
    rule = instantiate(data.collection.split, _convert_="all")
    fitted = replace(eyes, fitted="experiments/renderer/fit.json")
    with pytest.raises(DataError, match="'rendered' has no data set"):
        rule.assign([fitted.name], pd.DataFrame())


def test_rendered_fitted_is_for_research_and_says_to_what_it_is_fitted() -> None:
    data, eyes = data_of("rendered_fitted")
    assert eyes.tilt is not None
    assert eyes.tilt.fitted_to == ("mrl", "cew")
    assert eyes.name == "rendered-fitted"
    assert list(data.collection.split.test) == ["rendered-fitted"]
    assert "for research, not for products" in data.licence
    assert "Apache" not in data.licence
    assert any("fitted to unlabelled crops" in caveat for caveat in data.caveats)
