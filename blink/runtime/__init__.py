"""What ships: numpy, onnxruntime and cv2, nothing else."""

from blink.runtime.bundle import Bundle, load_bundle
from blink.runtime.detector import Detector

__all__ = ["Bundle", "Detector", "load_bundle"]
