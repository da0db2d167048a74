"""The nouns that everyone shares. Needs numpy alone."""

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
from blink.contract.whole_file import copy_folder, whole_file, whole_folder

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
    "causes",
    "copy_folder",
    "cores",
    "is_full",
    "whole_file",
    "whole_folder",
]
