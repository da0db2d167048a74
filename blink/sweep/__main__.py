"""A search: `python -m blink.sweep sweep=NAME`; its config is conf/sweep.yaml."""

import logging
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import blink.early  # noqa: F401 - which has the imports below take less time, and end in a line

import hydra
import optuna
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from optuna.pruners import NopPruner

from blink.contract import BlinkError, ConfigError, atomic_file, causes
from blink.contract.places import CONF
from blink.runs import below_root_or_exit
from blink.sweep import telling
from blink.sweep.front import FOLDER, write_front
from blink.sweep.job import Job
from blink.sweep.launchers import Launcher
from blink.sweep.objectives import COSTS
from blink.sweep.records import counts
from blink.sweep.sampling import build_sampler
from blink.sweep.search import check_name, check_names, logs_at_wandb, read_search
from blink.sweep.storage import hide_password, make_absolute
from blink.sweep.study import Study

log = logging.getLogger("blink.sweep")

SCRIPT = CONF.parent / "train.py"
LOG = "sweep.log"
_LOOK = 1.0


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="sweep")
def main(cfg: DictConfig) -> None:
    """Searches, and leaves a front."""
    folder = Path(HydraConfig.get().runtime.output_dir).resolve()
    try:
        _search(_plain(cfg), folder)
    except KeyboardInterrupt:
        log.warning("Stopped. The same command with resume=true goes on, nothing is lost.")
        sys.exit(130)
    except (BlinkError, HydraException) as error:
        fault = next((one for one in causes(error) if isinstance(one, BlinkError)), error)
        log.error("%s", fault)  # noqa: TRY400 - the traceback would bury the message
        _leave_nothing(folder)
        sys.exit(1)


def _leave_nothing(folder: Path) -> None:
    """Of a search that was refused before it began."""
    if folder.is_dir() and {one.name for one in folder.iterdir()} <= {LOG}:
        shutil.rmtree(folder)


def _search(config: DictConfig, folder: Path) -> None:
    optuna.logging.disable_default_handler()  # conf/sweep.yaml sends it into sweep.log
    if type(config.resume) is not bool:
        raise ConfigError(
            f"resume={config.resume}: resume is true or false; the study is named by name=NAME."
        )
    search = read_search(config)
    config.at_wandb = logs_at_wandb(check_names(search))
    if config.get("wandb") is not None:
        sampler = build_sampler(config.sweep.sampler, search.space)
        instantiate(config.wandb)(search=search, sampler=sampler).write(folder / "wandb-sweep.yaml")
        return
    launch: Launcher = instantiate(config.launcher)
    with closing(Study.open(config, folder, resume=config.resume)) as study:
        _warn(study)
        with atomic_file(folder / "sweep.yaml") as temporary:
            OmegaConf.save(config, temporary)
        study.recover()
        open_study = partial(Study.open, config, folder, resume=True)
        with _showing(study):
            launch(Job(open_study, folder, SCRIPT, config.sweep.budget.minutes))
        front, trials = write_front(study), study.records.all()
        log.info("%s", telling.summary(trials, search))
        log.info("Front: %s", folder / FOLDER / "front.html")
    if not front and any(counts(one) and one.state.is_finished() for one in trials):
        raise BlinkError(f"No trial finished; how each of them ended stands in {folder / LOG}.")


def _warn(study: Study) -> None:
    """A pruner sees quality alone."""
    costs = [one.metric for one in study.search.objectives if one.metric in COSTS]
    if costs and not isinstance(study.optuna.pruner, NopPruner):
        log.warning(
            "The pruner looks at quality alone, and this search is for %s too: it may stop what is "
            "cheap, of which a front is made. sweep/pruner=none trains every trial to its end.",
            ", ".join(costs),
        )


@contextmanager
def _showing(study: Study) -> Iterator[None]:
    """Tells what ends while the launcher waits, and counts the time."""
    news = telling.News(study.search)
    if before := study.records.all():
        news.skip(before)
        log.info("Goes on: %s", telling.progress(before, study.search, study.clock.seconds()))
    ended = threading.Event()
    shower = threading.Thread(target=_show, args=(study, news, ended), daemon=True)
    study.tick()
    shower.start()
    try:
        yield
    finally:
        ended.set()
        shower.join()
        _tell(study, news)


def _show(study: Study, news: telling.News, ended: threading.Event) -> None:
    while not ended.wait(_LOOK):
        try:
            study.tick()
            _tell(study, news)
        except Exception:
            log.exception("The study cannot be read now; its workers may go on.")
            ended.wait(30 * _LOOK)


def _tell(study: Study, news: telling.News) -> None:
    trials = study.records.all()
    if lines := news.lines(trials):
        for line in lines:
            log.info("%s", line)
        log.info("%s", telling.progress(trials, study.search, study.clock.seconds()))


def _plain(cfg: DictConfig) -> DictConfig:
    """The config as it may be written down and sent to other processes: resolved, no password."""
    plain: Any = OmegaConf.to_container(cfg, resolve=True)
    plain["storage"] = hide_password(make_absolute(plain["storage"]))
    made: DictConfig = OmegaConf.create(plain)
    return made


def prepare(words: list[str]) -> None:
    """What has to hold before Hydra reads a command; what it would bury is said here."""
    if {"-m", "--multirun"} & set(words):
        sys.exit(
            "A search is not run with -m, which is for train.py: what varies stands in "
            "sweep.space, and each search is a command of its own."
        )
    if {"--help", "-h"} & set(words) and not any(word.startswith("sweep=") for word in words):
        words.append("sweep=tiny")  # Hydra composes a config before it helps
    OmegaConf.register_new_resolver("study_folder", _study_folder, replace=True)


def _study_folder(runs: object, name: str) -> str:
    """Where a study of that name lies; it is made, since not every name is one for a folder."""

    def make(root: Path) -> Path:
        folder = root / "sweeps" / check_name(name)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    return below_root_or_exit(runs, make)


if __name__ == "__main__":
    prepare(sys.argv)
    main()
