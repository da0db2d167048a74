from torch import Tensor

from blink.heuristics.threshold import ThresholdHeuristic, centre, luma, rim_mean


class Intensity(ThresholdHeuristic):
    """What is left of the colour rule on a grey image: eye-bright and eye-dark against skin-grey.

    Pupil and iris are darker than the skin at the rim, sclera and glints brighter.
    """

    def measure(self, images: Tensor) -> Tensor:
        """Negative mean distance of the centre's luma from the rim's mean, relative to it."""
        grey = luma(images)
        skin = rim_mean(grey)
        distance = (centre(grey) - skin[:, None, None]).abs().mean((1, 2))
        return -distance / (skin + 0.05)
