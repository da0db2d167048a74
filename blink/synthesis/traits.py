"""What a crop shows and no label decides: a person and a shot as plain numbers, one a name.

The moment is left out, openness, squint and gaze with it: these go with the label, and whoever
fitted them would fit the share of closed eyes in an archive.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final

from blink.synthesis.person import Person
from blink.synthesis.shot import Shot
from blink.synthesis.surroundings import NO_RIM

PERSON_TRAITS: Final[Mapping[str, Callable[[Person], float]]] = {
    "bag": lambda person: person.skin.bag,
    "brow": lambda person: float(person.brow.hairs.mean()),
    "corner_shade": lambda person: person.form.corner,
    "crease": lambda person: person.lids.crease,
    "dark_skin": lambda person: person.pigments.skin_tone,
    "glasses": lambda person: person.glasses is not None,
    "hollow": lambda person: person.form.hollow,
    "infrared_skin": lambda person: person.pigments.infrared[0],
    "lash_line": lambda person: person.lashes.line,
    "lash_mass": lambda person: person.lashes.hang,
    "lashes": lambda person: person.lashes.weight,
    "lid_bulge": lambda person: person.skin.bulge,
    "lid_height": lambda person: person.lids.upper,
    "lid_sag": lambda person: person.lids.sag,
    "liner": lambda person: person.makeup.liner,
    "relief": lambda person: float(person.skin.relief.std()),
    "white": lambda person: person.pigments.white,
}
"""Of people; what each is, the class says that it is read from."""

SHOT_TRAITS: Final[Mapping[str, Callable[[Shot], float]]] = {
    "black": lambda shot: shot.exposure.black,
    "blur": lambda shot: math.log(sum(shot.exposure.blur) / 2),
    "centre_across": lambda shot: shot.view.centre[0],
    "centre_down": lambda shot: shot.view.centre[1],
    "contrast": lambda shot: shot.exposure.contrast,
    "face_end": lambda shot: shot.surroundings.rim < NO_RIM,
    "gain": lambda shot: math.log(shot.light.gain),
    "gamma": lambda shot: math.log(shot.exposure.gamma),
    "hair": lambda shot: len(shot.surroundings.fringe) > 0,
    "height": lambda shot: math.log(shot.view.height / shot.view.width),
    "infrared": lambda shot: shot.exposure.sensor.spectrum == "ir",
    "light_across": lambda shot: shot.light.across,
    "light_down": lambda shot: shot.light.down,
    "light_from_below": lambda shot: shot.light.towards[1],
    "mirror": lambda shot: ("none", "small", "big").index(shot.mirror.reflections),
    "noise": lambda shot: shot.exposure.noise,
    "shadow_edge": lambda shot: abs(shot.light.cast[2]),
    "sharpening": lambda shot: shot.exposure.sharpening,
    "size": lambda shot: math.log(shot.view.width),
    "smear": lambda shot: abs(shot.exposure.blur[0] - shot.exposure.blur[1]),
    "socket": lambda shot: shot.light.socket,
    "span": lambda shot: math.log(shot.view.span[0]),
    "turn": lambda shot: abs(shot.view.angle),
    "vignetting": lambda shot: shot.exposure.vignetting,
}
"""Of shots, the same."""
