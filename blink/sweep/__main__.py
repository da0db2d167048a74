"""A search: `python -m blink.sweep sweep=NAME`; its config is conf/sweep.yaml."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import hydra
import optuna
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from blink.contract import BlinkError, whole_file
from blink.sweep import telling
from blink.sweep.front import FOLDER, write_front
from blink.sweep.job import Job
from blink.sweep.sampling import build_sampler
from blink.sweep.search import CONF, check_names, label, read_search
from blink.sweep.storage import hide_password
from blink.sweep.study import Study

log = logging.getLogger("blink.sweep")

SCRIPT = CONF.parent / "train.py"
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
        log.error("%s", _message(error))  # noqa: TRY400 - the traceback would bury the message
        sys.exit(1)


def _search(config: DictConfig, folder: Path) -> None:
    optuna.logging.disable_default_handler()  # conf/sweep.yaml sends it into sweep.log
    search = read_search(config)
    config.labels = label(config.name, config.sweep.question, check_names(search))
    if config.get("wandb") is not None:
        sampler = build_sampler(config.sweep.sampler, search.space)
        instantiate(config.wandb)(search=search, sampler=sampler).write(folder / "wandb-sweep.yaml")
        return
    with closing(Study.open(config, folder, resume=config.resume)) as study:
        with whole_file(folder / "sweep.yaml") as temporary:
            OmegaConf.save(config, temporary)
        study.recover()
        launch = instantiate(config.launcher)
        open_study = partial(Study.open, config, folder, resume=True)
        with _showing(study):
            launch(Job(open_study, folder, SCRIPT, config.sweep.budget.minutes))
        write_front(study)
        log.info("%s", telling.summary(study.records.all(), search))
        log.info("Front: %s", folder / FOLDER / "front.html")


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
    plain["storage"] = hide_password(plain["storage"])
    made: DictConfig = OmegaConf.create(plain)
    return made


def _message(error: BaseException) -> str:
    """Hydra wraps what a constructor raises; the person needs what was raised."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, BlinkError):
            return str(cause)
        cause = cause.__cause__
    return str(error)


if __name__ == "__main__":
    main()
