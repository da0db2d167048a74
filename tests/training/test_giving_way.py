from pathlib import Path
from typing import Any

import blink.torchvision_mend  # noqa: F401

import pytest
import torch
from lightning import Callback, LightningDataModule, Trainer
from torch.utils.data import DataLoader

from blink.contract import DataError
from blink.latency.slot import VARIABLE, open_slot
from blink.training.giving_way import GivesWay
from tests.slots import can_measure, looks_when_giving_way
from tests.training.quiet import Line, quiet_trainer


class Watched(Callback):
    """Looks, at each step, whether somebody else could measure now."""

    def __init__(self, slot: Path, breaks_off: bool = False) -> None:
        self.slot, self._breaks_off = slot, breaks_off
        self.callbacks: list[type[Callback]] = []
        self.others_can_measure: list[bool] = []

    def on_train_batch_end(self, trainer: Trainer, *_: Any) -> None:
        self.callbacks = [type(one) for one in trainer.callbacks]  # type: ignore[attr-defined]
        if open_slot() is not None:
            self.others_can_measure.append(can_measure(self.slot))
        if self._breaks_off:
            raise ConnectionAbortedError


def train(watched: Watched) -> None:
    trainer = quiet_trainer(
        max_steps=3,
        enable_checkpointing=False,
        callbacks=[GivesWay(), watched],
    )
    trainer.fit(Line(), DataLoader(torch.ones(3, 1)))  # type: ignore[arg-type]


def test_training_has_no_further_callback_when_nobody_measures_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    watched = Watched(tmp_path)

    train(watched)

    assert Watched in watched.callbacks
    assert GivesWay not in watched.callbacks


@pytest.mark.parametrize("breaks_off", [False, True])
def test_training_holds_the_slot_until_it_is_over_when_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks_off: bool
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "slot"))
    watched = Watched(tmp_path / "slot", breaks_off)

    if breaks_off:
        with pytest.raises(ConnectionAbortedError):
            train(watched)
    else:
        train(watched)

    assert watched.others_can_measure == [False] * (1 if breaks_off else 3)
    assert can_measure(tmp_path / "slot")


def test_training_gives_way_at_each_step_when_there_is_a_slot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = looks_when_giving_way(tmp_path / "slot", monkeypatch)

    train(Watched(tmp_path / "slot"))

    assert len(looks) == 3


class NoData(LightningDataModule):
    """Cannot be set up."""

    def setup(self, stage: str) -> None:
        del stage
        raise DataError("Nobody is here to train on.")


def test_training_says_what_is_wrong_with_the_data_when_they_cannot_be_set_up() -> None:
    trainer = quiet_trainer(max_steps=1, enable_checkpointing=False, callbacks=[GivesWay()])
    with pytest.raises(DataError, match="Nobody is here to train on"):
        trainer.fit(Line(), datamodule=NoData())
