from pathlib import Path

import pytest

from blink.contract import OperatingPoint
from blink.evaluation.report.kinds import collect_pictures
from tests.evaluation.assessed import draw_populations
from tests.evaluation.drawn import draw_manifest, make_test_set


@pytest.mark.parametrize("threshold", [0.35, 0.7])
def test_collect_pictures_calls_as_the_evaluation_does_when_a_score_lies_on_the_threshold(
    tmp_path: Path, threshold: float
) -> None:
    manifest = draw_manifest(tmp_path / "people", [1, 0])
    test = make_test_set(manifest, [("net", "net", [threshold, 0.1])])
    vars(test.main).update(operating_point=OperatingPoint(threshold))
    ids = test.main.table["id"].tolist()

    found = collect_pictures(test, None, draw_populations(ids))

    assert [found[one].caption.split(" · ")[0] for one in ids] == [
        "labelled closed, called closed",
        "labelled open, called open",
    ]
    assert test.main.evaluation.confusion.missed_closures == 0
