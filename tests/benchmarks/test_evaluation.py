import re

import pytest

from benchmarks.evaluation import main, make_predictions
from blink.evaluation.slices import cut_by_attributes
from blink.evaluation.statistics import Sample


@pytest.mark.long
def test_evaluation_prints_seconds_of_each_stage_when_it_is_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--crops", "3000", "--draws", "20", "--people", "60"]) == 0
    header, _, known, unknown = capsys.readouterr().out.splitlines()[-4:]
    assert header == "| people | slices | statistics | report |"
    assert re.fullmatch(r"\| 60 \| 40 \|( \d+\.\d \(\d+\.\d\) \|)+", known)
    assert re.fullmatch(r"\| unknown \| 40 \|( \d+\.\d \(\d+\.\d\) \|)+", unknown)


def test_predictions_have_forty_slices_and_their_people_when_they_are_made_up() -> None:
    table = make_predictions(5000, 30)
    assert sum(1 for _ in cut_by_attributes(table)) == 40
    assert Sample.of(table).known == 30
    assert Sample.of(make_predictions(600, None)).unknown == 600


def test_evaluation_refuses_when_there_is_nothing_to_do() -> None:
    with pytest.raises(SystemExit):
        main(["--draws", "0"])
