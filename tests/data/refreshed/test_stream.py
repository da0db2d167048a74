from pathlib import Path

import numpy as np
import pytest

from blink.contract import StorageError
from blink.data.refreshed.stream import render_files
from blink.data.workers import crew
from tests.data.refreshed.painted import Painted, level_of, stream
from tests.small_files import files_of_at_most


def test_stream_goes_round_the_slots_when_files_are_opened(tmp_path: Path) -> None:
    new = stream(tmp_path, slots=50)
    crops = np.concatenate([new.open(number) for number in (0, 1)])
    assert (new.size, len(crops)) == (64, 128)
    for number in (0, 1, 49, 50, 63, 64, 127):
        generation, slot = divmod(number, 50)
        label = slot % 2
        assert crops["pixels"].shape[1:] == (8, 8, 1)
        assert (crops["pixels"][number] == level_of(slot, generation, label)).all()
        assert crops["openness"][number] == 1 - label


def test_file_is_the_same_when_another_process_renders_it(tmp_path: Path) -> None:
    here, there = stream(tmp_path / "a", slots=10), stream(tmp_path / "b", slots=10)
    job = there, [1, 0]
    with crew(render_files.__module__, render_files.__name__, [job]) as (worker,):
        assert [worker.receive(), worker.receive()] == [1, 0]
    for number in (0, 1):
        made = there.path(number).read_bytes()
        here.open(number)
        assert here.path(number).read_bytes() == made


def test_file_is_kept_when_it_is_there_and_rendered_anew_when_it_is_damaged(tmp_path: Path) -> None:
    new = stream(tmp_path, slots=10)
    whole = new.open(0).copy()
    assert stream(tmp_path, 10, seed=7).open(0)["pixels"][0, 0, 0, 0] == 0  # read, not rendered
    path = new.path(0)
    path.write_bytes(path.read_bytes()[:-1])
    assert (new.open(0) == whole).all()


def test_open_says_that_the_disk_is_full_when_it_is(tmp_path: Path) -> None:
    new = stream(tmp_path, slots=10)
    with files_of_at_most(1000), pytest.raises(StorageError, match="No space left to write"):
        new.open(0)
    assert not new.path(0).exists()


def test_file_is_larger_when_there_are_many_slots(tmp_path: Path) -> None:
    sizes = [stream(tmp_path, slots).size for slots in (10, 4000, 100_000)]
    assert sizes == [64, 500, 2048]


def test_stream_depends_on_the_seed_when_eyes_do(tmp_path: Path) -> None:
    one, other = (stream(tmp_path / str(seed), 10, Painted(), seed).open(0) for seed in (0, 3))
    assert (other["pixels"] - one["pixels"] == 3).all()
