"""What is to be built for whom: environments, products, success. Knows no intelligence."""

from blink.target.behaviour import Behaviour
from blink.target.criteria import TITLES, Criterion
from blink.target.environment import Budget, Environment, Input, Sensor
from blink.target.hosting import Hosting
from blink.target.product import Cause, Openness, Product, Scores, Tally
from blink.target.reading import build_target, read_hosting, read_target
from blink.target.target import Mistake, Target
from blink.target.truth import always_right, truly_closed

__all__ = [
    "TITLES",
    "Behaviour",
    "Budget",
    "Cause",
    "Criterion",
    "Environment",
    "Hosting",
    "Input",
    "Mistake",
    "Openness",
    "Product",
    "Scores",
    "Sensor",
    "Tally",
    "Target",
    "always_right",
    "build_target",
    "read_hosting",
    "read_target",
    "truly_closed",
]
