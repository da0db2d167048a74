from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr

from blink.contract import Crop
from blink.data.manifest import Manifest
from blink.data.split import Split
from blink.data.split.ledger import Visitor
from blink.evaluation import closing_table, find_held_out, judge, load_models, read_predictions
from blink.evaluation.openness import judge_openness
from blink.evaluation.report import render_report
from blink.evaluation.report.openness import openness_table
from blink.runtime import Bundle, Detector
from blink.runtime.preprocessing import ChannelOrder
from tests.evaluation.assessed import study
from tests.evaluation.drawn import draw_manifest, make_report, make_test_set, predictions
from tests.evaluation.report.test_page import NO_MISTAKES, NOBODY

VISITOR = Visitor("2026-11-24T13:05:00+00:00", "13-05-00-drawn-ab12", "drawn", "train", "abc")
TRUE = [0.0, 0.2, 0.9, 1.0]


def answered(
    people: int, answers: Sequence[float | None], true: Sequence[float | None] = TRUE
) -> pd.DataFrame:
    """Everybody shows a closed eye, a half-closed one and two open ones."""
    return predictions(
        [1, None, 0, 0] * people,
        [0.5] * 4 * people,
        [f"p{number // 4}" for number in range(4 * people)],
        openness=list(true) * people,
        openness_answered=list(answers) * people,
    )


def test_judge_openness_measures_errors_and_ranks_when_truth_is_known() -> None:
    found = judge_openness(answered(3, [0.1, 0.5, 0.5, 0.8]), draws=20)
    assert found is not None
    everything, half = found.all_crops, found.half_closed
    assert (everything.n, everything.people, half.n, half.people) == (12, 3, 3, 3)
    assert everything.mean_error.value == pytest.approx((0.1 + 0.3 + 0.4 + 0.2) / 4)
    assert half.mean_error.value == pytest.approx(0.3)
    expected = spearmanr([0.1, 0.5, 0.5, 0.8] * 3, TRUE * 3).statistic
    assert everything.rank_correlation.value == pytest.approx(expected)
    assert half.rank_correlation.gap == "answers or eyes are all alike"
    assert everything.mean_error.gap == "too few people: 3, an interval needs at least 10"


def test_judge_openness_has_intervals_over_people_when_there_are_enough() -> None:
    table = answered(12, [0.1, 0.5, 0.5, 0.8])
    noise = np.random.default_rng(0).uniform(0, 0.2, len(table)).astype(np.float32)
    table["openness_answered"] = pd.array(noise + table["openness_answered"].to_numpy(), "Float32")
    found = judge_openness(table, draws=200)
    assert found is not None
    for one in (found.all_crops.mean_error, found.all_crops.rank_correlation):
        assert one.value is not None
        assert one.low is not None
        assert one.high is not None
        assert one.low < one.value < one.high < 1
    nobody = judge_openness(table.assign(subject=None), draws=20)
    assert nobody is not None
    assert (nobody.all_crops.people, nobody.all_crops.unknown) == (0, 48)


@pytest.mark.parametrize(
    "table",
    [
        answered(1, TRUE, [None] * 4),
        answered(1, [None] * 4),
        answered(1, TRUE).drop(columns="openness_answered"),  # as of a net of one output
    ],
)
def test_judge_openness_says_nothing_when_truth_or_answers_are_missing(table: pd.DataFrame) -> None:
    assert judge_openness(table) is None


class Opened(Detector):
    """Says the openness of the crops that it is asked about, and counts them."""

    def openness(
        self, crops: Sequence[Crop] | NDArray[np.uint8], colour: ChannelOrder = "rgb"
    ) -> NDArray[np.float32]:
        self.asked = [*getattr(self, "asked", []), len(crops)]
        return np.array([crop.mean() / 255 for crop in crops], np.float32)


def test_judge_asks_the_runtime_for_openness_when_a_bundle_has_it(
    rendered: tuple[Manifest, Split], bundle: Bundle, tmp_path: Path
) -> None:
    main, other = load_models([bundle])
    two_outputs = replace(bundle, golden=bundle.golden | {"openness": {}})
    detector = Opened(two_outputs, main.precision)
    (held_out,) = find_held_out(rendered, trained_on=True)
    held_out = replace(held_out, rows=held_out.rows[:6])
    models = [replace(main, intelligence=detector), other]
    test = judge(held_out, models, {}, tmp_path, VISITOR, batch=4)
    assert detector.asked == [1] * 6
    kept = read_predictions(tmp_path / "predictions" / "drawn-int8-on-rendered.parquet")
    expected = [np.float32(crop.mean() / 255) for crop in held_out.manifest.crops(held_out.rows)]
    assert kept["openness_answered"].tolist() == expected
    without = read_predictions(tmp_path / "predictions" / "drawn-fp32-on-rendered.parquet")
    assert "openness_answered" not in without
    assert [row.evaluation.openness is not None for row in test.rows] == [True, False]


def test_openness_stands_in_page_and_table_when_it_is_judged(tmp_path: Path) -> None:
    manifest = draw_manifest(tmp_path / "data", [1, None, 0, 0], openness=TRUE)
    test = study(
        make_test_set(manifest, [("net", "net", [0.9, 0.5, 0.2, 0.1])]),
        populations=NOBODY,
        mistakes=NO_MISTAKES,
    )
    assert openness_table(test) is None
    assert "<h4>Openness</h4>" not in render_report(make_report(test))
    assert "Openness on" not in closing_table(make_report(test))

    table = test.main.table.assign(openness_answered=[0.1, 0.5, 0.5, 0.8])
    told = study(
        replace(test, rows=[replace(test.main, table=table)]),
        populations=NOBODY,
        mistakes=NO_MISTAKES,
    )
    shown = openness_table(told)
    assert shown is not None
    assert [[cell.text for cell in line.cells] for line in shown.lines] == [
        ["net", "all", "0.250", "0.949", "4", "4"],
        ["net", "half-closed", "0.300", "–", "1", "1"],
    ]
    assert "<h4>Openness</h4>" in render_report(make_report(told))
    assert closing_table(make_report(told)).endswith(
        "Openness on Drawn people: mean error 0.250, of half-closed eyes 0.300; "
        "rank correlation 0.949, of half-closed eyes –."
    )
