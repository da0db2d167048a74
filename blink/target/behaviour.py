"""What eyes do by themselves, and what their owner means them to do."""

from pydantic import Field

from blink.target.setting import Setting


class Behaviour(Setting):
    """How the users of a target blink when nobody asks them to.

    Attributes:
        blinks_per_minute: Natural blinks, mean over users.
        spread: Standard deviation of the logarithm of that rate between users.
        blink_ms: Mean length of a blink, from the lid's first move until it rests again,
            milliseconds; the lids meet for about a fifth of it, see `blink.target.kinematics`.
        incomplete: Share of blinks whose lids do not meet.
        asynchrony_ms: Mean lag of one eye behind the other, milliseconds.
    """

    blinks_per_minute: float = Field(ge=0, le=120)
    spread: float = Field(default=0.5, ge=0, le=2)
    blink_ms: float = Field(default=250, gt=0, le=2000)
    incomplete: float = Field(default=0.15, ge=0, le=1)
    asynchrony_ms: float = Field(default=5, ge=0, le=100)
