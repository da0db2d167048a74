import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blink.contract import ConfigError, Crop, CropError, OperatingPoint
from blink.evaluation.foreign import ForeignModel, open_foreign, read_adapter
from tests.evaluation.foreign.graphs import write_adapter, write_graph, write_linear

RAMP: Crop = (np.arange(64, dtype=np.uint8) * 4).reshape(8, 8)


def model(path: Path) -> ForeignModel:
    return ForeignModel(read_adapter(path), str(path))


def first_pixel(folder: Path, **said: Any) -> Path:
    """Its answer is the first value of its input."""
    return write_adapter(write_graph(folder / "m.onnx", ["n", 1, 8, 8], 1), **said)


@pytest.mark.parametrize(("layout", "shape"), [("nchw", ["n", 3, 8, 8]), ("nhwc", ["n", 8, 8, 3])])
@pytest.mark.parametrize(("colour", "first"), [("rgb", 1.0), ("bgr", 0.0)])
def test_predict_shows_the_graph_red_first_or_last_when_the_adapter_says_so(
    tmp_path: Path, layout: str, shape: list[Any], colour: str, first: float
) -> None:
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 0] = 255
    graph = write_graph(tmp_path / "m.onnx", shape, 1)
    path = write_adapter(graph, input={"colour": colour, "layout": layout})
    assert model(path).predict([red]) == [first]


@pytest.mark.parametrize("dtype", ["float16", "uint8"])
def test_predict_gives_the_graph_its_own_type_when_it_is_no_float32(
    tmp_path: Path, dtype: str
) -> None:
    graph = write_graph(tmp_path / "m.onnx", ["n", 1, 8, 8], 1, dtype)
    said = {"input": {"dtype": dtype}, "output": {"activation": "sigmoid"}}
    value = 2.0 if dtype == "uint8" else float(np.float16(2 / 255))
    found = model(write_adapter(graph, **said)).predict([np.full((8, 8), 2, np.uint8)])
    assert found == pytest.approx([1 / (1 + np.exp(-value))], abs=1e-6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.integers(0, 255), min_size=1, max_size=9),
    says=st.sampled_from(["closed", "open"]),
)
def test_predict_is_what_numpy_says_when_the_value_is_a_probability(
    tmp_path: Path, values: list[int], says: str
) -> None:
    path = first_pixel(tmp_path, output={"says": says})
    crops = [np.full((8, 8), value, np.uint8) for value in values]
    p = np.array(values, np.float32) / np.float32(255)
    expected = p if says == "closed" else np.float32(1) - p
    assert np.array_equal(model(path).predict(crops), expected)


@pytest.mark.parametrize("says", ["closed", "open"])
@pytest.mark.parametrize("index", [0, 2])
def test_predict_is_a_softmax_of_all_values_when_the_adapter_says_so(
    tmp_path: Path, index: int, says: str
) -> None:
    weights = np.array([-2.0, 0.5, 3.0])
    output = {"activation": "softmax", "index": index, "says": says}
    path = write_adapter(write_linear(tmp_path / "m.onnx", weights.tolist()), output=output)
    mean = RAMP.mean() / 255
    shares = np.exp(weights * mean) / np.exp(weights * mean).sum()
    expected = shares[index] if says == "closed" else 1 - shares[index]
    assert model(path).predict([RAMP]) == pytest.approx([expected], abs=1e-6)


def test_predict_is_a_sigmoid_when_the_adapter_says_so(tmp_path: Path) -> None:
    output = {"activation": "sigmoid", "index": 1}
    path = write_adapter(write_linear(tmp_path / "m.onnx", [9.0, -4.0]), output=output)
    expected = 1 / (1 + np.exp(4 * RAMP.mean() / 255))
    assert model(path).predict([RAMP]) == pytest.approx([expected], abs=1e-6)
    steep = write_adapter(
        write_linear(tmp_path / "m.onnx", [1e6]), output={"activation": "sigmoid"}
    )
    assert model(steep).predict([RAMP]) == [1.0]


@pytest.mark.parametrize("shape", [["n", 1, 8, 8], [1, 1, 8, 8], [None, 1, None, "w"]])
def test_predict_runs_any_number_of_crops_when_the_graph_takes_one_or_all(
    tmp_path: Path, shape: list[Any]
) -> None:
    path = write_adapter(write_graph(tmp_path / "m.onnx", shape, 1))
    peer = model(path)
    crops = [np.full((8 + n, 9, 3), 10 * n, np.uint8) for n in range(4)]
    assert peer.predict(crops) == pytest.approx([0, 10 / 255, 20 / 255, 30 / 255], abs=1e-6)
    assert peer.predict([]).shape == (0,)
    with pytest.raises(CropError, match="write \\[crop\\]"):
        peer.predict(crops[0])


