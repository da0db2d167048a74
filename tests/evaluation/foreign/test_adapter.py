from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from blink.contract import ConfigError
from blink.evaluation.foreign import Adapter, read_adapter
from tests.evaluation.foreign.graphs import write_adapter, write_graph

CONF = Path(__file__).parents[3] / "conf" / "adapter"


def test_read_adapter_finds_the_model_beside_it_when_the_path_is_relative(tmp_path: Path) -> None:
    path = write_adapter(write_graph(tmp_path / "m.onnx", ["n", 1, 8, 8]), threshold=0.3)
    adapter = read_adapter(path)
    assert adapter.model == tmp_path / "m.onnx"
    assert (adapter.name, adapter.threshold, adapter.trained_on) == ("peer", 0.3, None)
    assert adapter.input.mean == (0.0,)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"input": {"colour": "gray"}}, r"input\.colour: .*'rgb', 'bgr' or 'grey'"),
        ({"input": {"size": 32}}, r"input\.size: is not known; .*height, width, colour"),
        ({"input": {"mean": [1, 2, 3]}}, r"input: .*`mean` is one number, or 1 for grey"),
        ({"input": {"std": 0}}, "`std` divides; it must be above 0"),
        (
            {"input": {"dtype": "uint8", "scale": 255}},
            "uint8 takes pixels as they are; leave scale",
        ),
        ({"output": {"says": "shut"}}, r"output\.says: .*'closed' or 'open'"),
        ({"threshold": 1}, "threshold: .*less than 1"),
        ({"threshold": float("nan")}, "threshold: .*"),
        ({"name": "a/b"}, "name: .*pattern"),
    ],
)
def test_read_adapter_names_file_and_place_when_something_is_wrong(
    tmp_path: Path, said: dict[str, Any], message: str
) -> None:
    path = write_adapter(write_graph(tmp_path / "m.onnx", ["n", 1, 8, 8]), **said)
    with pytest.raises(ConfigError, match=message) as caught:
        read_adapter(path)
    assert str(caught.value).startswith(f"{path} is no adapter:")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: [", "is no YAML"),
        ("- 1", "holds a list; a table of fields is needed"),
        ("42", "cannot be read: .*type"),
        ("name: ${nowhere}", "Interpolation key 'nowhere' not found"),
        ("", "model: is missing"),
        (None, "cannot be read"),
    ],
)
def test_read_adapter_says_so_when_the_file_is_none(
    tmp_path: Path, text: str | None, message: str
) -> None:
    path = tmp_path / "peer.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        read_adapter(path)


def test_read_adapter_says_where_the_model_should_be_when_it_is_missing(tmp_path: Path) -> None:
    path = write_adapter(tmp_path / "gone.onnx")
    with pytest.raises(ConfigError, match=r"names the model gone\.onnx, but .* is missing"):
        read_adapter(path)


@pytest.mark.parametrize("path", sorted(CONF.glob("*.yaml")), ids=lambda path: path.stem)
def test_adapter_of_a_known_peer_is_whole_when_its_weights_are_not_there(path: Path) -> None:
    adapter = Adapter.model_validate(OmegaConf.to_container(OmegaConf.load(path)))
    assert adapter.source
    with pytest.raises(ConfigError, match="is missing"):
        read_adapter(path)
