"""What a number can be, and how an error is laid off without leaving that."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit


@dataclass(frozen=True, slots=True)
class Scale:
    """The range of a number.

    Between two bounds an error is laid off on the logit, above one on the logarithm, else as it is.

    Attributes:
        least: The smallest that the number can be.
        most: The largest.
    """

    least: float
    most: float

    def around(self, value: float, reach: float) -> tuple[float, float]:
        """Both ends of an interval that reaches so far, to first order, to either side.

        Args:
            value: Strictly between the bounds.
            reach: In the number's own unit; a long one may leave a rate without upper end, inf.
        """
        if np.isinf(self.least):
            return value - reach, value + reach
        above = value - self.least
        if np.isinf(self.most):
            with np.errstate(over="ignore"):
                factor = np.exp(reach / above)
            return float(self.least + above / factor), float(self.least + above * factor)
        span = self.most - self.least
        share = above / span
        step = reach / span / (share * (1 - share))
        low, high = expit(logit(share) + np.array([-step, step]))
        return float(self.least + span * low), float(self.least + span * high)


SHARE = Scale(0.0, 1.0)
RATE = Scale(0.0, np.inf)
DIFFERENCE = Scale(-np.inf, np.inf)
