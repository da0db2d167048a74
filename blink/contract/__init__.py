"""The nouns that everyone shares. Needs numpy alone."""

from blink.contract.atomic import atomic_file, atomic_folder, copy_folder
from blink.contract.calibration import Calibration
from blink.contract.cores import CORES, cores
from blink.contract.errors import (
    BlinkError,
    BundleError,
    CheckpointError,
    ConfigError,
    CropError,
    DataError,
    ExportError,
    StorageError,
    TrainingError,
    causes,
    is_full,
)
from blink.contract.input_spec import InputSpec
from blink.contract.intelligence import Crop, Intelligence, Probabilities
from blink.contract.labels import CLOSED, CLOSED_UNTIL, OPEN, OPEN_FROM
from blink.contract.operating_point import OperatingPoint

__all__ = [
    "CLOSED",
    "CLOSED_UNTIL",
    "CORES",
    "OPEN",
    "OPEN_FROM",
    "BlinkError",
    "BundleError",
    "Calibration",
    "CheckpointError",
    "ConfigError",
    "Crop",
    "CropError",
    "DataError",
    "ExportError",
    "InputSpec",
    "Intelligence",
    "OperatingPoint",
    "Probabilities",
    "StorageError",
    "TrainingError",
    "atomic_file",
    "atomic_folder",
    "causes",
    "copy_folder",
    "cores",
    "is_full",
]
