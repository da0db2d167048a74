import numpy as np
import pytest
import torch

from blink.contract import ExportError, InputSpec
from blink.export import Validation
from blink.export.parity import check_fp32, run_torch_whole
from blink.runtime.preprocessing import stack
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


def test_run_torch_whole_answers_in_eval_mode_when_the_graph_is_training() -> None:
    graph = trained_net().graph
    crops = stack(list(drawn(20, seed=1)[0]), graph.spec)
    (expected,) = run_torch_whole(graph, crops)
    graph.train()
    try:
        np.testing.assert_array_equal(run_torch_whole(graph, crops)[0], expected)
        assert graph.training
    finally:
        graph.eval()
    with torch.inference_mode():
        np.testing.assert_array_equal(graph(torch.tensor(crops)).numpy(), expected)


@pytest.mark.parametrize(
    ("validation", "message"),
    [
        (Validation(np.zeros((4, 1, 32, 40), np.uint8), np.arange(4) % 2), "not uint8"),
        (Validation(np.zeros((3, 1, 32, 32), np.uint8), np.arange(4) % 2), "not uint8"),
        (Validation(np.zeros((4, 1, 32, 32)).view(), np.arange(4) % 2), "not float64"),  # type: ignore[arg-type]
        (Validation(np.zeros((4, 1, 32, 32), np.uint8), np.ones(4, np.int64)), r"are \[1\]"),
        (Validation(np.zeros((0, 1, 32, 32), np.uint8), np.ones(0, np.int64)), r"are \[\]"),
        (Validation(np.zeros((4, 1, 32, 32), np.uint8), np.arange(4)), "both 0"),
        (
            Validation(np.zeros((4, 1, 32, 32), np.uint8), np.arange(4) % 2, np.zeros(3, np.int64)),
            "4 labels and people of shape",
        ),
    ],
)
def test_validation_refuses_when_it_cannot_judge(validation: Validation, message: str) -> None:
    with pytest.raises(ExportError, match=message):
        validation.check(InputSpec())
