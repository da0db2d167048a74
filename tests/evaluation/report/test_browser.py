from pathlib import Path

import numpy as np
import pytest

from blink.evaluation.report import write_report
from tests.evaluation.assessed import draw_assessment, study
from tests.evaluation.drawn import draw_manifest, make_report, make_test_set
from tests.pages.browser import look_at, needs_browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    people = draw_manifest(folder / "data", np.tile([1, 0], 60).tolist(), people=15)
    scores = np.random.default_rng(0).random(120).tolist()
    rows = [("a-vote-of-three-heuristics", "heuristic", scores[::-1]), ("net", "net", scores)]
    write_report(
        folder / "report.html", make_report(study(make_test_set(people, rows), draw_assessment()))
    )
    return folder / "report.html"


@needs_browser
@pytest.mark.long
@pytest.mark.parametrize("is_dark", [False, True])
@pytest.mark.parametrize("width", [390, 1200])
def test_report_draws_its_charts_without_complaint_when_opened(
    page: Path, width: int, is_dark: bool
) -> None:
    sight = look_at(page, width, is_dark=is_dark)
    assert sight.console == []
    assert sight.facts["svgs"] == sight.facts["charts"] == 7
    assert sight.facts["drawn"] > 100  # type: ignore[operator]
    assert sight.facts["buttons"] == sight.facts["heads"] > 0  # type: ignore[operator]
    assert sight.facts["scroll"] == sight.facts["client"]
    assert sight.facts["paper"] == ("rgb(20, 24, 28)" if is_dark else "rgb(251, 250, 248)")


@needs_browser
@pytest.mark.long
def test_table_is_sorted_when_its_head_is_pressed(page: Path) -> None:
    facts = look_at(page, 800, is_dark=False).facts
    numbers = facts["sorted"]
    assert isinstance(numbers, list)
    assert facts["way"] == "ascending"
    assert len(numbers) == 28  # everybody, who stood with the unluckiest first
    assert numbers == sorted(numbers) != numbers[::-1]
