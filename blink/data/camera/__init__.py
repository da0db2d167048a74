"""What other cameras and eye finders would have made of crops: batch by batch, on any device."""

from blink.data.camera.compression import Compression
from blink.data.camera.finder import Finder
from blink.data.camera.hiding import Glare, Occlusion
from blink.data.camera.light import Illumination, Tone
from blink.data.camera.noise import Noise
from blink.data.camera.simulation import Augment, CameraSimulation
from blink.data.camera.softness import Softness

__all__ = [
    "Augment",
    "CameraSimulation",
    "Compression",
    "Finder",
    "Glare",
    "Illumination",
    "Noise",
    "Occlusion",
    "Softness",
    "Tone",
]
