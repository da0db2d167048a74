"""Annotation files of which any value is replaced, dropped or repeated."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from blink.data.importers.coco import CocoEyes
from blink.data.importers.importing import Importer
from blink.data.importers.labelstudio import LabelStudioEyes
from tests.data.fuzz.laws import ANYONE, CROP, LENGTHS, WORDS, hold, pictures_of
from tests.data.importers.miniature import choice, coco, rectangle, task

_NUMBERS = st.one_of(
    st.integers(), st.floats(), st.sampled_from([0, -1, 2**31, 2**63, 10**400, 1e308, float("nan")])
)
_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, WORDS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _places(entry, (*path, key))


@st.composite
def _mutated(draw: st.DrawFn, content: Any) -> str:
    """A file of JSON in which some values are replaced, dropped or repeated."""
    content = deepcopy(content)
    for _ in range(draw(st.integers(1, 4))):
        places = list(_places(content))
        if not places:
            break
        *way, last = draw(st.sampled_from(places))
        holder = content
        for key in way:
            holder = holder[key]
        how = draw(st.sampled_from(["replace", "drop", "repeat"]))
        if how == "drop":
            del holder[last]
        elif how == "repeat" and isinstance(holder, list):
            holder.append(deepcopy(holder[last]))
        else:
            holder[last] = draw(_JSON)
    return json.dumps(content)


_COCO = coco(
    [{"id": n, "file_name": f"p{n}.png", "width": 160, "height": 120} for n in (1, 2)],
    [
        {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 24, 24], "attributes": {"a": 1}},
        {"id": 2, "image_id": 1, "category_id": 2, "bbox": [50, 2, 24, 24], "iscrowd": 0},
        {"id": 3, "image_id": 2, "category_id": 2},
    ],
)
_TASKS = [
    task(
        "p1.png",
        [rectangle("a", "open", (1, 2, 20, 20)), rectangle("b", "closed", (50, 2, 20, 20))],
        [rectangle("c", "open", (2, 2, 20, 20))],
    ),
    task("p2.png", [choice("open")], [choice("closed")]),
]


@pytest.mark.parametrize("examples", LENGTHS)
@pytest.mark.parametrize(
    ("kind", "content"), [(CocoEyes, _COCO), (LabelStudioEyes, _TASKS)], ids=["coco", "labelstudio"]
)
def test_annotations_give_sound_crops_or_a_fault_when_anything_in_them_is_changed(
    tmp_path: Path, kind: Callable[..., Importer], content: Any, examples: int
) -> None:
    path = tmp_path / "eyes.json"
    files = {"p1.png": CROP, "p2.png": CROP}

    def law(text: str) -> None:
        path.write_text(text, encoding="utf-8")
        pictures_of(kind(path, **ANYONE), files)

    path.write_text(json.dumps(content), encoding="utf-8")
    assert len(pictures_of(kind(path, **ANYONE), files)) == 3
    hold(examples, law, _mutated(content))
