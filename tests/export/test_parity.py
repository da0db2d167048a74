import numpy as np
import pytest
import torch

from blink.contract import ExportError, InputSpec
from blink.export import Validation
from blink.export.parity import check_fp32, compare_int8, run_torch
from tests.exported import drawn, trained_net


def p(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.array(values, np.float32)


def test_check_fp32_gives_the_figures_when_both_agree() -> None:
    figures = check_fp32(p(0.1, 0.5), p(0.1, 0.50005))
    assert figures["crops"] == 2
    assert figures["largest_difference"] == pytest.approx(5e-5, rel=1e-2)


@pytest.mark.parametrize("other", [0.5002, 0.4998, float("nan"), float("inf")])
def test_check_fp32_names_the_crop_when_one_differs(other: float) -> None:
    with pytest.raises(ExportError, match="crop 1 has p_closed"):
        check_fp32(p(0.1, 0.5, 0.9), p(0.1, other, 0.90005))


def test_compare_int8_counts_at_the_operating_point_when_they_differ() -> None:
    labels = np.array([1, 1, 1, 1, 0, 0])
    fp32, int8 = p(0.9, 0.8, 0.7, 0.31, 0.2, 0.1), p(0.9, 0.8, 0.7, 0.29, 0.2, 0.3)
    figures = compare_int8(fp32, int8, labels, threshold=0.3)
    assert figures.balanced_accuracy_fp32 == 1.0
    assert figures.balanced_accuracy_int8 == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert figures.changed_decisions == pytest.approx(2 / 6)
    assert figures.largest_difference == pytest.approx(0.2)
    assert not figures.passed
    assert figures.to_dict()["passed"] is False


@pytest.mark.parametrize(("wrong", "passes"), [(0, True), (1, True), (2, False)])
def test_compare_int8_passes_when_within_half_a_point(wrong: int, passes: bool) -> None:
    labels = np.repeat([0, 1], 100)
    fp32 = labels.astype(np.float32)
    int8 = fp32.copy()
    int8[100 : 100 + wrong] = 0  # each of them costs half a hundredth of balanced accuracy
    assert compare_int8(fp32, int8, labels, threshold=0.5).passed is passes


def test_run_torch_answers_in_eval_mode_when_the_graph_is_training() -> None:
    crops, _ = drawn(20, seed=1)
    graph = trained_net().graph
    expected = run_torch(graph, crops)
    graph.train()
    try:
        np.testing.assert_array_equal(run_torch(graph, crops), expected)
        assert graph.training
    finally:
        graph.eval()
    with torch.inference_mode():
        np.testing.assert_array_equal(graph(torch.tensor(crops)).numpy(), expected)


@pytest.mark.parametrize(
    ("validation", "message"),
    [
        (Validation(np.zeros((4, 32, 40, 3), np.uint8), np.arange(4) % 2), "not uint8"),
        (Validation(np.zeros((3, 32, 32, 3), np.uint8), np.arange(4) % 2), "not uint8"),
        (Validation(np.zeros((4, 32, 32, 3)).view(), np.arange(4) % 2), "not float64"),  # type: ignore[arg-type]
        (Validation(np.zeros((4, 32, 32, 3), np.uint8), np.ones(4, np.int64)), r"are \[1\]"),
        (Validation(np.zeros((0, 32, 32, 3), np.uint8), np.ones(0, np.int64)), r"are \[\]"),
        (Validation(np.zeros((4, 32, 32, 3), np.uint8), np.arange(4)), "both 0"),
    ],
)
def test_validation_refuses_when_it_cannot_judge(validation: Validation, message: str) -> None:
    with pytest.raises(ExportError, match=message):
        validation.check(InputSpec())
