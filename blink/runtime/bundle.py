import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blink.contract.calibration import Calibration
from blink.contract.errors import BundleError, ConfigError
from blink.contract.input_spec import InputSpec
from blink.contract.labels import NAMES
from blink.contract.operating_point import OperatingPoint

FILE = "bundle.json"
SCHEMA = 1
KEYS = frozenset(
    [
        "schema",
        "name",
        "kind",
        "precision",
        "precisions",
        "input_spec",
        "calibration",
        "operating_point",
        "labels",
        "provenance",
        "metrics",
        "golden",
        "files",
        "sha256",
    ]
)
TYPES: dict[str, type] = {
    "name": str,
    "kind": str,
    "precision": str,
    "precisions": dict,
    "input_spec": dict,
    "calibration": dict,
    "operating_point": dict,
    "provenance": dict,
    "metrics": dict,
    "golden": dict,
    "files": dict,
}
BESIDE = "latency*.json"
"""Files that may lie in a bundle's folder without being part of what is hashed.

Names that begin with a dot may, too: file managers and network file systems leave them behind, a
benchmark that is just writing makes one, and nothing reads them.
"""


@dataclass(frozen=True)
class Bundle:
    """A bundle whose files are all there and unchanged.

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
            `golden_answers`.
    """

    folder: Path
    name: str
    kind: str
    precision: str
    precisions: dict[str, str]
    spec: InputSpec
    calibration: Calibration
    operating_point: OperatingPoint
    provenance: dict[str, Any]
    metrics: dict[str, Any]
    golden: dict[str, Any]

    def path(self, precision: str | None = None) -> Path:
        """The ONNX file of a precision, of the chosen one where none is named.

        Raises:
            BundleError: The bundle holds no such precision.
        """
        precision = precision or self.precision
        if precision not in self.precisions:
            raise BundleError(
                f"{self.folder} holds no {precision}; it holds {sorted(self.precisions)}."
            )
        return self.folder / self.precisions[precision]

    def golden_crops(self) -> NDArray[np.uint8]:
        """The golden inputs: uint8 (N, height, width, 3), as the graph takes them.

        Raises:
            BundleError: The bundle holds none, or not of its own size.
        """
        shape = (-1, self.spec.height, self.spec.width, 3)
        try:
            flat = np.frombuffer(base64.b64decode(self.golden["crops"], validate=True), np.uint8)
            return flat.reshape(shape)
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"{self.folder} holds no golden crops of {shape[1:]}.") from error

    def golden_answers(self, precision: str) -> NDArray[np.float64]:
        """What a precision said to the golden inputs when it was exported: (N,).

        Raises:
            BundleError: The bundle holds no such answers, or not one for each golden input.
        """
        try:
            answers = np.array(self.golden["p_closed"][precision], np.float64)
        except (KeyError, TypeError, ValueError) as error:
            raise BundleError(f"{self.folder} holds no golden answers of {precision}.") from error
        if answers.shape != (len(self.golden_crops()),) or answers.size == 0:
            raise BundleError(f"{self.folder}: golden crops and answers of {precision} differ.")
        return answers


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of `bundle.json`'s content, its own entry `sha256` left out."""
    rest = {key: value for key, value in content.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def load_bundle(folder: Path) -> Bundle:
    """Opens a bundle and verifies every file of it.

    Raises:
        BundleError: A file is missing, changed or not known, or the schema is of another version.
    """
    content = _read(folder)
    _check_files(folder, content["files"])
    try:
        return Bundle(
            folder=folder,
            name=content["name"],
            kind=content["kind"],
            precision=content["precision"],
            precisions=content["precisions"],
            spec=InputSpec.from_dict(content["input_spec"]),
            calibration=Calibration.from_dict(content["calibration"]),
            operating_point=OperatingPoint.from_dict(content["operating_point"]),
            provenance=content["provenance"],
            metrics=content["metrics"],
            golden=content["golden"],
        )
    except ConfigError as error:
        raise BundleError(f"{folder / FILE}: {error}") from error


def _read(folder: Path) -> dict[str, Any]:
    path = folder / FILE
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise BundleError(f"{path} is missing: {folder} is no bundle.") from None
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path} is no JSON ({error}). Export the bundle again.") from error
    _check_entries(path, content)
    return content


def _check_entries(path: Path, content: Any) -> None:
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        found = content.get("schema") if isinstance(content, dict) else None
        raise BundleError(f"{path} has schema {found!r}; this version of Blink reads {SCHEMA}.")
    if set(content) != KEYS or content["labels"] != list(NAMES):
        raise BundleError(f"{path} has entries that this version does not know, or lacks some.")
    if digest(content) != content["sha256"]:
        raise BundleError(f"{path} was changed after the export. Export the bundle again.")
    for key, kind in TYPES.items():
        if not isinstance(content[key], kind):
            raise BundleError(f"{path}: {key} is {content[key]!r}, which is no {kind.__name__}.")
    named = content["precisions"]
    if content["precision"] not in named or not set(named.values()) <= content["files"].keys():
        raise BundleError(f"{path} names a precision whose file is not part of the bundle.")


def _check_files(folder: Path, files: dict[str, str]) -> None:
    present = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    allowed = {path.name for path in folder.glob(BESIDE)} | {FILE}
    for name in sorted(present - files.keys() - allowed):
        raise BundleError(f"{folder / name} is not part of the bundle. Move it elsewhere.")
    for name, expected in files.items():
        if Path(name).name != name:
            raise BundleError(f"{folder / FILE} names {name!r}, which is no file of the bundle.")
        path = folder / name
        if path.is_symlink() or not path.is_file():
            raise BundleError(f"{path} is missing. Copy the bundle again, whole.")
        if hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise BundleError(f"{path} was changed after the export. Copy the bundle again.")