@pytest.mark.parametrize(
    ("shape", "said", "message"),
    [
        (["n", 1, 16, 8], {}, r"takes tensor(float) ['N', 1, 8, 8] (nchw), but"),
        (["n", 3, 8, 8], {}, "Correct `input`: height, width, colour, layout or dtype."),
        (["n", 8, 8, 1], {}, "['N', 1, 8, 8] (nchw)"),
        (["n", 64], {}, "Correct `input`"),
        (["n", 1, 8, 8], {"input": {"dtype": "float16"}}, "tensor(float16)"),
        ([4, 1, 8, 8], {}, "takes 4 crops at a time"),
    ],
)
def test_model_is_refused_when_the_graph_takes_something_else(
    tmp_path: Path, shape: list[Any], said: dict[str, Any], message: str
) -> None:
    path = write_adapter(write_graph(tmp_path / "m.onnx", shape, 1), **said)
    with pytest.raises(ConfigError, match=re.escape(message)):
        model(path)


@pytest.mark.parametrize(
    ("weights", "output", "message"),
    [
        ([0.1, 0.2], {}, r"gives 2 values for a crop\. Say in `output\.index`"),
        ([0.1, 0.2], {"index": 2}, "there is no number 2"),
        ([0.1], {"activation": "softmax"}, "no choice to be made by softmax"),
        ([9.0], {}, r"gave 4\.5\d*, which is no probability.*say `activation: sigmoid`"),
        ([-9.0, 9.0], {"index": 1}, "say `activation: softmax`"),
        ([float("nan")], {}, "gave nan, which is no probability.*look at scale, mean and std"),
        ([0.1], {"name": "z"}, r"names the output 'z'; the graph has \['y'\]"),
    ],
)
def test_model_is_refused_when_its_answers_are_not_what_the_adapter_says(
    tmp_path: Path, weights: list[float], output: dict[str, Any], message: str
) -> None:
    path = write_adapter(write_linear(tmp_path / "m.onnx", weights), output=output)
    with pytest.raises(ConfigError, match=message) as caught:
        model(path)
    assert str(path) in str(caught.value)


def test_model_is_refused_when_the_file_is_no_graph(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(b"no graph")
    with pytest.raises(ConfigError, match=r"ONNX Runtime cannot load .*m\.onnx"):
        model(write_adapter(tmp_path / "m.onnx"))


def test_open_foreign_says_what_the_tables_need_when_the_model_is_good(tmp_path: Path) -> None:
    path = write_adapter(
        write_linear(tmp_path / "m.onnx", [0.5]), threshold=0.4, trained_on=["mrl"]
    )
    peer = open_foreign(path)
    assert (peer.name, peer.kind, peer.precision, peer.title) == (
        "peer",
        "foreign",
        "fp32",
        "peer fp32",
    )
    assert peer.operating_point == OperatingPoint(0.4, "the peer's own")
    assert peer.size_bytes == (tmp_path / "m.onnx").stat().st_size
    assert peer.parameters == 1  # axes are none
    assert peer.origin.datasets == ("mrl",)
    assert peer.predict([RAMP]) == pytest.approx([RAMP.mean() / 510], abs=1e-6)


def test_open_foreign_tells_models_apart_when_graph_or_adapter_changes(tmp_path: Path) -> None:
    graph = write_linear(tmp_path / "m.onnx", [0.5])
    first = open_foreign(write_adapter(graph)).fingerprint
    assert open_foreign(write_adapter(graph)).fingerprint == first
    assert open_foreign(write_adapter(graph, threshold=0.4)).fingerprint != first
    write_linear(graph, [0.6])
    assert open_foreign(write_adapter(graph)).fingerprint != first


def test_open_foreign_counts_the_weights_that_lie_in_another_file(tmp_path: Path) -> None:
    graph = write_linear(tmp_path / "m.onnx", [0.5] * 300)
    onnx.save(onnx.load(graph), graph, save_as_external_data=True, location="m.data")
    peer = open_foreign(write_adapter(graph, output={"index": 299}))
    files = [graph, tmp_path / "m.data"]
    assert peer.size_bytes == sum(file.stat().st_size for file in files)
    assert (peer.parameters, files[1].stat().st_size) == (300, 1200)
