from typing import Any, Final

from blink.contract import Crop
from blink.data.images import encode_png
from blink.data.row import Row, make_row
from blink.synthesis.person import Person
from blink.synthesis.shot import Shot

LICENCE: Final = "Apache-2.0 (rendered by Blink, shows no real person)"


def make_shot_row(
    dataset: str,
    source: str,
    crop: Crop,
    person: Person,
    shot: Shot,
    licence: str = LICENCE,
    **columns: Any,
) -> Row:
    """Describes a crop by the parameters that its shot was drawn with.

    Args:
        dataset: Name of the data set.
        source: Name of the crop within it.
        crop: As it was taken.
        person: Whose eye it is.
        shot: What was taken.
        licence: What may be done with it.
        columns: Further columns; `subject` is required.
    """
    moment, sensor = shot.moment, shot.exposure.sensor
    return make_row(
        dataset,
        source,
        encode_png(crop),
        crop,
        label=moment.label,
        label_source="renderer",
        openness=moment.openness,
        gaze=moment.gaze(shot.side),
        side=shot.side,
        spectrum=sensor.spectrum,
        sensor=sensor.name,
        lighting=shot.light.lighting,
        glasses="no" if person.glasses is None else "yes",
        reflections=shot.mirror.reflections,
        gender=person.gender,
        age_group=person.age_group,
        skin_tone=person.skin_tone,
        lid_shape=person.lids.shape,
        expression=moment.expression,
        licence=licence,
        **columns,
    )
