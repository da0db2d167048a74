import pytest

from blink.contract import OperatingPoint
from blink.evaluation.evaluate import evaluate
from blink.evaluation.mistakes.calls import call
from blink.evaluation.mistakes.results import CropCosts
from tests.evaluation.drawn import predictions


@pytest.mark.parametrize("threshold", [0.1, 0.35, 0.5, 0.7])
def test_call_finds_the_mistakes_of_the_evaluation_when_scores_lie_on_the_threshold(
    threshold: float,
) -> None:
    table = predictions([1, 0, 1], [threshold, threshold, 0.01], ["a", "b", "c"])
    point = OperatingPoint(threshold)

    found = call(table, point, CropCosts())

    confusion = evaluate(table, point, draws=10).confusion
    assert found.called.tolist() == [True, True, False]
    assert found.wrong.sum() == confusion.missed_closures + confusion.false_closures == 2
