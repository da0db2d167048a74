"""A foreign ONNX graph that answers as ours do: crops in, p_closed out."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime as ort
from numpy.typing import NDArray

from blink.contract import ConfigError, Crop, OperatingPoint, Probabilities
from blink.evaluation.evaluated_model import EvaluatedModel, hash_files
from blink.evaluation.foreign.adapter import Adapter, Answer, read_adapter
from blink.evaluation.foreign.picture import prepare
from blink.evaluation.origin import Origin
from blink.runtime.crops import check_crops

_TYPES: Final = {"float32": "tensor(float)", "float16": "tensor(float16)", "uint8": "tensor(uint8)"}
_ROUNDING: Final = 1e-4  # a softmax in half precision may pass 1 by so much
_OWN: Final = "the peer's own"


class ForeignModel:
    """A peer's graph behind its adapter.

    Its input is compared with the adapter when it is opened, and a grey picture is put to it, so
    that what does not fit is found before an hour of predictions.
    """

    def __init__(self, adapter: Adapter, where: str, threads: int = 1) -> None:
        """Starts ONNX Runtime on the graph.

        Args:
            adapter: As `read_adapter` gives it.
            where: The adapter's file, for errors.
            threads: Threads within one run.

        Raises:
            ConfigError: The graph cannot be loaded, or is not as the adapter says.
        """
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        try:
            self._session = ort.InferenceSession(
                str(adapter.model), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime's errors share no base class but this
            raise ConfigError(f"ONNX Runtime cannot load {adapter.model}: {error}") from error
        self._adapter, self._where = adapter, where
        self._input = _checked_input(self._session, adapter, where)
        self._output = _checked_output(self._session, adapter.output, where)
        self.predict([np.full((adapter.input.height, adapter.input.width), 128, np.uint8)])

    def predict(self, crops: Sequence[Crop] | NDArray[np.uint8]) -> Probabilities:
        """The probability of *closed* of each crop: float32 (N,).

        Crops run one by one where the graph takes but one.

        Raises:
            CropError: See `blink.runtime.crops.check_crop`.
            ConfigError: What the graph gives are no probabilities, though the adapter says so.
        """
        prepared = [prepare(crop, self._adapter.input) for crop in check_crops(crops)]
        several = len(prepared) if isinstance(self._input.shape[0], str | None) else 1
        parts = [
            self._run(np.stack(prepared[start : start + several]))
            for start in range(0, len(prepared), several or 1)
        ]
        return np.concatenate(parts) if parts else np.empty(0, np.float32)

    def _run(self, batch: NDArray[np.generic]) -> Probabilities:
        try:
            (found,) = self._session.run([self._output], {self._input.name: batch})
        except Exception as error:  # ONNX Runtime's errors share no base class but this
            raise ConfigError(
                f"{self._adapter.model} fails on an input of {batch.shape}: {error}"
            ) from error
        values = np.asarray(found, np.float32)
        if values.size % len(batch) or not values.size:
            raise ConfigError(
                f"{self._where}: output {self._output} is {values.shape} for {len(batch)} crops; "
                "there must be as many values for each. Name another output in `output.name`."
            )
        return _probabilities(
            values.reshape(len(batch), -1), self._adapter.output, f"{self._where}: {self._output}"
        )


def open_foreign(path: Path) -> EvaluatedModel:
    """A peer's model, ready to be judged beside ours.

    Args:
        path: Its adapter.

    Raises:
        ConfigError: See `read_adapter` and `ForeignModel`.
    """
    adapter = read_adapter(path)
    intelligence = ForeignModel(adapter, str(path))
    parameters, files = _weigh(adapter.model)
    return EvaluatedModel(
        name=adapter.name,
        kind="foreign",
        precision=adapter.precision,
        parameters=parameters,
        size_bytes=sum(file.stat().st_size for file in files),
        operating_point=OperatingPoint(adapter.threshold, _OWN),
        fingerprint=hash_files([path, *files]),
        folder=adapter.model.parent,
        origin=Origin(datasets=adapter.trained_on),
        intelligence=intelligence,
    )


def _weigh(model: Path) -> tuple[int, list[Path]]:
    """Numbers in a graph's weights, and its files: weights may lie in others beside it."""
    graph = onnx.load(str(model), load_external_data=False).graph
    beside = {
        entry.value
        for one in graph.initializer
        for entry in one.external_data
        if entry.key == "location"
    }
    numbers = sum(  # 64-bit integers are shapes and axes
        math.prod(one.dims) for one in graph.initializer if one.data_type != onnx.TensorProto.INT64
    )
    return numbers, [model, *(model.parent / name for name in sorted(beside))]


