import logging
import os
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from blink.contract import ConfigError
from blink.sweep.__main__ import _plain, _search
from blink.sweep.sampling import build_sampler
from blink.sweep.search import CONF, check_names, read_search
from blink.sweep.storage import VARIABLE, open_storage

SEARCHES = sorted(path.stem for path in (CONF / "sweep").glob("*.yaml") if path.stem != "base")


def composed(*words: str) -> DictConfig:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg: DictConfig = compose("sweep", overrides=["name=study", *words])
    cfg.launcher = {"_target_": "tests.sweep.studied.InProcess"}
    return _plain(cfg)


def search(folder: Path, *words: str) -> None:
    _search(composed("sweep=tiny", "sweep.budget.trials=3", *words), folder)


@pytest.mark.parametrize("name", SEARCHES)
def test_search_of_conf_can_be_run_when_it_is_named(name: str) -> None:
    found = read_search(composed(f"sweep={name}"))
    check_names(found)
    assert found.budget.trials is not None


@pytest.mark.parametrize("sampler", ["grid", "nsgaii", "random", "tpe"])
def test_sampler_of_conf_is_built_when_it_is_named(sampler: str) -> None:
    config = composed(
        "sweep=tiny", f"sweep/sampler={sampler}", '+sweep.space={extra: "range(0,2)"}'
    )
    config.sweep.space["optim.optimizer.lr"] = [0.1, 0.2]
    space = read_search(config).space
    assert type(build_sampler(config.sweep.sampler, space)).__name__.lower().startswith(sampler)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (('+sweep.space={modle: "choice(pico,standard)"}',), "modle"),
        (('sweep.space.model="choice(pico,picco)"',), "picco"),
        (('sweep.fixed=["trainer.max_epoch=3"]',), "max_epoch"),
        (('sweep.fixed=["seed=3"]',), "sets itself"),
        (('sweep.fixed=["model=pico"]',), "leave it in one"),
        (('sweep.fixed=["name=a,b"]',), "several values"),
        (("sweep.seeds=[0,0]",), "each once"),
        (("sweep.budget.trials=0",), "from 1 up"),
        (("sweep.objectives=[{metric: test/mrl/auc, direction: maximize}]",), "has seen them"),
    ],
)
def test_search_is_refused_before_it_begins_when_it_cannot_be(
    tmp_path: Path, words: tuple[str, ...], fault: str
) -> None:
    with pytest.raises(ConfigError, match=fault):
        search(tmp_path, *words)
    assert list(tmp_path.iterdir()) == []


def told(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(record.getMessage() for record in caplog.records)


def test_search_leaves_a_front_and_tells_each_trial_when_it_has_ended(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "blink.sweep")
    search(tmp_path)
    assert (tmp_path / "front" / "front.html").is_file()
    assert "Trial 0: val/mean/balanced_accuracy 0.75, latency/p50_us 10" in told(caplog)
    assert "3 of 3 trials (3 finished)" in told(caplog)
    caplog.clear()
    with pytest.raises(ConfigError, match="resume=true"):
        search(tmp_path)
    search(tmp_path, "resume=true")
    assert "Goes on: 3 of 3 trials" in told(caplog)
    assert "Trial 0" not in told(caplog)
    assert "val/mean/balanced_accuracy  latency/p50_us" in told(caplog)


def test_search_writes_no_password_when_its_url_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "")
    url = "postgresql://anna:hush@db/blink"
    opened: list[str | None] = []

    def open_instead(storage: str | None, folder: Path) -> Any:
        opened.append(storage)
        return open_storage(None, folder)

    monkeypatch.setattr("blink.sweep.study.open_storage", open_instead)
    search(tmp_path, f"storage='{url}'")
    assert opened == ["postgresql://anna:***@db/blink"] * 2
    assert os.environ[VARIABLE] == url
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"hush" not in path.read_bytes(), path


def test_search_becomes_a_file_for_wandb_when_that_is_asked_for(tmp_path: Path) -> None:
    search(tmp_path, "wandb=sweep")
    assert [path.name for path in tmp_path.iterdir()] == ["wandb-sweep.yaml"]
