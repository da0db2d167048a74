import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import ClassVar

from blink.contract import CLOSED, OPEN, DataError
from blink.data.importers.archived import ArchivedEyes
from blink.data.importers.picture import Picture

_FOLDER = re.compile(r"(?P<state>open|closed)(?P<side>Left|Right)Eyes")
_NAME = re.compile(r"(?P<subject>.+?)(_\d{4})?_(?P<side>[LR])\.jpg")


@dataclass(frozen=True)
class CewEyes(ArchivedEyes):
    """Closed Eyes in the Wild: grey crops, 24×24 pixels, left and right of 1,211 faces.

    A person is a *name*, with all photographs of that name and both eyes: `Mark_Gottfried` for
    `Mark_Gottfried_0001_L.jpg`. Faces without a name (the closed half) are a person each:
    `closed_eye_0002.jpg_face_2`. Left and right are the person's own.

    `spectrum` is not filled: the photographs were taken by visible light, but the crops came as
    grey pictures, and `rgb` would promise colours that nobody can slice over or learn from.

    Source: Song et al. 2014, "Eyes closeness detection from still images with multi-scale
    histograms of principal oriented gradients".
    """

    kind: ClassVar[str] = "cew"
    home: ClassVar[str] = "http://parnec.nuaa.edu.cn/xtan/data/ClosedEyeDatabases.html"
    version: ClassVar[int] = 1

    def picture(self, member: str) -> Picture | None:
        """What a path such as `openLeftEyes/Mark_Gottfried_0001_L.jpg` says.

        Raises:
            DataError: The path follows no known rule.
        """
        path = PurePosixPath(member)
        folder, file = _FOLDER.fullmatch(path.parent.name), _NAME.fullmatch(path.name)
        if folder is None or file is None or folder["side"][0] != file["side"]:
            raise DataError("unknown file name; expected one like openLeftEyes/Name_0001_L.jpg")
        columns = {
            "subject": file["subject"],
            "label": {"closed": CLOSED, "open": OPEN}[folder["state"]],
            "side": folder["side"].lower(),
            "licence": "Closed Eyes in the Wild: research use only",
        }
        return Picture(f"{path.parent.name}/{path.name}", columns)
