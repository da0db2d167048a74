import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from blink.data.batch import Batch
from blink.data.refreshed.schedule import Schedule
from tests.data.refreshed.painted import level_of
from tests.data.refreshed.scheduled import FIRST_ROW, rows_of, schedule

OWN = 255  # of crops that are the data set's own


def shown(what: Schedule, rows: NDArray[np.int64], epoch: int) -> Batch:
    """What an epoch shows where the data set's own crops are white and of unknown openness."""
    pixels = torch.full((len(rows), 1, 8, 8), OWN, dtype=torch.uint8)
    unknown = torch.full((len(rows),), torch.nan)
    batch = Batch(pixels, unknown.clone(), unknown.clone(), 0)
    what.overwrite(batch, rows, epoch)
    return batch


def levels(what: Schedule, rows: NDArray[np.int64], epoch: int) -> list[int]:
    pixels = shown(what, rows, epoch).pixels
    assert (pixels == pixels[:, :, :1, :1]).all()
    found: list[int] = pixels[:, 0, 0, 0].tolist()
    return found


@pytest.mark.parametrize(("slots", "share"), [(10, 0.25), (70, 0.3), (9, 1.0), (5, 0.1)])
def test_slots_are_rendered_anew_one_after_the_other_when_epochs_pass(
    tmp_path: Path, slots: int, share: float
) -> None:
    what = schedule(tmp_path, slots, share)
    expected, passed = [OWN] * slots, 0
    for epoch in range(12):
        for number in range(passed, int(epoch * share * slots)):
            generation, slot = divmod(number, slots)
            expected[slot] = level_of(slot, generation, slot % 2)
        passed = int(epoch * share * slots)
        assert levels(what, rows_of(slots), epoch) == expected


def test_share_of_the_slots_changes_when_an_epoch_passes(tmp_path: Path) -> None:
    what = schedule(tmp_path, slots=40, share=0.25)
    for epoch in range(6):
        now, then = (np.array(levels(what, rows_of(40), e)) for e in (epoch, epoch + 1))
        assert (now != then).sum() == 10


def test_first_epoch_shows_the_data_set_itself(tmp_path: Path) -> None:
    assert levels(schedule(tmp_path, 10, share=1.0), rows_of(10), 0) == [OWN] * 10


def test_other_rows_stay_when_they_are_no_slots(tmp_path: Path) -> None:
    what = schedule(tmp_path, slots=3, share=1.0)
    rows = FIRST_ROW + np.array([7, 4, -1, 3, 0, 0])
    slot_2, slot_0 = level_of(2, 0, 0), level_of(0, 0, 0)
    batch = shown(what, rows, 1)
    assert batch.pixels[:, 0, 0, 0].tolist() == [OWN, slot_2, OWN, OWN, slot_0, slot_0]
    assert torch.isnan(batch.openness).tolist() == [True, False, True, True, False, False]
    assert batch.openness[1] == 1.0


def test_openness_is_that_of_the_new_crop(tmp_path: Path) -> None:
    batch = shown(schedule(tmp_path, slots=4, share=0.5), rows_of(4), 1)
    assert batch.openness[:2].tolist() == [1.0, 0.0]
    assert torch.isnan(batch.openness[2:]).all()


def test_schedule_shows_the_same_when_it_is_resumed_without_its_files(tmp_path: Path) -> None:
    before = schedule(tmp_path / "a", slots=90, share=0.3)
    for epoch in range(7):
        last = levels(before, rows_of(90), epoch)
    assert levels(schedule(tmp_path / "b", slots=90, share=0.3), rows_of(90), 6) == last


def test_schedule_travels_without_its_files_when_it_goes_to_a_worker(tmp_path: Path) -> None:
    what = schedule(tmp_path, slots=1000, share=1.0)
    expected = levels(what, rows_of(1000)[:20], 1)
    sent = pickle.dumps(what)
    assert len(sent) < 2000
    assert levels(pickle.loads(sent), rows_of(1000)[:20], 1) == expected  # noqa: S301 - our own
