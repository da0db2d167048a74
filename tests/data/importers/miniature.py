"""Sources in miniature, laid out as their documents say; no real picture is in them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from blink.contract import Crop
from blink.data.images import encode_png
from tests.data.drawing import eye, write_folder


def rt_bene(
    labels: Mapping[str, Sequence[tuple[int, str]]],
    crossed: Mapping[str, str] | None = None,
    discarded: Iterable[str] = (),
) -> dict[str, bytes]:
    """The files of RT-BENE: the list of recordings, labels by recording, both eyes of each frame.

    Args:
        labels: Frame and label of each row, by recording.
        crossed: Recording whose pictures belong to the labels, where it is another one.
        discarded: Recordings that the authors set aside.
    """
    files, rows = {}, []
    for number, (recording, told) in enumerate(labels.items()):
        folder = f"{(crossed or {}).get(recording, recording)}_noglasses/natural"
        fate = "discarded,-1" if recording in discarded else "training,0"
        rows.append(
            f"{number},{recording}_blink_labels.csv,{folder}/left/,{folder}/right/,{fate}\n"
        )
        lines = "".join(f"left_{frame:06d}_rgb.png,{label}\n" for frame, label in told)
        files[f"{recording}_blink_labels.csv"] = lines.encode()
        for frame, label in told:
            for shift, side in enumerate(("left", "right")):
                seed = 1000 * int(folder[1:4]) + 2 * frame + shift
                picture = np.stack([eye(seed, label == "1.0")] * 3, axis=2)
                files[f"{folder}/{side}/{side}_{frame:06d}_rgb.png"] = encode_png(picture)
    files["rt_bene_subjects.csv"] = "".join(rows).encode()
    return files


def face(places: Mapping[tuple[int, int], Crop], size: tuple[int, int] = (160, 120)) -> bytes:
    """A grey photograph of that width and height with crops pasted at x, y."""
    picture = np.full((size[1], size[0]), 90, np.uint8)
    for (x, y), crop in places.items():
        picture[y : y + crop.shape[0], x : x + crop.shape[1]] = crop
    return encode_png(picture)


def annotated(folder: Path, content: Any, pictures: Mapping[str, bytes]) -> Path:
    """A file of JSON with its pictures beside it."""
    write_folder(folder, pictures)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "eyes.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def coco(
    images: Sequence[Mapping[str, Any]], annotations: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """COCO annotations over the categories open (1), closed (2) and face (3)."""
    names = ("open", "closed", "face")
    categories = [{"id": number, "name": name} for number, name in enumerate(names, 1)]
    return {"images": list(images), "annotations": list(annotations), "categories": categories}


def choice(word: str, name: str = "state") -> dict[str, Any]:
    """An answer of Label Studio about a whole picture."""
    return {
        "id": f"whole-{name}",
        "type": "choices",
        "from_name": name,
        "to_name": "image",
        "value": {"choices": [word]},
    }


def rectangle(
    name: str, word: str, box: tuple[float, float, float, float], **more: Any
) -> dict[str, Any]:
    """A box of Label Studio: left, top, width and height in percent of 160×120 pixels."""
    value = dict(zip(("x", "y", "width", "height"), box, strict=True))
    return {
        "id": name,
        "type": "rectanglelabels",
        "from_name": "eye",
        "to_name": "image",
        "original_width": 160,
        "original_height": 120,
        "image_rotation": 0,
        "value": {**value, "rotation": 0, "rectanglelabels": [word]},
    } | more


def task(image: str, *annotators: Sequence[Mapping[str, Any]], **data: Any) -> dict[str, Any]:
    """A task of Label Studio with the results of each annotator."""
    return {
        "data": {"image": image, **data},
        "annotations": [
            {"id": number, "was_cancelled": False, "result": list(results)}
            for number, results in enumerate(annotators)
        ],
        "predictions": [{"result": [choice("closed")]}],
    }
