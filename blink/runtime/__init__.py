"""What ships: numpy, onnxruntime and cv2, nothing else."""

from blink.contract.errors import BlinkError, BundleError, CropError
from blink.runtime.bundle import Bundle, load_bundle
from blink.runtime.detector import Detector
from blink.runtime.inspection import Inspection

__all__ = [
    "BlinkError",
    "Bundle",
    "BundleError",
    "CropError",
    "Detector",
    "Inspection",
    "load_bundle",
]
