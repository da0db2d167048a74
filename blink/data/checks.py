"""What the options of `data.loader` may be: a bad one is refused before anything is read."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import torch

from blink.contract import ConfigError, InputSpec
from blink.contract.record import is_number
from blink.data.camera.simulation import Augment

log = logging.getLogger(__name__)


def check_counts(*, batch_size: int, crops_per_epoch: int, workers: int, seed: int) -> None:
    """Refuses what is not whole or out of range.

    Raises:
        ConfigError: Names all of them, and what they may be.
    """
    if any(type(n) is not int for n in (batch_size, crops_per_epoch, workers, seed)) or not (
        1 <= batch_size <= crops_per_epoch and workers >= 0 and seed >= 0
    ):
        raise ConfigError(
            f"crops_per_epoch ({crops_per_epoch}) must be at least batch_size ({batch_size}), "
            f"batch_size at least 1, workers ({workers}) and seed ({seed}) at least 0, and all "
            "of them whole numbers."
        )


def check_shares(shares: Mapping[str, float] | None) -> dict[str, float]:
    """The shares by data set, none where they are left out.

    Raises:
        ConfigError: They are no mapping of names to numbers from 0 up.
    """
    if not isinstance(shares, Mapping | None):
        raise ConfigError(
            f"data.loader.shares is {shares!r}; it must say a number for each data set, in quotes: "
            "'data.loader.shares={mrl: 1, rendered: 0.5}'."
        )
    for name, value in (shares or {}).items():
        if not (is_number(value) and value >= 0):
            raise ConfigError(f"shares.{name} is {value!r}; it must be a number from 0 up.")
    return dict(shares or {})


def check_half_closed(share: float) -> float:
    """The share of the draws that half-closed eyes take.

    Raises:
        ConfigError: It is not from 0 up to, but not, 1.
    """
    if not (is_number(share) and 0 <= share < 1):
        raise ConfigError(f"half_closed is {share!r}; it must be from 0 to below 1.")
    return share


def working_spec(size: int, spec: InputSpec) -> InputSpec:
    """The crops that augmentation starts from: what the net sees, of another size.

    Raises:
        ConfigError: The size is none.
    """
    try:
        return replace(spec, height=size, width=size)
    except ConfigError as error:
        raise ConfigError(
            f"data.loader.working_size is {size!r}; it must be a whole number from 8 to 256."
        ) from error


def check_augment(augment: Augment, working: InputSpec, spec: InputSpec) -> None:
    """Refuses an augmentation that does not make the net's input of larger crops.

    Args:
        augment: Is tried on one crop.
        working: What it starts from.
        spec: What the net sees.

    Raises:
        ConfigError: It starts from less than the net sees, or ends at another size.
    """
    size, wanted = working.height, f"{spec.height}×{spec.width}"
    if size < min(spec.height, spec.width):
        raise ConfigError(
            f"data.loader.working_size is {size}, and the net sees {wanted}: crops would be "
            "enlarged. Choose one above the net's sides, or a smaller `input`."
        )
    if size <= max(spec.height, spec.width):
        _warn_of_no_margin(size, wanted)
    shape = tuple(augment(torch.zeros(1, *working.shape, dtype=torch.uint8), 0).shape)
    if shape[1:] != spec.shape:
        raise ConfigError(
            f"The augmentation turns crops of {size}×{size} into {shape[2]}×{shape[3]}, but the "
            f"net sees {wanted}: its last size must be the net's."
        )


@cache  # once, however many data modules a process makes
def _warn_of_no_margin(size: int, wanted: str) -> None:
    log.warning(
        "data.loader.working_size is %d, and the net sees %s; "
        "a larger one leaves a margin for shifts and turns",
        size,
        wanted,
    )
