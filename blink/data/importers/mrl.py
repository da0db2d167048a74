import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar

from blink.contract import CLOSED, OPEN, DataError
from blink.data.importers.archived import ArchivedEyes
from blink.data.importers.picture import Picture

_NAME = re.compile(
    r"(?P<subject>s\d{4})_(?P<number>\d{5})_(?P<gender>[01])_(?P<glasses>[01])_(?P<state>[01])"
    r"_(?P<reflections>[012])_(?P<lighting>[01])_(?P<sensor>0[123])\.png"
)
_SENSORS = {"01": "RealSense SR300", "02": "IDS", "03": "Aptina"}


@dataclass(frozen=True)
class MrlEyes(ArchivedEyes):
    """The MRL Eye Dataset: grey infrared crops of 37 people by three cameras.

    Its eye state is 1 for open, the other way round than ours. `frame` is the image number: the
    order of a person's pictures, and no time. It runs over long stretches of one state, two eyes
    interleaved, with gaps and at no known rate, hence no `clip`; which of the two eyes it is is not
    said, hence no `side`.

    Source: Fusek 2018, "Pupil Localization Using Geodesic Distance"; layout and codes after the
    archive's own `annotation.txt`.
    """

    kind: ClassVar[str] = "mrl"
    home: ClassVar[str] = "http://mrl.cs.vsb.cz/eyedataset"
    version: ClassVar[int] = 2

    def picture(self, member: str) -> Picture | None:
        """What a name such as `s0001_00001_0_0_0_0_0_01.png` says.

        Raises:
            DataError: The name follows no known rule.
        """
        file = PurePosixPath(member).name
        if file == "annotation.txt":
            return None
        match = _NAME.fullmatch(file)
        if match is None:
            raise DataError("unknown file name; expected one like s0001_00001_0_0_0_0_0_01.png")
        columns = {
            "subject": match["subject"],
            "frame": int(match["number"]),
            "label": {"0": CLOSED, "1": OPEN}[match["state"]],
            "gender": ("man", "woman")[int(match["gender"])],
            "glasses": ("no", "yes")[int(match["glasses"])],
            "reflections": ("none", "small", "big")[int(match["reflections"])],
            "lighting": ("bad", "good")[int(match["lighting"])],
            "sensor": _SENSORS[match["sensor"]],
            "spectrum": "ir",
            "licence": "MRL Eye Dataset: research use only",
        }
        return Picture(file, columns)
