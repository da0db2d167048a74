"""A study is begun or opened, never as another search, and never over the runs of another study."""

import secrets
from functools import partial
from pathlib import Path
from typing import Final

import optuna
from hydra.utils import instantiate
from omegaconf import DictConfig
from optuna.exceptions import DuplicatedStudyError

from blink.contract import ConfigError, atomic_file
from blink.sweep.pruning import find_decisive
from blink.sweep.records import Records
from blink.sweep.sampling import SharedSampler, build_sampler
from blink.sweep.search import Search
from blink.sweep.storage import open_storage

SEARCH: Final = "search"
"""What a study notes of the search that it is for."""

TOKEN: Final = "token"  # noqa: S105 - no secret
"""What it notes to be known from any other study of its name, itself or below it.

Machines that begin a study at once may each give it one, all of which are its.
"""

TRIALS: Final = "trials"
"""Where its runs lie, below its folder."""

_MARK: Final = ".study"
"""File beside the runs that holds the token of their study."""


def open_records(config: DictConfig, search: Search, folder: Path, *, resume: bool) -> Records:
    """Opens a study in its storage, or begins it.

    Args:
        config: `conf/sweep.yaml` as it was composed.
        search: That the study is for.
        folder: Of the study.
        resume: Whether it may be there already.

    Raises:
        ConfigError: It is there and was not to be gone on with, is another search, the runs in its
            folder are another study's, or its pruner has no curve to look at.
        StorageError: Its storage cannot be reached or written.
    """
    pruner = instantiate(config.sweep.pruner)
    find_decisive(pruner, search.objectives)
    begin = partial(
        optuna.create_study,
        sampler=SharedSampler(build_sampler(config.sweep.sampler, search.space)),
        pruner=pruner,
        storage=open_storage(config.storage, folder),  # last: what is refused leaves none
        study_name=search.labels.name,
        directions=[one.direction for one in search.objectives],
    )
    try:
        records = Records(begin(load_if_exists=resume))
    except DuplicatedStudyError:
        raise ConfigError(
            f"The study {config.name} is there already ({config.storage or folder}). Go on "
            "with it by resume=true, or give another one a name of its own: name=NAME."
        ) from None
    _refuse_runs_of_others(records, folder / TRIALS)
    _check_same(records, search)
    _claim(records, folder / TRIALS)
    return records


def _refuse_runs_of_others(records: Records, place: Path) -> None:
    """Figures are read from where the number of a trial says that its runs lie."""
    mark = place / _MARK
    marked = mark.read_text() if mark.is_file() else None  # before the token, after which it is set
    tokens = _tokens(records)
    has_runs = place.is_dir() and any(not one.name.startswith(".") for one in place.iterdir())
    is_older = not tokens and bool(records.all())  # than tokens are
    is_anothers = marked is not None and marked not in tokens
    is_nobodys = marked is None and not is_older
    if has_runs and (is_anothers or is_nobodys):
        raise ConfigError(
            f"{place} holds runs of another study, begun under the same name, whose figures would "
            "be taken for this one's. Give this one another name (name=NAME), or move "
            f"{place.parent} away."
        )


def _check_same(records: Records, search: Search) -> None:
    """Notes in a new study what it is for."""
    kept, now = records.notes().get(SEARCH), search.essence
    if kept is None:
        records.note(SEARCH, now)
        return
    others = [name for name in now if kept.get(name) != now[name]]
    if others:
        differences = [f"sweep.{name} was {kept.get(name)} and is {now[name]}" for name in others]
        raise ConfigError(
            f"The study {records.study.study_name} is another search: {'; '.join(differences)}. "
            "Values of the two cannot be compared. Go on with it as it was begun, or begin "
            "another one: name=NAME."
        )


def read_token(folder: Path) -> str:
    """The token of a study that was opened, by which its folder is marked."""
    return (folder / TRIALS / _MARK).read_text()


def _tokens(records: Records) -> list[str]:
    notes = records.notes()
    older = [notes[TOKEN]] if TOKEN in notes else []
    return older + sorted(name.split("/")[1] for name in notes if name.startswith(f"{TOKEN}/"))


def _claim(records: Records, place: Path) -> None:
    """Gives a new study its token, and marks the folder of its runs with it.

    No token ever takes another one's place: runs may have begun in a folder that bears it.
    """
    mark = place / _MARK
    tokens = _tokens(records)
    if mark.is_file() and mark.read_text() in tokens:
        return
    if not tokens:
        tokens = [secrets.token_hex(4)]
        records.note(f"{TOKEN}/{tokens[0]}", True)
    with atomic_file(mark) as temporary:
        temporary.write_text(tokens[0])
