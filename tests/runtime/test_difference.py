import hashlib
import math
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from blink.runtime import load_bundle
from blink.runtime.bundle import CARD
from blink.runtime.difference import Change, compare_bundles
from tests import crafted


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A bundle and its copy."""
    first = crafted.craft(tmp_path / "a")
    return first, Path(shutil.copytree(first, tmp_path / "b"))


def test_compare_bundles_finds_nothing_when_they_are_the_same(folders: tuple[Path, Path]) -> None:
    (folders[1] / "latency-cpu.json").write_text("{}")

    assert compare_bundles(*map(load_bundle, folders)).is_none


def test_compare_bundles_names_entries_when_they_differ(folders: tuple[Path, Path]) -> None:
    crafted.forge(folders[0], lambda c: c["metrics"].update(drawn={"auc": {"value": 0.9}}))
    crafted.forge(folders[1], lambda c: c["metrics"].update(drawn={"auc": {"value": 0.8, "n": 7}}))

    found = compare_bundles(*map(load_bundle, folders))

    assert found.changes == [
        Change("metrics.drawn.auc.n", None, 7),
        Change("metrics.drawn.auc.value", 0.9, 0.8),
    ]
    assert not found.graphs
    assert not found.is_none


def test_compare_bundles_names_the_card_when_it_differs(folders: tuple[Path, Path]) -> None:
    (folders[1] / CARD).write_bytes(b"# other")
    before, after = (hashlib.sha256((folder / CARD).read_bytes()).hexdigest() for folder in folders)
    crafted.forge(folders[1], lambda c: c["files"].update({CARD: after}))

    found = compare_bundles(*map(load_bundle, folders))

    assert found.changes == [Change(f"files.{CARD}", before, after)]
    assert not found.graphs
    assert not found.is_none


def test_compare_bundles_goes_through_a_table_when_a_row_of_it_differs(
    folders: tuple[Path, Path],
) -> None:
    rows = [{"n": 1}, {"n": 2, "why": "small"}]
    crafted.forge(folders[0], lambda c: c["provenance"].update(table=rows, sides=[8, 9]))
    rows = [{"n": 1}, {"n": 3, "why": "small"}, {"n": 4}]
    crafted.forge(folders[1], lambda c: c["provenance"].update(table=rows, sides=[8]))

    assert compare_bundles(*map(load_bundle, folders)).changes == [
        Change("provenance.sides", [8, 9], [8]),
        Change("provenance.table[1].n", 2, 3),
        Change("provenance.table[2].n", None, 4),
    ]


def test_compare_bundles_gives_no_number_when_weights_differ_by_none(
    folders: tuple[Path, Path],
) -> None:
    def bound(highest: float) -> Callable[[onnx.ModelProto], None]:
        def change(model: onnx.ModelProto) -> None:
            ends = [numpy_helper.from_array(np.array(x, np.float32), f"{x}") for x in (0, 1)]
            ends[1].raw_data = np.float32(highest).tobytes()
            model.graph.initializer.extend(ends)
            relu = next(node for node in model.graph.node if node.op_type == "Relu")
            relu.op_type = "Clip"
            relu.input.extend(["0", "1"])

        return change

    crafted.forge_graph(folders[0], bound(6.0))
    crafted.forge_graph(folders[1], bound(math.inf))

    (graph,) = compare_bundles(*map(load_bundle, folders)).graphs
    assert graph.weights == {"1": None}


def test_compare_bundles_measures_weights_and_nodes_when_graphs_differ(
    folders: tuple[Path, Path],
) -> None:
    def change(model: onnx.ModelProto) -> None:
        (bias,) = (t for t in model.graph.initializer if t.name == "b3")
        bias.raw_data = np.array([0.2], "<f4").tobytes()
        model.graph.node.append(helper.make_node("Neg", ["logit"], ["unused"]))

    crafted.forge_graph(folders[1], change)
    crafted.forge(folders[1], lambda c: c["golden"]["p_closed"]["fp32"].__setitem__(0, 0.9121474))

    found = compare_bundles(*map(load_bundle, folders))

    (graph,) = found.graphs
    sizes = [len(load_bundle(folder).graph("fp32")) for folder in folders]
    assert graph.precision == "fp32"
    assert [graph.bytes_before, graph.bytes_after] == sizes
    assert graph.nodes == {"Neg": 1}
    assert graph.weights == {"b3": pytest.approx(0.5)}
    assert graph.answers == pytest.approx(0.1)
    assert found.golden
    assert not found.changes


def test_compare_bundles_knows_weights_of_one_alone_when_they_are_renamed(
    folders: tuple[Path, Path],
) -> None:
    def rename(model: onnx.ModelProto) -> None:
        (bias,) = (t for t in model.graph.initializer if t.name == "b1")
        bias.name = "other"
        for node in model.graph.node:
            node.input[:] = ["other" if name == "b1" else name for name in node.input]

    crafted.forge_graph(folders[1], rename)

    (graph,) = compare_bundles(*map(load_bundle, folders)).graphs
    assert graph.weights == {"b1": None, "other": None}
    assert graph.nodes == {}
    assert graph.answers == 0
