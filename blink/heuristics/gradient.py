from torch import Tensor

from blink.heuristics.threshold import ThresholdHeuristic, centre, luma


class Gradient(ThresholdHeuristic):
    """Gradients up-down against gradients left-right.

    A closed eye is a lying line of lashes: brightness changes as one goes down. An open eye has
    upright edges as well, where iris meets sclera.
    """

    def measure(self, images: Tensor) -> Tensor:
        """log(mean |d/dy| / mean |d/dx|) over the centre; high for closed."""
        eye = centre(luma(images))
        down = (eye[:, 1:] - eye[:, :-1]).abs().mean((1, 2))
        across = (eye[:, :, 1:] - eye[:, :, :-1]).abs().mean((1, 2))
        return ((down + 1e-3) / (across + 1e-3)).log()
