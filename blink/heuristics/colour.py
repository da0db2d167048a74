from torch import Tensor

from blink.heuristics.feature import Feature, centre, rim_mean


class Colour(Feature):
    """Eye-coloured against skin-coloured pixels.

    The rim of the crop shows this person's skin under this light. Sclera, iris and pupil have less
    red in them; a closed lid is skin again. On a grey crop this heuristic has no opinion.
    """

    def measure(self, images: Tensor) -> Tensor:
        """Mean redness of the centre less that of the rim; high (near 0) for closed."""
        redness = (images[:, 0] - images[:, 2]) / (images.sum(1) + 0.05)
        return centre(redness).mean((1, 2)) - rim_mean(redness)

    def forward(self, images: Tensor) -> Tensor:
        """RGB images in [0, 1] → logits of *closed*; 0 (p = 0.5) for a grey crop."""
        logits = super().forward(images)
        saturation = (images.amax(1) - images.amin(1)).mean((1, 2))
        return logits * (saturation > 0.01)
