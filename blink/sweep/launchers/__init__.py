"""Where the workers of a study run: on this machine, on a Ray cluster, or as jobs of SLURM."""

from blink.sweep.launchers.launcher import Launcher
from blink.sweep.launchers.local import Local
from blink.sweep.launchers.ray import Ray
from blink.sweep.launchers.slurm import Slurm

__all__ = ["Launcher", "Local", "Ray", "Slurm"]
