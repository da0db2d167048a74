import time
from collections.abc import Sequence

import numpy as np
import pytest

from benchmarks import runtime_load
from benchmarks.runtime_load import drive, main
from blink.contract import Crop, Probabilities
from blink.runtime import Bundle

CROPS = [np.full((9, 9), level, np.uint8) for level in range(8)]
ANSWERS = [level / 8 for level in range(8)]


def right(crops: Sequence[Crop]) -> Probabilities:
    return np.array([ANSWERS[crops[0][0, 0]]], np.float32)


def test_load_prints_both_ways_without_a_fault_when_a_bundle_is_driven(
    bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(bundle.folder), "--callers", "1", "5", "--seconds", "0.2"]) == 0
    rows = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()[4:]]
    assert [row[:2] for row in rows] == [
        [callers, way] for callers in ("1", "5") for way in ("queue", "straight")
    ]
    for row in rows:
        p50, p99, p999, longest, rate = (float(cell.replace(",", "")) for cell in row[2:7])
        assert 0 < p50 <= p99 <= p999 <= longest
        assert rate > 0
        assert row[8:] == ["0", "0"]


def test_drive_hears_every_answer_when_all_is_well() -> None:
    waits = drive(right, CROPS, ANSWERS, callers=3, seconds=0.05)
    assert (waits.wrong, waits.lost) == (0, 0)
    assert len(waits.shares) == 3
    assert sum(waits.shares) == len(waits.seconds) > 0


def test_drive_counts_wrong_answers_when_another_callers_are_given() -> None:
    def mixed_up(crops: Sequence[Crop]) -> Probabilities:
        level = int(crops[0][0, 0])
        return right([CROPS[3]] if level == 2 else crops)

    waits = drive(mixed_up, CROPS, ANSWERS, callers=1, seconds=0.05)
    rounds, rest = divmod(len(waits.seconds), len(CROPS))
    assert waits.wrong == rounds + (rest > 2)
    assert waits.lost == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_drive_counts_lost_answers_when_a_call_fails_or_never_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runtime_load, "PATIENCE", 0.1)

    def failing(crops: Sequence[Crop]) -> Probabilities:
        if crops[0][0, 0] == 5:
            raise ZeroDivisionError
        return right(crops)

    def stuck(crops: Sequence[Crop]) -> Probabilities:
        time.sleep(1)
        return right(crops)

    assert drive(failing, CROPS, ANSWERS, callers=2, seconds=0.05).lost == 2
    assert drive(stuck, CROPS, ANSWERS, callers=2, seconds=0.05).lost == 2


@pytest.mark.parametrize("words", [["--callers", "0"], ["--seconds", "0"], ["--threads", "0"]])
def test_options_are_refused_when_they_make_no_sense(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["a-bundle", *words])
