import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from blink.contract.calibration import Calibration
from blink.contract.errors import BundleError, ConfigError
from blink.contract.input_spec import InputSpec
from blink.contract.operating_point import OperatingPoint
from blink.runtime.entries import AGAIN, CARD, FILE, SCHEMA, digest, read_entries
from blink.runtime.folder import BESIDE, SIGNATURE, read_entry, read_files
from blink.runtime.graph import MalformedError, check_graph
from blink.runtime.graph.check import OPENNESS, OUTPUT
from blink.runtime.inspection import Inspector
from blink.runtime.signature import Key, check_signature

__all__ = [
    "BESIDE",
    "CARD",
    "FILE",
    "SCHEMA",
    "SIGNATURE",
    "Bundle",
    "digest",
    "load_bundle",
]

_MOST_NAMED: Final = 5

_DESCRIBED = ("name", "input_spec", "calibration", "operating_point", "labels")
"""Entries that the graphs' metadata repeat."""


@dataclass(frozen=True)
class Bundle:
    """A bundle whose files are all there and unchanged, and whose graphs were examined.

    What is large is no part of its `repr`, so that a line of a log can hold it.

    Attributes:
        folder: Where it lies.
        name: Its name.
        kind: `net` or `heuristic`.
        precision: The chosen precision, the one in `model.onnx`.
        precisions: Precision → file name within the folder.
        spec: What the net sees.
        calibration: Temperature, already within the graph.
        operating_point: Threshold that `Detector.is_closed` applies.
        provenance: Fingerprints of data and split, git commit, licence.
        metrics: Test results with intervals, as measured when the bundle was made.
        golden: Inputs and the outputs that each precision gave on them, see `golden_crops` and
            `golden_answers`; those of openness where its graphs have it.
        export: What the export had to choose from, and why it chose as it did; may be empty.
        inspection: What `Detector.inspect` compares a crop with; may be empty.
        files: File → SHA-256, of all but `bundle.json`.
        sha256: Of all of the above; what a signature signs.
        graphs: Precision → ONNX file, the very bytes that were hashed and examined.
    """

    folder: Path
    name: str
    kind: str
    precision: str
    precisions: dict[str, str]
    spec: InputSpec
    calibration: Calibration
    operating_point: OperatingPoint
    provenance: dict[str, Any] = field(repr=False)
    metrics: dict[str, Any] = field(repr=False)
    golden: dict[str, Any] = field(repr=False)
    export: dict[str, Any] = field(repr=False)
    inspection: dict[str, Any] = field(repr=False)
    files: dict[str, str] = field(repr=False)
    sha256: str
    graphs: dict[str, bytes] = field(repr=False)

    @property
    def outputs(self) -> tuple[str, ...]:
        """What its graphs give, in order: `p_closed`, and `openness` where it has that, too."""
        return (OUTPUT, OPENNESS) if self.has_openness else (OUTPUT,)

    @property
    def has_openness(self) -> bool:
        """Whether it says how far an eye is open, too; never without golden answers to it."""
        return OPENNESS in self.golden

    def path(self, precision: str | None = None) -> Path:
        """The ONNX file of a precision, of the chosen one where none is named.

        Raises:
            BundleError: The bundle holds no such precision.
        """
        return self.folder / self.precisions[self._known(precision)]

    def graph(self, precision: str | None = None) -> bytes:
        """The ONNX file's content as it was verified; the file itself may have changed since.

        Raises:
            BundleError: The bundle holds no such precision.
        """
        return self.graphs[self._known(precision)]

    def _known(self, precision: str | None) -> str:
        precision = precision or self.precision
        if precision not in self.precisions:
            raise BundleError(
                f"{self.folder} holds no {precision}; it holds {sorted(self.precisions)}."
            )
        return precision

    def golden_crops(self) -> NDArray[np.uint8]:
        """The golden inputs: uint8 (N, channels, height, width), as the graph takes them.

        Raises:
            BundleError: They are not of its own size.
        """
        try:
            flat = np.frombuffer(base64.b64decode(self.golden["crops"], validate=True), np.uint8)
            return flat.reshape(-1, *self.spec.shape)
        except ValueError as error:
            raise BundleError(
                f"{self.folder / FILE} holds no golden crops of {self.spec.shape}. {AGAIN}"
            ) from error

    def golden_answers(self, precision: str, output: str = OUTPUT) -> NDArray[np.float64]:
        """What a precision said to the golden inputs when it was exported: (N,).

        Args:
            precision: Which graph.
            output: One of `outputs`.

        Raises:
            BundleError: The bundle holds no such precision.
        """
        return np.array(self.golden[output][self._known(precision)], np.float64)


