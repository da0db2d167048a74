"""What a bundle says about pictures in files."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blink.cli.picture_files import read_picture
from blink.contract import DataError
from blink.contract.wording import one_line

if TYPE_CHECKING:
    from blink.contract import Crop
    from blink.runtime import Detector


@dataclass(frozen=True)
class Answer:
    """What is said about one picture.

    Attributes:
        path: As it was found.
        p_closed: None where it could not be read, or is too small to be looked at.
        closed: At the bundle's operating point; None likewise.
        reason: Why the answer should not be relied on; None where it may be.
        fault: Why it could not be read; None where it could.
        openness: 0 closed to 1 wide open; None likewise, and of a bundle that does not say it.
        has_openness: Whether the bundle says it.
    """

    path: Path
    p_closed: float | None = None
    closed: bool | None = None
    reason: str | None = None
    fault: str | None = None
    openness: float | None = None
    has_openness: bool = False

    @property
    def decision(self) -> str:
        """`closed`, `open`, or a dash."""
        return "–" if self.closed is None else "closed" if self.closed else "open"

    @property
    def row(self) -> str:
        """The answer for people, in columns, the path last."""
        p_closed = "–" if self.p_closed is None else f"{self.p_closed:.4f}"
        openness = "–" if self.openness is None else f"{self.openness:.2f}"
        opened = f"{openness:>8}  " if self.has_openness else ""
        usable = f"{self.reason or 'yes':10}"
        return f"{p_closed:>8}  {self.decision:6}  {opened}{usable}  {self.shown_path}"

    @property
    def shown_path(self) -> str:
        """The path in one line, whatever its name holds."""
        return one_line(str(self.path))

    def to_dict(self) -> dict[str, Any]:
        """The answer for machines, JSON-ready; of the path what is no text is replaced."""
        path = re.sub("[\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", str(self.path))
        if self.fault is not None:
            return {"path": path, "error": self.fault}
        openness = None if self.openness is None else round(self.openness, 6)
        return {
            "path": path,
            "p_closed": None if self.p_closed is None else round(self.p_closed, 6),
            "closed": self.closed,
            **({"openness": openness} if self.has_openness else {}),
            "usable": self.reason is None,
            "reason": self.reason,
        }


def head(has_openness: bool) -> str:
    """Of the columns of `Answer.row`."""
    return f"p_closed  eye     {'openness  ' if has_openness else ''}usable      picture"


def answer_pictures(
    detector: "Detector", paths: Sequence[Path], bits: int | None = None
) -> Iterator[tuple[Answer, "Crop | None"]]:
    """Reads pictures and has them all answered in one call.

    Args:
        detector: Whom to ask.
        paths: Of the pictures.
        bits: Of those of 16 bits, see `read_picture`.

    Yields:
        An answer for each path, in order, and its picture (RGB or grey) where it could be read.
    """
    from blink.runtime.crops import SMALLEST_SIDE

    read = [_read(path, bits) for path in paths]
    crops = [crop for crop, _ in read if crop is not None and min(crop.shape[:2]) >= SMALLEST_SIDE]
    p_closed = detector.predict(crops)
    closed = p_closed >= detector.bundle.operating_point.threshold
    has_openness = detector.bundle.has_openness
    opened = detector.openness(crops).tolist() if has_openness else [None] * len(crops)
    answered = zip(p_closed.tolist(), closed.tolist(), opened, strict=True)
    for path, (crop, fault) in zip(paths, read, strict=True):
        if crop is None:
            yield Answer(path, fault=fault), None
            continue
        reason = detector.inspect(crop).reason
        if min(crop.shape[:2]) < SMALLEST_SIDE:
            yield Answer(path, reason=reason, has_openness=has_openness), crop
            continue
        p, is_closed, openness = next(answered)
        answer = Answer(path, p, is_closed, reason, openness=openness, has_openness=has_openness)
        yield answer, crop


def _read(path: Path, bits: int | None) -> tuple["Crop | None", str | None]:
    try:
        return read_picture(path, bits), None
    except DataError as error:
        return None, str(error)
