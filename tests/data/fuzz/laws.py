"""What the fuzzing tests share: laws held on many cases, and what an importer makes of files."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blink.contract import BlinkError, DataError
from blink.data.images import encode_png
from blink.data.importers.importing import Importer
from blink.data.importers.picture import Picture
from tests.data.drawing import eye

LENGTHS = [30, pytest.param(2000, marks=pytest.mark.long)]
CROP = encode_png(eye(1, False))
ANYONE: dict[str, Any] = {"subject_from": "(.)"}


def hold(examples: int, law: Callable[[Any], None], cases: st.SearchStrategy[Any]) -> None:
    """Checks a law on this many cases; the short run takes the same ones every time."""
    bounds = settings(
        max_examples=examples,
        database=None,
        derandomize=examples < 100,
        suppress_health_check=list(HealthCheck),
    )
    bounds(given(cases)(law))()


@dataclass(frozen=True)
class Held:
    """An archive that is a dictionary."""

    files: Mapping[str, bytes]

    @property
    def members(self) -> Sequence[str]:
        return sorted(self.files)

    def read(self, member: str) -> bytes:
        if member not in self.files:
            raise DataError("there is no such file")
        return self.files[member]

    def stamp(self, member: str) -> str:
        return "held" if member in self.files else "missing"

    def key(self, members: Collection[str] | None = None) -> str:
        return "held"


def _sound(pictures: Iterator[Picture]) -> list[Picture]:
    """The pictures, if each keeps its contract."""
    found = list(pictures)
    assert len({picture.source for picture in found}) == len(found)
    for picture in found:
        picture.source.encode("utf-8")
        assert picture.columns["label"] in (0, 1, None)
        subject = picture.columns["subject"]
        assert isinstance(subject, str)
        assert subject
        if picture.box is not None:
            assert picture.size is not None
            x, y, width, height = picture.box
            assert 0 <= x < x + width <= picture.size[0]
            assert 0 <= y < y + height <= picture.size[1]
    return found


def pictures_of(importer: Importer, files: Mapping[str, bytes]) -> list[Picture]:
    """What an importer makes of these files; nothing where it refuses all of them."""
    with suppress(BlinkError):
        return _sound(importer.pictures(Held(files), lambda member, fault: None))
    return []


WORDS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["open", "closed", "..", "/", "../../x.png", "a\x00b", "\ud800", "é.png", "CON"]
    ),
)
