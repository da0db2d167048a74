import logging
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from hydra.errors import InstantiationException
from omegaconf import DictConfig, OmegaConf

from blink.contract import BlinkError, ConfigError
from blink.contract.places import CONF
from blink.sweep.__main__ import _plain, _search, main, prepare
from blink.sweep.job import Job
from blink.sweep.labels import Labels
from blink.sweep.sampling import build_sampler
from blink.sweep.search import check_names, logs_at_wandb, read_search
from blink.sweep.storage import VARIABLE, open_storage
from blink.sweep.study import Study
from tests.sweep.studied import move_elsewhere

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
        (("sweep.budget.trials=2.5",), "a whole number from 1 up"),
        (("resume=runs/sweeps/a",), "true or false; the study is named by name="),
        (("resume=no",), "true or false; the study is named by name="),
        (("name=a/b",), "it names a folder"),
        (("name=..",), "it names a folder"),
        (("sweep.question=???",), "does not say sweep.question"),
        (("sweep.question=null",), "question is empty"),
        (("sweep.space=???",), "does not say sweep.space"),
        (("sweep.budget.minutes=0",), "minutes is 0"),
        (("sweep.objectives=[{metric: val/mrll/auc, direction: maximize}]",), "judged on rendered"),
        (("sweep.objectives=[{metric: test/mrl/auc, direction: maximize}]",), "has seen them"),
    ],
)
def test_search_is_refused_before_it_begins_when_it_cannot_be(
    tmp_path: Path, words: tuple[str, ...], fault: str
) -> None:
    with pytest.raises(ConfigError, match=fault):
        search(tmp_path, *words)
    assert list(tmp_path.iterdir()) == []


def test_search_leaves_no_folder_when_its_name_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match="it names a folder"):
        run(monkeypatch, "name=a/b", f"paths.runs={tmp_path / 'runs'}")
    assert list(tmp_path.iterdir()) == []


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    """As `python -m blink.sweep sweep=tiny` and these words."""
    monkeypatch.setattr(sys, "argv", ["blink.sweep", "sweep=tiny", *words])
    with monkeypatch.context() as patched:
        patched.setattr(logging.getLogger(), "handlers", [])  # Hydra puts its own there
        prepare(sys.argv)
        main()


def test_search_says_so_when_its_folder_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runs").touch()
    with pytest.raises(SystemExit, match=r"Cannot make .*runs.* \(Not a directory\).*paths.runs="):
        run(monkeypatch, f"paths.runs={tmp_path / 'runs'}")


def test_study_lies_in_a_folder_of_the_same_name_when_that_of_runs_is_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prepare([])
    config = OmegaConf.create({"runs": 2026, "dir": "${study_folder:${runs},eyes}"})
    assert config.dir == "2026/sweeps/eyes"
    assert (tmp_path / config.dir).is_dir()


@pytest.mark.parametrize("word", ["-m", "--multirun"])
def test_search_is_refused_when_it_is_to_be_several(word: str) -> None:
    with pytest.raises(SystemExit, match=r"not run with -m.*sweep\.space"):
        prepare(["blink.sweep", word, "sweep=tiny"])


def test_search_leaves_no_folder_when_it_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit, match="1"):
        run(monkeypatch, "resume=tru", f"paths.runs={tmp_path}")
    assert list((tmp_path / "sweeps").iterdir()) == []


