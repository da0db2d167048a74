"""Tiny drawn eyes, and the data sets and archives that tests make of them."""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from blink.contract import Crop
from blink.data.images import encode_png
from blink.data.manifest import Manifest, write_manifest
from blink.data.row import Row, make_row


def eye(seed: int, closed: bool, side: int = 24) -> Crop:
    """A grey eye of a few strokes, no two seeds alike."""
    generator = np.random.default_rng(seed)
    picture = generator.integers(120, 180, (side, side)).astype(np.uint8)
    middle = (side // 2 + int(generator.integers(-2, 3)), side // 2)
    cv2.ellipse(picture, middle, (side // 3, 1 if closed else side // 5), 0, 0, 360, 220, -1)
    if not closed:
        cv2.circle(picture, middle, side // 7, 20, -1)
    return picture


def rows(dataset: str, people: Mapping[Any, Iterable[int | None]]) -> list[Row]:
    """One row for each label of each person."""
    numbered = [(subject, label) for subject, labels in people.items() for label in labels]
    return [
        make_row(
            dataset,
            f"{number}.png",
            encode_png(eye(number, label == 1)),
            subject=subject,
            label=label,
            licence="drawn",
        )
        for number, (subject, label) in enumerate(numbered)
    ]


def crowd(people: int, crops: int = 4, unknown: int = 0) -> dict[str, list[int | None]]:
    """People with as many open as closed eyes, and some more of which nobody knows it."""
    labels = [*(crop % 2 for crop in range(crops)), *[None] * unknown]
    return {f"p{number:02d}": list(labels) for number in range(people)}


def data_set(folder: Path, people: Mapping[str, Iterable[int | None]]) -> Manifest:
    """A written data set named `drawn`."""
    return write_manifest(folder, rows("drawn", people))


def mrl_members(
    people: int = 3, crops: int = 6, sensors: Sequence[str] = ("03",)
) -> dict[str, bytes]:
    """The files of an archive as MRL's, outer folder and annotation included.

    Sensors see people in turn.
    """
    members = {"mrlEyes_2018_01/annotation.txt": b"subject ID:\n"}
    for person in range(1, people + 1):
        for number in range(crops):
            is_open = number % 2
            sensor = sensors[person % len(sensors)]
            name = f"s{person:04d}_{number:05d}_0_1_{is_open}_2_0_{sensor}.png"
            picture = encode_png(eye(100 * person + number, not is_open))
            members[f"mrlEyes_2018_01/s{person:04d}/{name}"] = picture
    return members


def cew_members(faces: int = 40) -> dict[str, bytes]:
    """The files of an archive as CEW's: both eyes of each face, half of the faces closed."""
    members = {}
    for face in range(faces):
        state = ("open", "closed")[face % 2]
        stem = f"closed_eye_{face:04d}.jpg_face_1" if face % 2 else f"Person_{face}_0001"
        for side in ("Left", "Right"):
            name = f"dataset_B_Eye_Images/{state}{side}Eyes/{stem}_{side[0]}.jpg"
            members[name] = encode_png(eye(2 * face + len(side), bool(face % 2)))
    return members


def write_zip(path: Path, members: Mapping[str, bytes]) -> Path:
    """A zip of these members in this order."""
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def write_folder(path: Path, members: Mapping[str, bytes]) -> Path:
    """The folder that a zip of these members would be extracted to."""
    for name, content in members.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path
