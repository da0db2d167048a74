"""The renderer's own distribution, tilted: what a fit asks for becomes likelier, and nothing new.

A person or a shot s whose traits are φ(s) is drawn with a density in proportion to
p(s)·exp(θ·φ(s)), p being the renderer's own. It is drawn by sampling–importance–resampling: some
candidates from p, of which one is chosen by its odds exp(θ·φ).

Source: Rubin, in J. Am. Stat. Assoc. 82 (1987), 543–546.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from blink.contract import ConfigError
from blink.synthesis.person import Person, sample_person
from blink.synthesis.shot import Shot, sample_shot
from blink.synthesis.traits import PERSON_TRAITS, SHOT_TRAITS
from blink.synthesis.version import RENDERER_VERSION

_CANDIDATES: Final = 16
"""Of which one is chosen: nothing can become more than so many times as likely."""

_Slopes = tuple[tuple[str, float], ...]
_Scene = TypeVar("_Scene", Person, Shot)


@dataclass(frozen=True)
class Tilt:
    """How a fitted renderer differs from the plain one; hashable, and the same in every process.

    Attributes:
        fitted_to: Names of the data sets whose crops it was fitted to.
        people: Trait of `PERSON_TRAITS` and the slope of the log-odds in it.
        shots: The same of `SHOT_TRAITS`.
    """

    fitted_to: tuple[str, ...]
    people: _Slopes
    shots: _Slopes

    @property
    def licence(self) -> str:
        """What may be done with crops that were drawn so."""
        names = " and ".join(self.fitted_to)
        return f"Research use only (rendered by Blink as fitted to real crops of {names})"

    def cast(self, rng: np.random.Generator) -> Person:
        """Draws a person."""
        candidates = [sample_person(rng) for _ in range(_CANDIDATES)]
        return _choose(rng, candidates, PERSON_TRAITS, self.people)

    def shoot(self, rng: np.random.Generator, person: Person, label: int | None) -> Shot:
        """Draws a shot of a person, see `sample_shot`: openness, squint and gaze are not tilted."""
        candidates = [sample_shot(rng, person, label=label) for _ in range(_CANDIDATES)]
        chosen = _choose(rng, candidates, SHOT_TRAITS, self.shots)
        # The first one's moment: of no candidate has it been chosen for what it looks like. But the
        # glow of a pupil goes with the camera, and the turn of the head with the window.
        moment = candidates[0].moment
        look = replace(moment.look, glow=chosen.moment.look.glow)
        turn = {"yaw": chosen.moment.yaw, "pitch": chosen.moment.pitch}
        return replace(chosen, moment=replace(moment, look=look, **turn))


def _choose(
    rng: np.random.Generator,
    candidates: Sequence[_Scene],
    traits: Mapping[str, Callable[[_Scene], float]],
    slopes: _Slopes,
) -> _Scene:
    odds = [sum(slope * traits[name](one) for name, slope in slopes) for one in candidates]
    return candidates[int(np.argmax(odds + rng.gumbel(size=len(odds))))]


def read_tilt(fit: Path | str | Mapping[str, Any]) -> Tilt:
    """The tilt of a fit.

    Args:
        fit: What `python -m blink.synthesis fit` wrote, or the file that it wrote it to.

    Raises:
        ConfigError: It is no fit, or one of another version of the renderer.
    """
    found = fit if isinstance(fit, Mapping) else _load(Path(fit))
    where = "The fit" if isinstance(fit, Mapping) else str(fit)
    try:
        version = found["renderer"]
        tilt = Tilt(
            tuple(str(name) for name in found["fitted_to"]),
            _slopes(found["people"], PERSON_TRAITS),
            _slopes(found["shots"], SHOT_TRAITS),
        )
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{where} is no fit of the renderer ({error!r}). {_REMEDY}") from error
    if version != RENDERER_VERSION:
        raise ConfigError(
            f"{where} was fitted with the renderer's version {version!r}, and this is "
            f"{RENDERER_VERSION}: its numbers mean something else. {_REMEDY}"
        )
    return tilt


_REMEDY: Final = "Fit anew: python -m blink.synthesis fit OUT.json --data FOLDER"


def _load(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read as a fit ({error}). {_REMEDY}") from error
    if not isinstance(found, dict):
        raise ConfigError(f"{path} is no fit of the renderer. {_REMEDY}")
    return found


def _slopes(found: Mapping[str, Any], traits: Mapping[str, Any]) -> _Slopes:
    """θ counts in deviations of the trait; a slope, in the trait itself."""
    if unknown := sorted(set(found) - set(traits)):
        raise ValueError(f"no such traits: {', '.join(unknown)}")
    slopes = {name: float(of["theta"]) / float(of["scale"]) for name, of in found.items()}
    if broken := [name for name, slope in slopes.items() if not math.isfinite(slope)]:
        raise ValueError(f"no finite number: {', '.join(broken)}")
    return tuple(sorted(slopes.items()))
