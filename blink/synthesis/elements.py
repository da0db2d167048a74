"""What the renderer can leave out, to find out what each element is worth.

An element is a name and a rule that takes a person and a shot and gives both without it: everything
else about them stays, number by number. Nothing in the drawing knows of it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from blink.contract import OPEN, ConfigError
from blink.synthesis.form import FLAT
from blink.synthesis.glasses import NOTHING
from blink.synthesis.makeup import BARE
from blink.synthesis.moment import Moment
from blink.synthesis.person import Person
from blink.synthesis.shot import Shot
from blink.synthesis.surroundings import NO_FINGER, NO_FRINGE, NO_RIM

Scene = tuple[Person, Shot]
Without = Callable[[Person, Shot], Scene]


def _bags(person: Person, shot: Shot) -> Scene:
    return replace(person, skin=replace(person.skin, bag=0.0)), shot


def _brow(person: Person, shot: Shot) -> Scene:
    return replace(person, brow=replace(person.brow, hairs=np.zeros_like(person.brow.hairs))), shot


def _camera(person: Person, shot: Shot) -> Scene:
    plain = replace(
        shot.exposure,
        blur=(0.03, 0.03),
        noise=0.5,
        contrast=1.0,
        black=0.0,
        gamma=1.0,
        sharpening=0.0,
        quality=None,
        vignetting=0.0,
    )
    return person, replace(shot, exposure=plain)


def _crop_rules(person: Person, shot: Shot) -> Scene:
    size = max(shot.view.width, shot.view.height)
    view = replace(
        shot.view, height=size, width=size, span=(2.8, 2.8), centre=(0.0, -0.14), angle=0.0
    )
    return person, replace(shot, view=view)


def _folds(person: Person, shot: Shot) -> Scene:
    return replace(person, lids=replace(person.lids, crease=0.0, hood=0.0)), shot


def _form(person: Person, shot: Shot) -> Scene:
    skin = replace(person.skin, bulge=0.0, under=0.0)
    return replace(person, form=FLAT, skin=skin), shot


def _glasses(person: Person, shot: Shot) -> Scene:
    return replace(person, glasses=None), replace(shot, mirror=NOTHING)


def _infrared(person: Person, shot: Shot) -> Scene:
    exposure, moment = shot.exposure, shot.moment
    grey = replace(exposure, sensor=replace(exposure.sensor, spectrum="rgb"))
    dark = replace(moment, look=replace(moment.look, glow=0.0))
    return person, replace(shot, exposure=grey, moment=dark)


def _lashes(person: Person, shot: Shot) -> Scene:
    none = person.lashes.roots[:0]
    lashes = replace(person.lashes, roots=none, slant=none, reach=none, hang=0.0, lower=0.0)
    return replace(person, lashes=lashes), shot


def _light(person: Person, shot: Shot) -> Scene:
    even = replace(
        shot.light,
        across=0.0,
        down=0.0,
        socket=0.0,
        towards=(0.0, -0.4),
        cast=(0.0, 0.0, 0.0),
        gain=0.95,
        tint=(1.0, 1.0, 1.0),
    )
    return person, replace(shot, light=even)


def _looking_down(person: Person, shot: Shot) -> Scene:
    moment = shot.moment
    if moment.look.down < 0.1:
        return person, shot
    ahead = replace(moment, look=replace(moment.look, down=0.0), lift=max(0.0, moment.lift))
    return person, replace(shot, moment=_widened(ahead))


def _makeup(person: Person, shot: Shot) -> Scene:
    return replace(person, makeup=BARE), shot


def _narrow(person: Person, shot: Shot) -> Scene:
    return person, replace(shot, moment=_widened(shot.moment))


def _occlusion(person: Person, shot: Shot) -> Scene:
    free = replace(shot.surroundings, fringe=NO_FRINGE, finger=NO_FINGER, rim=NO_RIM)
    return person, replace(shot, surroundings=free)


def _reflections(person: Person, shot: Shot) -> Scene:
    moment = replace(shot.moment, look=replace(shot.moment.look, glints=()))
    return person, replace(shot, mirror=NOTHING, moment=moment)


def _skin_texture(person: Person, shot: Shot) -> Scene:
    flat = np.zeros_like(person.skin.relief)
    return replace(person, skin=replace(person.skin, relief=flat, flush=flat + 0.3)), shot


def _squints(person: Person, shot: Shot) -> Scene:
    moment = shot.moment
    if moment.expression != "squint":
        return person, replace(shot, moment=replace(moment, squint=min(0.3, moment.squint)))
    calm = replace(moment, squint=0.1, lift=moment.lift - 0.1, brow=moment.brow - 0.15)
    return person, replace(shot, moment=_widened(calm))


def _widened(moment: Moment) -> Moment:
    """The moment with an open eye that is wide open; one that is not open stays as it is."""
    if moment.label != OPEN:
        return moment
    return replace(moment, openness=max(0.8, moment.openness))


ELEMENTS: Final[Mapping[str, Without]] = {
    "bags": _bags,
    "brow": _brow,
    "camera": _camera,
    "crop_rules": _crop_rules,
    "folds": _folds,
    "form": _form,
    "glasses": _glasses,
    "infrared": _infrared,
    "lashes": _lashes,
    "light": _light,
    "looking_down": _looking_down,
    "makeup": _makeup,
    "narrow": _narrow,
    "occlusion": _occlusion,
    "reflections": _reflections,
    "skin_texture": _skin_texture,
    "squints": _squints,
}
"""How to leave each element out, by its name; docs/rendered-eyes.md says what each of them is."""


def check_elements(names: Sequence[str]) -> tuple[str, ...]:
    """The names in the order of `ELEMENTS`, each once.

    Raises:
        ConfigError: There is no such element.
    """
    if unknown := sorted(set(names) - set(ELEMENTS)):
        raise ConfigError(
            f"The renderer has no element {', '.join(unknown)} to leave out; it has "
            f"{', '.join(ELEMENTS)}."
        )
    return tuple(name for name in ELEMENTS if name in names)


def leave_out(person: Person, shot: Shot, names: Sequence[str]) -> Scene:
    """The person and the shot without these elements; they keep their label."""
    for name in names:
        person, shot = ELEMENTS[name](person, shot)
    return person, shot
