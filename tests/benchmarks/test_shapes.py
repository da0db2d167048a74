import re
from pathlib import Path

import numpy as np
import onnx
import pytest

from benchmarks import shapes, where_the_microseconds_go
from benchmarks.shapes import build, describe
from benchmarks.where_the_microseconds_go import count_nodes, cut_behind, open_session, optimised
from blink.contract import ConfigError, InputSpec
from blink.runtime import Bundle, Detector

SPEC = InputSpec(16, 16)
CROPS = np.random.default_rng(0).integers(0, 256, (8, 1, 16, 16), dtype=np.uint8)
LAYERS = "[[8,2],[16,2,5]]"


def test_describe_counts_what_the_net_has_when_it_is_known() -> None:
    shape = describe("net", build(LAYERS, SPEC, padded=False), SPEC, CROPS)
    weights, last = (9 * 8, 25 * 8 * 16), 16
    assert shape.parameters == sum(weights) + 2 * (8 + 16) + last + 1
    assert shape.places == (2, 2)
    assert shape.multiplications == 49 * weights[0] + 4 * weights[1] + last


def test_describe_exports_both_precisions_of_the_same_net_when_nobody_trained_it() -> None:
    shape = describe("net", build(LAYERS, SPEC, padded=True), SPEC, CROPS)
    answers = {
        precision: open_session(model).run(None, {"crops": CROPS})[0]
        for precision, model in shape.graphs.items()
    }
    assert answers["fp32"].shape == (8,)
    assert 0 < np.abs(answers["fp32"] - answers["int8"]).max() < 0.05
    assert count_nodes(shape.graphs["int8"])["QLinearConv"] == 2
    assert count_nodes(shape.graphs["fp32"])["Conv"] == 2


@pytest.mark.parametrize("shape", ["gigantic", "[[8,2]", "8", "[8, 2]"])
def test_build_says_what_a_shape_is_when_it_is_none(shape: str) -> None:
    with pytest.raises(ConfigError, match=r"no (model of conf/model .*pico|list of layers)"):
        build(shape, SPEC, padded=True)


def test_shapes_prints_a_row_a_net_when_it_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    assert shapes.main([LAYERS, "--side", "16", "--seconds", "0.05", "--processes", "2"]) == 0
    row = capsys.readouterr().out.splitlines()[-1]
    ratio = r"\d+\.\d\d \[\d+\.\d\d, \d+\.\d\d\]"
    precision = rf"\d+ \| \d+\.\d \| {ratio}"
    assert re.fullmatch(
        rf"\| {re.escape(LAYERS)} \| 3,337 \| 0\.06 \| 4×4 \| {precision} \| {precision} \|", row
    )


def test_shapes_says_so_when_a_shape_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert shapes.main(["gigantic"]) == 1
    assert "no model of conf/model" in capsys.readouterr().err


def test_cut_behind_answers_with_what_the_node_makes_when_the_graph_goes_on(bundle: Bundle) -> None:
    model, crops = bundle.path("int8").read_bytes(), bundle.golden_crops()[:1]
    whole = optimised(model)
    count = len(whole.graph.node)
    parts = [cut_behind(whole, number) for number in range(count)]
    answers = [open_session(part, is_optimised=True).run(None, {"crops": crops}) for part in parts]
    assert all(len(answer) == 1 for answer in answers)
    assert [len(onnx.load_from_string(part).graph.node) for part in parts] == [*range(1, count + 1)]
    assert np.array_equal(answers[-1][0], open_session(model).run(None, {"crops": crops})[0])


def test_where_the_microseconds_go_lists_each_node_that_runs_when_given_a_bundle(
    bundle: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    assert where_the_microseconds_go.main([str(bundle.folder), "--rounds", "20"]) == 0
    out = capsys.readouterr().out
    detector = Detector.load(bundle.folder)
    running = count_nodes(bundle.path(detector.precision).read_bytes())
    assert f" {sum(running.values())} that run;" in out
    first, second = out.split("\n\n")[1:]
    rows = [line.split(" | ")[0][2:] for line in first.splitlines()[2:]]
    assert rows[0] == "empty graph"
    assert rows[-1] == "sum"
    assert {name: rows.count(name) for name in running} == running
    assert second.count("\n| ") == 6


def test_where_the_microseconds_go_says_so_when_the_folder_is_no_bundle(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert where_the_microseconds_go.main([str(tmp_path)]) == 1
    assert "error: " in capsys.readouterr().err