def _checked_input(session: ort.InferenceSession, adapter: Adapter, where: str) -> Any:
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise ConfigError(
            f"{adapter.model} takes {[one.name for one in inputs]}; an eye classifier that can be "
            "judged here takes one picture alone."
        )
    picture = adapter.input
    sizes = {"n": None, "c": picture.channels, "h": picture.height, "w": picture.width}
    said = [sizes[axis] for axis in picture.layout.removeprefix("n")]
    found = inputs[0]
    fits = len(found.shape) == 4 and all(
        wanted == there or not isinstance(there, int)
        for wanted, there in zip(said, found.shape[1:], strict=True)
    )
    if not fits or found.type != _TYPES[picture.dtype]:
        raise ConfigError(
            f"{where} says that the graph takes {_TYPES[picture.dtype]} {['N', *said]} "
            f"({picture.layout}), but {adapter.model} takes {found.type} {found.shape}. Correct "
            "`input`: height, width, colour, layout or dtype."
        )
    if isinstance(found.shape[0], int) and found.shape[0] != 1:
        raise ConfigError(
            f"{adapter.model} takes {found.shape[0]} crops at a time. A product that sees one eye "
            "at a time needs a graph for 1, or for any number: export it again."
        )
    return found


def _checked_output(session: ort.InferenceSession, answer: Answer, where: str) -> str:
    names = [one.name for one in session.get_outputs()]
    if answer.name is None and len(names) == 1:
        return str(names[0])
    if answer.name is None or answer.name not in names:
        what = "names no output" if answer.name is None else f"names the output {answer.name!r}"
        raise ConfigError(f"{where} {what}; the graph has {names}. Say which in `output.name`.")
    return answer.name


def _probabilities(values: NDArray[np.float32], answer: Answer, where: str) -> Probabilities:
    """(N, values) → p_closed, (N,)."""
    several = values.shape[1]
    if answer.index is None and several > 1:
        raise ConfigError(
            f"{where} gives {several} values for a crop. Say in `output.index` which is meant."
        )
    if (answer.index or 0) >= several or (answer.activation == "softmax" and several == 1):
        raise ConfigError(
            f"{where} gives {several} value(s) for a crop: there is no number {answer.index} "
            f"among them, or no choice to be made by {answer.activation}."
        )
    meant = _activate(values, answer.activation)[:, answer.index or 0]
    if not np.all((meant >= -_ROUNDING) & (meant <= 1 + _ROUNDING)):  # NaN is neither
        odd = meant[~((meant >= -_ROUNDING) & (meant <= 1 + _ROUNDING))][0]
        raise ConfigError(
            f"{where} gave {odd:.4g}, which is no probability. If it gives logits, say "
            f"`activation: {'softmax' if several > 1 else 'sigmoid'}` in `output`; if it gives "
            "NaN, look at scale, mean and std of `input`."
        )
    p = np.clip(meant, 0, 1)
    return p if answer.says == "closed" else np.float32(1) - p


def _activate(values: NDArray[np.float32], activation: str) -> NDArray[np.float32]:
    if activation == "none":
        return values
    if activation == "softmax":
        powers = np.exp(values - values.max(axis=1, keepdims=True))
        shares: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
        return shares
    return np.float32(1) / (np.float32(1) + np.exp(-np.clip(values, -80, 80)))
