"""A product that is to be built: its environment, its users, its success."""

from collections.abc import Iterator, Mapping
from typing import Any, Self, cast

from pydantic import Field, ValidationError, model_validator

from blink.target.behaviour import Behaviour
from blink.target.criteria import Criterion
from blink.target.environment import Environment
from blink.target.faults import tell_faults
from blink.target.hosting import Hosting
from blink.target.product import Product
from blink.target.setting import Setting


class Mistake(Setting):
    """What one kind of mistake means to the customer.

    Attributes:
        cost: In the target's currency.
        visible: Whether the user notices it.
    """

    cost: float = Field(ge=0)
    visible: bool = True


class Target(Setting):
    """Environment and success in one place; one file in `conf/target`.

    Attributes:
        name: As the file's.
        summary: What the product does, in a sentence.
        environment: See there.
        behaviour: How its users blink.
        product: How it uses the output, a `blink.target.product.Product`.
        uses_per_day: How many uses (see `Product.unit`) a user makes a day.
        currency: What costs are counted in: `€`, or `retries`.
        mistakes: For each kind of the product's, what it costs.
        criteria: All of them have to be met.
        knobs: Fields of the product, each with the values to be tried.
        hosting: What `blink advise` assumes.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    summary: str = Field(min_length=1)
    environment: Environment
    behaviour: Behaviour
    product: Any
    uses_per_day: float = Field(gt=0)
    currency: str = Field(default="€", min_length=1)
    mistakes: dict[str, Mistake]
    criteria: tuple[Criterion, ...]
    knobs: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    hosting: Hosting = Field(default_factory=Hosting)

    @property
    def fps(self) -> float:
        """Frames a second; 1 for single images."""
        return self.environment.input.fps or 1.0

    def with_knobs(self, knobs: Mapping[str, float]) -> Product:
        """The product with some of its numbers changed, and checked again."""
        product = type(self.product)
        changed = product.model_validate({**self.product.model_dump(), **knobs})
        return cast(Product, changed)

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        """Says all that contradicts itself, one fault a line, each begun by its field."""
        faults = list(self._input_faults())
        faults += [] if faults else self._knob_faults()  # that product is out of place with any
        faults += self._mistake_faults()
        faults += self._criteria_faults()
        if faults:
            raise ValueError("\n".join(faults))
        return self

    def _input_faults(self) -> Iterator[str]:
        kind, product = self.environment.input.kind, type(self.product).__name__
        if self.product.in_time and kind == "image":
            yield (
                f"environment.input.kind: {product} watches eyes in time; 'stream' or 'clip' is "
                "needed, with an fps"
            )
        elif not self.product.in_time and kind != "image":
            yield f"environment.input.kind: {product} judges single pictures; 'image' is needed"
        else:
            yield from (f"product.{fault}" for fault in self.product.faults(self.fps))

    def _mistake_faults(self) -> Iterator[str]:
        kinds = ", ".join(self.product.kinds)
        for kind in self.product.kinds.keys() - self.mistakes.keys():
            yield f"mistakes.{kind}: is missing; say its cost, and whether it is visible"
        for kind in self.mistakes.keys() - self.product.kinds.keys():
            yield f"mistakes.{kind}: is no mistake of {type(self.product).__name__}: {kinds}"

    def _criteria_faults(self) -> Iterator[str]:
        if not self.criteria:
            yield "criteria: at least one is needed, or nobody can say whether to ship"
        for number, criterion in enumerate(self.criteria):
            if criterion.measure == "seconds_to_success" and not self.product.is_timed:
                yield (
                    f"criteria.{number}.measure: {type(self.product).__name__} has no "
                    "seconds_to_success; ask for another measure, or leave the criterion out"
                )

    def _knob_faults(self) -> Iterator[str]:
        for name, values in self.knobs.items():
            if name not in self.product.searchable:
                allowed = ", ".join(sorted(self.product.searchable))
                yield f"knobs.{name}: is no knob of {type(self.product).__name__}: {allowed}"
                continue
            if not values:
                yield f"knobs.{name}: has no values to try"
            for value in values:
                yield from self._value_faults(name, value)

    def _value_faults(self, name: str, value: float) -> Iterator[str]:
        try:
            product = self.with_knobs({name: value})
        except ValidationError as error:
            yield from tell_faults(error, type(self.product), ["knobs"])
        else:
            for fault in product.faults(self.fps):
                yield f"knobs.{name}: with {value:g}, {fault}"
