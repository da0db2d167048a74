import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from blink.contract import ConfigError, DataError
from blink.data.archive import Archive
from blink.data.importers.annotated import (
    AnnotatedEyes,
    member_of,
    read_json,
    size_of,
    whole_pixels,
    word_of,
)
from blink.data.importers.listed import member_below
from blink.data.importers.picture import Box, Picture, Skip

_Entry = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class CocoEyes(AnnotatedEyes):
    r"""COCO annotations: boxes around eyes on faces, or whole pictures that are crops already.

    A box is a crop: its edges go to the nearest pixel, and to the picture's edge where it juts out
    by less than half. An annotation without a box is about its whole picture. Several
    of the same box, or of the same whole picture, are one crop: what they agree on is its label,
    it is not known where they contradict each other, and a fault where they name different people.
    Crowds and rotated boxes are listed as faults;
    pictures without annotations are passed over, and no address is ever fetched.

        blink data import coco eyes.json --out eyes-v1 --images photos/ \
            --eyes 'eye_.*' --state eye_open=open --state eye_closed=closed \
            --subject-in attributes.person

    Source: "Data format" of cocodataset.org; `attributes` as CVAT and Datumaro write them.
    """

    kind: ClassVar[str] = "coco"
    home: ClassVar[str] = "the tool that it was exported from"
    unit: ClassVar[str] = "annotation"
    version: ClassVar[int] = 2
    people_in: ClassVar[str] = "--subject-in attributes.NAME, or "

    label_in: str = field(
        default="category",
        metadata={"help": "Where the state of an eye stands: category, or attributes.NAME."},
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.label_in != "category":
            _attribute("--label-in", self.label_in)
        if self.subject_in is not None:
            _attribute("--subject-in", self.subject_in)

    def pictures(self, archive: Archive, skip: Skip) -> Iterator[Picture]:
        """Image by image, annotation by annotation, in the file's order.

        Raises:
            DataError: The file is missing, no COCO annotations, or two of its images or categories
                share a number.
        """
        content = read_json(self.path)
        if isinstance(content, list):
            raise DataError(
                f"{self.path} is a list, as Label Studio exports it, and COCO is a mapping: "
                "blink data import labelstudio"
            )
        content = member_of(content, dict, str(self.path))
        images = self._numbered(content, "images")
        categories = self._numbered(content, "categories")
        of_image = self._annotations(content, images, skip)
        seen: dict[str, int] = {}
        for number, image in images.items():
            annotations = of_image.get(number)
            if not annotations:
                continue
            try:
                member = member_below(member_of(image.get("file_name"), str, "file_name"))
            except DataError as error:
                skip(f"image {number}", str(error))
                continue
            if seen.setdefault(member, number) != number:
                skip(f"image {number}", "an image before it has the same file")
                continue
            yield from self._eyes(member, image, annotations, categories, skip)

    def _eyes(
        self,
        member: str,
        image: _Entry,
        annotations: list[_Entry],
        categories: dict[int, _Entry],
        skip: Skip,
    ) -> Iterator[Picture]:
        crops: dict[Box | None, list[Picture]] = {}
        for annotation in annotations:
            try:
                picture = self._eye(member, image, annotation, categories)
            except DataError as error:
                skip(f"annotation {annotation['id']}", str(error))
                continue
            if picture is not None:
                crops.setdefault(picture.box, []).append(picture)
        for same in crops.values():
            first = same[0]
            if len({picture.columns["subject"] for picture in same}) > 1:
                skip(first.source, "its annotations name different people")
                continue
            agree = len({picture.columns["label"] for picture in same}) == 1
            label = first.columns["label"] if agree else None
            yield replace(first, columns={**first.columns, "label": label})

    def _eye(
        self, member: str, image: _Entry, annotation: _Entry, categories: dict[int, _Entry]
    ) -> Picture | None:
        """One crop; None where its category is no eye."""
        category = _category(annotation, categories)
        if not self.is_eye(category):
            return None
        attributes = _attributes(annotation)
        if annotation.get("iscrowd"):
            raise DataError("a crowd is no eye")
        if any(entry.get("rotation") for entry in (annotation, attributes)):
            raise DataError("its box is rotated, and crops are not")
        word = category
        if self.label_in != "category":
            word = word_of(attributes.get(_key(self.label_in)), self.label_in)
        given = None
        if self.subject_in is not None:
            both = {**_attributes(image), **attributes}
            given = word_of(both.get(_key(self.subject_in)), self.subject_in)
        columns = self.columns(member, word, given)
        if not annotation.get("bbox"):
            return Picture(member, columns, member)
        box, size = _box(annotation["bbox"], image)
        return Picture(f"{member}#{annotation['id']}", columns, member, box=box, size=size)

    def _annotations(
        self, content: _Entry, images: dict[int, _Entry], skip: Skip
    ) -> dict[int, list[_Entry]]:
        """The annotations of each image."""
        found: dict[int, list[_Entry]] = {}
        seen: set[int] = set()
        entries = member_of(content.get("annotations"), list, f"{self.path}: annotations")
        for place, entry in enumerate(entries):
            try:
                annotation, number, image = _about(entry, images)
            except DataError as error:
                skip(f"annotations[{place}]", str(error))
                continue
            if number in seen:
                skip(f"annotations[{place}]", f"it repeats the id {number}")
                continue
            seen.add(number)
            found.setdefault(image, []).append(annotation)
        return found

    def _numbered(self, content: _Entry, name: str) -> dict[int, _Entry]:
        entries: dict[int, _Entry] = {}
        for place, value in enumerate(member_of(content.get(name), list, f"{self.path}: {name}")):
            where = f"{self.path}: {name}[{place}]"
            entry = member_of(value, dict, where)
            number = member_of(entry.get("id"), int, f"{where}.id")
            if number in entries:
                raise DataError(f"{where} repeats the id {number}; it is not clear which is meant.")
            entries[number] = entry
        return entries


def _about(entry: Any, images: dict[int, _Entry]) -> tuple[_Entry, int, int]:
    """An annotation, its number, and that of its image."""
    annotation = member_of(entry, dict, "it")
    number = member_of(annotation.get("id"), int, "id")
    image = member_of(annotation.get("image_id"), int, "image_id")
    if image not in images:
        raise DataError(f"there is no image {image}")
    return annotation, number, image


def _category(annotation: _Entry, categories: dict[int, _Entry]) -> str:
    number = member_of(annotation.get("category_id"), int, "category_id")
    if number not in categories:
        raise DataError(f"there is no category {number}")
    return word_of(categories[number].get("name"), f"the name of category {number}")


def _box(value: Any, image: _Entry) -> tuple[Box, tuple[int, int]]:
    """A box in pixels, with the size of its picture."""
    sides = member_of(value, list, "bbox")
    if len(sides) != 4:
        raise DataError(f"a box has four sides, not {len(sides)}")
    size = size_of(image, "width", "height")
    return whole_pixels(sides, size), size


def _attributes(entry: _Entry) -> _Entry:
    attributes: _Entry = member_of(entry.get("attributes") or {}, dict, "attributes")
    return attributes


def _key(place: str) -> str:
    return place.partition(".")[2]


def _attribute(option: str, value: str) -> None:
    if not re.fullmatch(r"attributes\..+", value):
        raise ConfigError(f"{option} {value}: expected attributes.NAME.")