def test_search_helps_when_no_search_is_named() -> None:
    words = [sys.executable, "-m", "blink.sweep", "--help"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "sweep: base, pareto, recipe, tiny" in done.stdout


def test_search_ends_with_what_was_raised_when_hydra_wrapped_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise InstantiationException("Error in call") from ConfigError("There is no grid.")

    here = SimpleNamespace(runtime=SimpleNamespace(output_dir=str(tmp_path)))
    monkeypatch.setattr(HydraConfig, "get", lambda: here)
    monkeypatch.setattr("blink.sweep.__main__._search", refuse)

    with pytest.raises(SystemExit, match="1"):
        main(composed("sweep=tiny"))

    assert told(caplog) == "There is no grid."


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


def test_search_fails_when_trials_ran_and_none_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.sweep.studied.finish", lambda *_: None)
    with pytest.raises(BlinkError, match=r"No trial finished; how .* in .*sweep\.log"):
        search(tmp_path)
    assert (tmp_path / "front" / "front.html").is_file()


class Elsewhere:
    """A launcher whose only trial is run by another machine when it ends."""

    def __call__(self, job: Job) -> None:
        study = job.open_study()
        assert isinstance(study, Study)
        study.ask()
        move_elsewhere(study, 0)
        study.close()


def test_search_is_no_failure_when_its_trial_is_alive_elsewhere(tmp_path: Path) -> None:
    config = composed("sweep=tiny")
    config.launcher = {"_target_": "tests.sweep.test_main.Elsewhere"}
    _search(config, tmp_path)
    assert (tmp_path / "front" / "front.html").is_file()


def test_search_is_no_failure_when_no_trial_was_to_begin(tmp_path: Path) -> None:
    search(tmp_path, "sweep.budget.hours=0")
    assert (tmp_path / "front" / "front.html").is_file()


QUALITY_ALONE = "sweep.objectives=[{metric: val/mean/auc, direction: maximize}]"


@pytest.mark.parametrize(
    ("words", "warnings"),
    [
        (("sweep/pruner=median",), 1),
        (("sweep/pruner=none",), 0),
        (("sweep/pruner=median", QUALITY_ALONE), 0),
    ],
)
def test_search_warns_when_a_pruner_may_stop_what_is_cheap(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, words: tuple[str, ...], warnings: int
) -> None:
    search(tmp_path, *words)
    assert told(caplog).count("The pruner looks at quality alone") == warnings


def test_search_keeps_its_study_open_until_the_front_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    close = Study.close

    def write_and_tell(study: Study) -> list[str]:
        order.append("front")
        return ["a trial"]

    monkeypatch.setattr("blink.sweep.__main__.write_front", write_and_tell)

    def close_and_tell(study: Study) -> None:
        order.append("close")
        close(study)

    monkeypatch.setattr(Study, "close", close_and_tell)
    search(tmp_path)
    assert order == ["close", "front", "close"]  # the first is the worker's


URL = "postgresql://anna:hush@db/blink"


@pytest.mark.parametrize(
    ("storage", "before"), [(f"'{URL}'", ""), (f"${{oc.env:{VARIABLE}}}", URL)], ids=["url", "env"]
)
def test_search_writes_no_password_when_its_url_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, storage: str, before: str
) -> None:
    monkeypatch.setenv(VARIABLE, before)
    opened: list[str | None] = []

    def open_instead(storage: str | None, folder: Path) -> Any:
        opened.append(storage)
        return open_storage(None, folder)

    monkeypatch.setattr("blink.sweep.opening.open_storage", open_instead)
    search(tmp_path, f"storage={storage}")
    assert opened == ["postgresql://anna:***@db/blink"] * 2
    assert os.environ[VARIABLE] == URL
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"hush" not in path.read_bytes(), path


@pytest.mark.parametrize(("logger", "is_there"), [("wandb", True), ("csv", False)])
def test_search_knows_whether_its_trials_log_at_wandb_when_it_has_composed_them(
    logger: str, is_there: bool
) -> None:
    config = composed("sweep=tiny", f'sweep.fixed=["logger={logger}"]')
    config.at_wandb = logs_at_wandb(check_names(read_search(config)))
    assert read_search(config).labels == Labels("study", "Does a search work here?", is_there)


def test_search_is_not_refused_when_a_data_set_is_judged_though_nobody_trains_on_it() -> None:
    config = composed("sweep=tiny", 'sweep.fixed=["data=rendered"]')
    config.sweep.objectives = [{"metric": "val/cew/auc", "direction": "maximize"}]
    assert check_names(read_search(config))


def test_search_becomes_a_file_for_wandb_when_that_is_asked_for(tmp_path: Path) -> None:
    search(tmp_path, "wandb=sweep")
    assert [path.name for path in tmp_path.iterdir()] == ["wandb-sweep.yaml"]
