import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from blink.contract import ConfigError
from blink.contract.places import CONF
from blink.entry import prepare_process
from blink.entry.run_folder import name_folder, open_run
from blink.entry.watching import end_run
from blink.runs import CONFIG, State, read_run


def test_name_folder_says_date_time_and_name_when_the_run_is_new() -> None:
    folder = name_folder("runs", "real", None)
    assert re.fullmatch(r"runs/\d{4}-\d\d-\d\d/\d\d-\d\d-\d\d-real-[0-9a-f]{4}", folder)
    assert name_folder("runs", "real", None) == folder


def test_name_folder_is_the_runs_own_when_it_is_resumed(tmp_path: Path) -> None:
    (tmp_path / CONFIG).write_text("name: real\n")
    assert name_folder("runs", "other", str(tmp_path)) == str(tmp_path)


def test_name_folder_is_the_runs_own_when_its_name_is_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "2026").mkdir()
    (tmp_path / "2026" / CONFIG).write_text("name: real\n")
    assert name_folder("runs", "other", 2026) == "2026"


def test_name_folder_refuses_when_there_is_no_run_to_resume(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no run to go on with"):
        name_folder("runs", "real", str(tmp_path / "nowhere"))
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("name", ["a/b", "", "a b", "x" * 101])
def test_name_folder_refuses_when_the_name_is_none_for_a_folder(name: str) -> None:
    with pytest.raises(ConfigError, match=f"name is '{name}'; .* up to 100 letters.*: name=NAME"):
        name_folder("runs", name, None)


def test_name_folder_refuses_when_neither_data_nor_user_gives_a_name() -> None:
    with pytest.raises(ConfigError, match="no name, since its config of data has none"):
        name_folder("runs", None, None)


def test_run_lies_in_a_folder_of_the_same_name_when_that_of_runs_is_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prepare_process()
    config = OmegaConf.create({"runs": 2026, "dir": "${run_folder:${runs},real,null}"})
    assert config.dir == name_folder("2026", "real", None)
    assert list(tmp_path.iterdir()) == [tmp_path / "2026"]


@pytest.mark.parametrize("place", ["run", "sweep"])  # of one run, and of a grid: -m
def test_run_ends_with_a_sentence_when_no_folder_of_runs_is_named(place: str) -> None:
    prepare_process()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("train", ["paths.runs=null"], return_hydra_config=True)
    with pytest.raises(SystemExit, match=r"paths\.runs names no folder .*paths\.runs=FOLDER"):
        str(cfg.hydra[place].dir)


def test_name_folder_is_another_when_a_forked_process_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    before = name_folder("runs", "real", None)
    monkeypatch.setattr("os.getpid", lambda: -1)
    assert name_folder("runs", "real", None) != before


CFG = OmegaConf.create(
    {
        "name": "pico",
        "question": "Is it small?",
        "resume": None,
        "data": {},
        "keep_checkpoint": True,
        "trainer": {"max_epochs": 3},
    }
)


def opened(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    *overrides: str,
    resume: str | None = None,
    **changes: Any,
) -> DictConfig:
    """The config that holds where `train.py` is started with these words."""
    hydra = SimpleNamespace(
        runtime=SimpleNamespace(output_dir=str(folder), choices={"model": "pico"}),
        overrides=SimpleNamespace(task=list(overrides)),
    )
    monkeypatch.setattr(HydraConfig, "get", lambda: hydra)
    monkeypatch.setenv("WANDB_DATA_DIR", "")
    monkeypatch.setenv("WANDB_CACHE_DIR", "")
    cfg = OmegaConf.merge(CFG, {"resume": resume}, changes)
    assert isinstance(cfg, DictConfig)
    return open_run(cfg)[1]


def test_open_run_notes_what_runs_when_it_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(monkeypatch, tmp_path, "seed=3")
    run = read_run(tmp_path)
    end_run(KeyboardInterrupt())
    assert (run.state, run.name, run.about.epochs) == (State.RUNNING, "pico", 3)
    assert run.about.command == "python train.py seed=3"
    assert run.config["made_by"]["command"] == run.about.command


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"data": {"licence": "???"}}, r"Say it in a sentence, .* or with data\.licence="),
        ({"trainer": {"max_epochs": "two"}}, "max_epochs must be a whole .* not 'two'"),
        ({"trainer": {"max_epochs": 0}}, "max_epochs must be a whole number from 1 up, not 0"),
        ({"trainer": {"max_epochs": None}}, "not None; null is for"),
    ],
)
def test_open_run_leaves_nothing_when_the_config_cannot_be_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ConfigError, match=fault):
        opened(monkeypatch, tmp_path, **changes)
    assert list(tmp_path.iterdir()) == []


def test_open_run_knows_no_number_of_epochs_when_steps_end_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(monkeypatch, tmp_path, trainer={"max_epochs": None, "max_steps": 10})
    end_run(None)
    assert read_run(tmp_path).about.epochs is None


def test_open_run_goes_on_with_a_run_when_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(monkeypatch, tmp_path, "seed=3")
    end_run(KeyboardInterrupt())
    word = f"resume={tmp_path}"
    cfg = opened(monkeypatch, tmp_path, word, resume=str(tmp_path))
    end_run(None)
    run = read_run(tmp_path)
    assert cfg.made_by.command == "python train.py seed=3"
    assert run.status is not None
    assert (run.state, run.status.attempts) == (State.FINISHED, 2)
    with pytest.raises(ConfigError, match=r"finished and kept no checkpoint.*: python train.py se"):
        opened(monkeypatch, tmp_path, word, resume=str(tmp_path))
    with pytest.raises(ConfigError, match="seed=4 cannot change it"):
        opened(monkeypatch, tmp_path, word, "seed=4", resume=str(tmp_path))
    assert read_run(tmp_path).status == run.status


def test_open_run_says_what_an_older_config_could_not_when_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(monkeypatch, tmp_path, seed=3)
    end_run(KeyboardInterrupt())
    resume = str(tmp_path)
    cfg = opened(monkeypatch, tmp_path, resume=resume, seed=0, inspection={"seed": "${seed}"})
    end_run(KeyboardInterrupt())
    assert (cfg.seed, cfg.inspection.seed) == (3, 3)  # of the run, as it was configured


def test_open_run_refuses_when_a_grid_is_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match=r"resume=runs/old goes on with one run.* without -m"):
        opened(monkeypatch, tmp_path, "resume=runs/old", resume="runs/old")
    assert list(tmp_path.iterdir()) == []
