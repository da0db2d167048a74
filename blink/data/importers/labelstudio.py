import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from blink.contract import DataError
from blink.data.archive import Archive
from blink.data.importers.annotated import (
    AnnotatedEyes,
    member_of,
    number_of,
    read_json,
    size_of,
    whole_pixels,
    word_of,
)
from blink.data.importers.picture import Box, Picture, Skip

_KINDS = ("choices", "rectanglelabels", "rectangle")
_UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")
"""What Label Studio puts before the name of an uploaded file."""
_UPLOADS = "/data/upload/"
_MOST_BOXES = 1000
_SAME_BOX = 0.5
"""Intersection over union from which two annotators mean the same eye."""

_Entry = dict[str, Any]


@dataclass(frozen=True)
class _Said:
    """What one annotator says of one eye: of a box, or of the whole picture."""

    name: str
    label: int | None
    box: Box | None
    size: tuple[int, int] | None


@dataclass(frozen=True, kw_only=True)
class LabelStudioEyes(AnnotatedEyes):
    r"""A JSON export of Label Studio: choices about crops, or boxes around eyes on faces.

    Choices are about the whole picture, or about a box where they were made for one; the labels of
    boxes count where no choice does. Percentages become pixels of the original size, edges go to
    the nearest pixel, and to the picture's edge where a box juts out by less than half. Rotated
    boxes are listed as faults.

    Several annotators: what they agree on is the label; where they disagree it is not known. Boxes
    that overlap by half (intersection over union) are the same eye, whose crop is the box of the
    annotation that comes first; an eye that one of them did not draw is not known either.
    Cancelled annotations and predictions do not count.

    No address is ever fetched: a picture is the file below the folder of pictures whose path ends
    as the task's does, with or without the eight digits that an upload puts before its name.

        blink data import labelstudio export.json --out eyes-v1 --images photos/ \
            --subject-in person --state Shut=closed

    Source: "Export annotations" and "Label Studio JSON format" of labelstud.io's guide.
    """

    kind: ClassVar[str] = "labelstudio"
    home: ClassVar[str] = "Label Studio: Export, JSON"
    unit: ClassVar[str] = "task"
    version: ClassVar[int] = 2

    image: str = field(
        default="image", metadata={"help": "Field of a task's data that holds the picture."}
    )
    label_in: str | None = field(
        default=None,
        metadata={
            "help": "Name of the control (from_name) that the state of an eye was said with, where "
            "there are several."
        },
    )

    def pictures(self, archive: Archive, skip: Skip) -> Iterator[Picture]:
        """Task by task, in the file's order.

        Raises:
            DataError: The file is missing or no list of tasks.
        """
        content = read_json(self.path)
        if isinstance(content, dict) and "images" in content:
            raise DataError(
                f"{self.path} is in COCO's format, and Label Studio's is a list of tasks: "
                "blink data import coco"
            )
        tasks = member_of(content, list, str(self.path))
        by_name: dict[str, list[str]] = {}
        for member in archive.members:
            by_name.setdefault(PurePosixPath(member).name, []).append(member)
        seen: dict[str, int] = {}
        for place, task in enumerate(tasks):
            try:
                found = self._read(task, f"[{place}]", by_name, skip)
                if found is None:
                    continue
                member, crops = found
            except DataError as error:
                skip(f"[{place}]", str(error))
                continue
            if seen.setdefault(member, place) == place:
                yield from crops
            else:
                skip(f"[{place}]", "a task before it has the same picture")

    def _read(
        self, value: Any, where: str, by_name: dict[str, list[str]], skip: Skip
    ) -> tuple[str, list[Picture]] | None:
        """The picture of a task and its crops; None where nobody said anything of it."""
        task = member_of(value, dict, "it")
        said = self._said(task, where, skip)
        if not any(said):
            return None
        data = member_of(task.get("data"), dict, "data")
        member = _member(member_of(data.get(self.image), str, self.image), by_name)
        given = None
        if self.subject_in is not None:
            given = word_of(data.get(self.subject_in), self.subject_in)
        # Who it is and what holds for all; what the annotators agree on comes after.
        columns = self.columns(member, "unsure", given)
        return member, list(_crops(member, columns, said))

    def _said(self, task: _Entry, where: str, skip: Skip) -> list[list[_Said]]:
        """What each annotation says of the eyes."""
        said = []
        annotations = member_of(task.get("annotations"), list, "annotations")
        for number, value in enumerate(annotations):
            annotation = member_of(value, dict, f"annotations[{number}]")
            if annotation.get("was_cancelled"):
                continue
            place = f"{where}.annotations[{number}]"
            said.append(self._of_annotator(annotation, place, skip))
        return said

    def _of_annotator(self, annotation: _Entry, where: str, skip: Skip) -> list[_Said]:
        """What one annotation says: of its boxes, or of the whole picture."""
        units: dict[str, list[_Entry]] = {}
        for value in member_of(annotation.get("result"), list, f"{where}.result"):
            result = member_of(value, dict, f"a result of {where}")
            if result.get("type") not in _KINDS:
                continue
            shape = member_of(result.get("value"), dict, f"a value of {where}")
            name = word_of(result.get("id"), "id") if "width" in shape else ""
            units.setdefault(name, []).append(result)
        said = []
        for name, results in units.items():
            try:
                if (one := self._answer(name, results)) is not None:
                    said.append(one)
            except DataError as error:
                skip(f"{where}, {name or 'the whole picture'}", str(error))
        return said

    def _answer(self, name: str, results: list[_Entry]) -> _Said | None:
        words = self._words(results)
        if words is None:
            return None
        if len(words) != 1:
            raise DataError(f"one answer was expected, not {len(words)}; see --label-in")
        box, size = _box(results[0]) if name else (None, None)
        return _Said(name, self.label(words[0]), box, size)

    def _words(self, results: list[_Entry]) -> list[str] | None:
        """The answers about one eye; None where it is none."""
        names: list[str] = []
        answers: list[str] = []
        for result in results:
            kind = result["type"]
            given = member_of(result["value"].get(kind, []), list, kind)
            texts = [word_of(text, kind) for text in given]
            if kind == "rectanglelabels" and texts and not any(map(self.is_eye, texts)):
                return None
            if self.label_in is None or result.get("from_name") == self.label_in:
                (answers if kind == "choices" else names).extend(texts)
        whole = "width" not in results[0]["value"]
        return answers or names or (None if whole else [])