def load_bundle(folder: Path, trusted_keys: Sequence[Key] | None = None) -> Bundle:
    """Opens a bundle, verifies every file of it, and examines its graphs; none of it is run.

    Args:
        folder: Where it lies.
        trusted_keys: Public keys, one of which has to have signed it; None asks for no signature.
            See `blink.runtime.signature.Key`.

    Raises:
        BundleError: A file is missing, changed or not known; the schema is of another version; an
            entry or a graph is not as it has to be; or it is not signed by a key that is trusted.
    """
    content = _entries(folder)
    check_signature(folder, content["sha256"], trusted_keys)
    return _bundle(folder, content)


def bundle_to_sign(folder: Path) -> Bundle:
    """As `load_bundle`, whatever signature lies there: it is about to be replaced.

    Raises:
        BundleError: See `load_bundle`.
    """
    return _bundle(folder, _entries(folder))


def _entries(folder: Path) -> dict[str, Any]:
    path = folder / FILE
    if os.path.isfile(folder):  # noqa: PTH113 - `Path.is_file` lets some errors out
        raise BundleError(
            f"{folder} is no bundle: it is a file, not a folder. A packed one is unpacked first: "
            "blink bundle unpack, or blink.runtime.packed.unpack_bundle."
        )
    if not os.path.lexists(path):  # likewise
        below = _below(folder) if os.path.isdir(folder) else ""  # noqa: PTH112 - likewise
        raise BundleError(f"{path} is missing: {folder} is no bundle.{below}")
    return read_entries(read_entry(path), path)


def _below(folder: Path) -> str:
    """Says which bundles lie in a folder that is none, as in that of a run."""
    found = [str(path.parent) for at in ("*", "bundles/*") for path in folder.glob(f"{at}/{FILE}")]
    return f" These lie in it: {', '.join(sorted(found)[:_MOST_NAMED])}." if found else ""


def _bundle(folder: Path, content: dict[str, Any]) -> Bundle:
    files = read_files(folder, content["files"])
    try:
        bundle = Bundle(
            folder=folder,
            spec=InputSpec.from_dict(content["input_spec"]),
            calibration=Calibration.from_dict(content["calibration"]),
            operating_point=OperatingPoint.from_dict(content["operating_point"]),
            graphs={precision: files[name] for precision, name in content["precisions"].items()},
            **{name: content[name] for name in _TAKEN},
        )
        Inspector.from_dict(bundle.inspection)
    except ConfigError as error:
        raise BundleError(f"{folder / FILE}: {error}") from error
    _check_golden(bundle)
    described = {key: content[key] for key in _DESCRIBED}
    for precision, graph in bundle.graphs.items():
        try:
            check_graph(graph, bundle.spec, described, bundle.outputs)
        except MalformedError as error:
            raise BundleError(f"{bundle.path(precision)} is refused: {error}. {AGAIN}") from error
    return bundle


_TAKEN = (
    "name",
    "kind",
    "precision",
    "precisions",
    "provenance",
    "metrics",
    "golden",
    "export",
    "inspection",
    "files",
    "sha256",
)
"""Entries that a bundle holds as they are."""


def _check_golden(bundle: Bundle) -> None:
    crops = len(bundle.golden_crops())
    answers = len(bundle.golden_answers(bundle.precision))
    if crops != answers:
        raise BundleError(
            f"{bundle.folder / FILE} holds {crops} golden crops and {answers} answers. {AGAIN}"
        )
