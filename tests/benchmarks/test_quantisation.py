import numpy as np
import pytest
from torch import nn

from benchmarks.quantisation import compare, make_uneven
from blink.export import Validation
from blink.export.search import Learning, Material
from blink.runtime.preprocessing import stack
from tests.exported import drawn, run_torch, trained_net


def judged(count: int, seed: int) -> Validation:
    crops, labels = drawn(count, seed)
    return Validation(stack(list(crops), trained_net().graph.spec), labels)


def test_make_uneven_changes_no_answer_when_it_makes_a_channel_larger() -> None:
    crops = judged(50, 3).crops
    net = trained_net()
    uneven = make_uneven(net, 30)
    np.testing.assert_allclose(
        run_torch(uneven.graph, crops), run_torch(net.graph, crops), rtol=0, atol=1e-5
    )
    first, *_ = (layer for layer in uneven.graph.net.modules() if isinstance(layer, nn.Conv2d))
    largest = first.weight.abs().amax((1, 2, 3))
    assert largest[len(largest) // 2] > 5 * largest[:4].max()


@pytest.mark.long
def test_compare_prints_a_row_for_each_way_of_rounding_when_it_runs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    learnt = judged(64, 2)
    material = Material(judged(50, 3), learnt.crops, Learning(learnt.crops, learnt.labels))
    compare(trained_net(), material, epochs=1)
    lines = capsys.readouterr().out.splitlines()
    assert "on 50 crops of unknown validation people" in lines[1]
    assert [line.count("|") for line in lines[3:]] == [6] * 13
    assert lines[-1].startswith("| … left in float | +0.00 ")