def _crops(member: str, columns: dict[str, Any], said: list[list[_Said]]) -> Iterator[Picture]:
    """The crops of one picture, with what the annotators agree on."""
    boxes = [[eye for eye in eyes if eye.box is not None] for eyes in said]
    whole = [eye.label for eyes in said for eye in eyes if eye.box is None]
    if whole and any(boxes):
        raise DataError("answers about the whole picture and about boxes; see --label-in")
    if whole:
        yield Picture(member, columns | {"label": _agreed(whole)}, member)
    if sum(map(len, boxes)) > _MOST_BOXES:
        raise DataError(f"no picture has more than {_MOST_BOXES} boxes")
    eyes = _matched(boxes)
    if len({eye.name for eye, _ in eyes}) < len(eyes):
        raise DataError("different boxes share an id")
    for eye, labels in eyes:
        label = _agreed(labels) if len(labels) == len(boxes) else None
        source = f"{member}#{eye.name}"
        yield Picture(source, columns | {"label": label}, member, box=eye.box, size=eye.size)


def _agreed(labels: list[int | None]) -> int | None:
    return labels[0] if len(set(labels)) == 1 else None


def _matched(annotators: list[list[_Said]]) -> list[tuple[_Said, list[int | None]]]:
    """The eyes that were drawn, each as it was drawn first, with its label by each who drew it."""
    eyes: list[tuple[_Said, list[int | None]]] = []
    for drawn in annotators:
        free = list(eyes)
        for one in drawn:
            near = max(free, key=lambda eye: _overlap(eye[0], one), default=None)
            if near is None or _overlap(near[0], one) < _SAME_BOX:
                eyes.append((one, [one.label]))
            else:
                free.remove(near)
                near[1].append(one.label)
    return eyes


def _overlap(first: _Said, second: _Said) -> float:
    """Intersection over union of two boxes."""
    if first.box is None or second.box is None:
        return 0.0
    (x, y, width, height), (left, top, columns, rows) = first.box, second.box
    across = max(min(x + width, left + columns) - max(x, left), 0)
    down = max(min(y + height, top + rows) - max(y, top), 0)
    return across * down / (width * height + columns * rows - across * down)


def _box(result: _Entry) -> tuple[Box, tuple[int, int]]:
    """A box that was given in percent, with the size of its picture."""
    value = result["value"]
    if value.get("rotation") or result.get("image_rotation"):
        raise DataError("its box is rotated, and crops are not")
    size = size_of(result, "original_width", "original_height")
    sides = [number_of(value.get(side), side) for side in ("x", "y", "width", "height")]
    return whole_pixels([side * size[n % 2] / 100 for n, side in enumerate(sides)], size), size


def _member(address: str, by_name: dict[str, list[str]]) -> str:
    """The file that a task's address means.

    Raises:
        DataError: No file fits, or several do.
    """
    try:
        parts = urlsplit(address)
        path = parse_qs(parts.query).get("d", [unquote(parts.path)])[0]
    except ValueError as error:
        raise DataError(f"{address!r} is no address ({error})") from None
    path = path.replace("\\", "/").strip("/")
    name = PurePosixPath(path).name
    if _UPLOADS in f"/{path}":
        path = name
    found = _ending(path, by_name.get(name, []))
    if not found and (bare := _UPLOADED.sub("", name, count=1)) != name:
        found = _ending(bare, by_name.get(bare, []))
    if len(found) != 1:
        many = f"several files fit it, such as {found[:2]}" if found else "no file fits it"
        raise DataError(f"{address!r}: {many}; nothing is fetched. Say where they lie: --images")
    return found[0]


def _ending(path: str, members: list[str]) -> list[str]:
    """Members whose path ends as the other does, whichever of them is longer."""
    return [m for m in members if f"/{path}".endswith(f"/{m}") or f"/{m}".endswith(f"/{path}")]
