import csv
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import PurePosixPath
from typing import ClassVar

from blink.contract import CLOSED, OPEN, ConfigError, DataError
from blink.data.archive import Archive
from blink.data.importers.general import check_text
from blink.data.importers.importing import Importer
from blink.data.importers.picture import Picture, Skip

log = logging.getLogger(__name__)

SUBJECTS = "rt_bene_subjects.csv"
_FOLDER = re.compile(r"(?P<recording>s\d{3})_noglasses/natural/(?P<eye>left|right)/?", re.ASCII)
_PICTURE = re.compile(
    r"(?:.*/)?(?P<recording>s\d{3})_noglasses/natural/"
    r"(?P<eye>left|right)/(?P=eye)_(?P<frame>\d{1,9})_rgb\.png",
    re.ASCII,
)
_ROW = re.compile(r"left_(?P<frame>\d{1,9})_rgb\.png", re.ASCII)
_LABELS = {0.0: OPEN, 0.5: None, 1.0: CLOSED}
_EYES = ("left", "right")

_Eye = tuple[str, str, int]
"""Recording, left or right, and number of the frame."""


@dataclass(frozen=True, kw_only=True)
class RtBeneEyes(Importer):
    """RT-BENE: colour crops of both eyes, frame by frame, of 17 recordings of 15 people.

    Expects the folder (or a zip of it) that its parts are downloaded and extracted to:

        rt_bene_subjects.csv         which labels belong to which folders of pictures
        s000_blink_labels.csv        left_000001_rgb.png,0.0 for both eyes of frame 1
        s000_noglasses/natural/left/left_000001_rgb.png
        s000_noglasses/natural/right/right_000001_rgb.png

    Labels: 1 is closed, 0 open; 0.5 (the annotators disagreed) is not known, nor is a frame that
    stands twice with different labels. A recording is a `clip`, its numbers are its `frame`s:
    mostly one after the other, with gaps. Recordings that the authors discarded (s006) are left
    out. Labels without a picture are known of (no eye was found in the face); they are listed as
    one fault for each folder, as are pictures without a label.

    Two of the 15 people were recorded twice. Which recordings are theirs is not published: say it
    with `--person` where you know. The authors' own folds never divide 1, 2, 8, 10; nor 3, 4, 7,
    9; nor 5, 12, 13, 14; nor 0, 11, 15, 16.

    Not filled: `side`, since nothing says whether the faces were mirrored before left and right
    were told apart; `glasses`, since `noglasses` means the eye-tracking glasses of RT-GENE.

    Source: Cortacero, Fischer and Demiris 2019, "RT-BENE: A Dataset and Baselines for Real-Time
    Blink Estimation in Natural Environments"; layout after the loaders of its authors.
    """

    kind: ClassVar[str] = "rt-bene"
    home: ClassVar[str] = "https://zenodo.org/records/3685316"
    version: ClassVar[int] = 1

    person: Mapping[str, str] = field(
        default_factory=dict,
        metadata={
            "help": "RECORDING=PERSON, such as s008=s001: whose recording it is, where two are one "
            "person's. A recording that is not named is a person of its own."
        },
    )
    discarded: bool = field(
        default=False,
        metadata={"help": "Also take the recordings that the authors discarded."},
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        for recording, person in self.person.items():
            if not re.fullmatch(r"s\d{3}", recording):
                raise ConfigError(f"--person {recording}={person}: a recording is called as s008.")
            try:
                check_text(person)
            except DataError as error:
                raise ConfigError(f"--person {recording}: {error}.") from None

    def pictures(self, archive: Archive, skip: Skip) -> Iterator[Picture]:
        """Recording by recording, frame by frame, left before right.

        Raises:
            DataError: The list of recordings is missing, or says what cannot be.
        """
        found = _pictures(archive, skip)
        for labels, recording in self._recordings(archive):
            try:
                frames = _labels(archive, labels, skip)
            except DataError as error:
                skip(labels, str(error))
                continue
            yield from self._eyes(recording, frames, found, skip)

    def _recordings(self, archive: Archive) -> list[tuple[str, str]]:
        """Name of each file of labels, with the recording whose pictures it belongs to."""
        pairs: dict[str, str] = {}
        for number, row in enumerate(_rows(archive, _only(archive, SUBJECTS)), 1):
            if len(row) < 6:
                raise DataError(f"{SUBJECTS}, row {number}: six cells were expected, not {row}.")
            folders = [_FOLDER.fullmatch(cell) for cell in row[2:4]]
            told = [match and (match["recording"], match["eye"]) for match in folders]
            first = told[0]
            if first is None or told != [(first[0], "left"), (first[0], "right")]:
                raise DataError(
                    f"{SUBJECTS}, row {number}: {row[2:4]} are not the left and right folder of "
                    "one recording, as in s000_noglasses/natural/left/."
                )
            if row[4] == "discarded" and not self.discarded:
                log.info("%s: the authors discarded %s; it is left out", self.kind, first[0])
                continue
            if first[0] in pairs or row[1] in pairs.values():
                raise DataError(f"{SUBJECTS}, row {number}: {row[1:3]} stands twice.")
            pairs[first[0]] = row[1]
        return [(pairs[recording], recording) for recording in sorted(pairs)]

    def _eyes(
        self,
        recording: str,
        labels: Mapping[int, int | None],
        found: Mapping[_Eye, str],
        skip: Skip,
    ) -> Iterator[Picture]:
        columns = {
            "subject": self.person.get(recording, recording),
            "session": recording,
            "clip": recording,
            "spectrum": "rgb",
            "licence": "RT-BENE: CC BY-NC-SA 4.0, not for commercial use",
        }
        missing: dict[str, list[int]] = {eye: [] for eye in _EYES}
        for frame, label in sorted(labels.items()):
            for eye in _EYES:
                member = found.get((recording, eye, frame))
                if member is None:
                    missing[eye].append(frame)
                    continue
                source = f"{recording}/{eye}/{frame}"
                yield Picture(source, columns | {"frame": frame, "label": label}, member)
        extra = {eye: [n for r, e, n in found if r == recording and e == eye] for eye in _EYES}
        for eye in _EYES:
            _tell(skip, recording, eye, missing[eye], "labels have no picture")
            unlabelled = [frame for frame in extra[eye] if frame not in labels]
            _tell(skip, recording, eye, sorted(unlabelled), "pictures have no label")


def _tell(skip: Skip, recording: str, eye: str, frames: list[int], fault: str) -> None:
    if frames:
        folder = f"{recording}_noglasses/natural/{eye}"
        skip(folder, f"{len(frames)} of its {fault}, the first of frame {frames[0]}")


def _pictures(archive: Archive, skip: Skip) -> dict[_Eye, str]:
    """Which file holds which eye."""
    found: dict[_Eye, str] = {}
    for member in archive.members:
        if (match := _PICTURE.fullmatch(member)) is None:
            if member.endswith(".png"):
                skip(member, "unknown file name; expected .../natural/left/left_000001_rgb.png")
            continue
        eye = (match["recording"], match["eye"], int(match["frame"]))
        if found.setdefault(eye, member) != member:
            skip(member, "a file before it shows the same eye")
    return found


def _labels(archive: Archive, name: str, skip: Skip) -> dict[int, int | None]:
    """Label by frame; None where the annotators disagree."""
    given: dict[int, set[int | None]] = {}
    for number, row in enumerate(_rows(archive, _only(archive, name)), 1):
        try:
            frame, label = _row(row)
        except DataError as error:
            skip(f"{name}, row {number}", str(error))
            continue
        given.setdefault(frame, set()).add(label)
    return {frame: labels.pop() if len(labels) == 1 else None for frame, labels in given.items()}


def _row(row: list[str]) -> tuple[int, int | None]:
    match = _ROW.fullmatch(row[0]) if len(row) == 2 else None
    if match is None:
        raise DataError(f"expected a row such as left_000001_rgb.png,0.0, not {row}")
    try:
        return int(match["frame"]), _LABELS[float(row[1])]
    except (ValueError, KeyError):
        raise DataError(f"a label is 0, 0.5 or 1, not {row[1]!r}") from None


def _rows(archive: Archive, member: str) -> Iterator[list[str]]:
    try:
        text = archive.read(member).decode("utf-8")
        yield from (row for row in csv.reader(StringIO(text, newline=""), strict=True) if row)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{member} is no table ({error}).") from None


def _only(archive: Archive, name: str) -> str:
    """The one file of that name, wherever it lies."""
    members = [member for member in archive.members if PurePosixPath(member).name == name]
    if len(members) != 1:
        found = f"stands there {len(members)} times" if members else "is missing"
        raise DataError(
            f"{name} {found}: it has to lie, once, beside the folders of pictures. Published lists "
            "cross the labels of s002 and s003, so that nothing is assumed without it."
        )
    return members[0]
