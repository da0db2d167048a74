"""What a bundle says about pictures in files."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blink.cli.picture_files import read_picture
from blink.contract import DataError

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
    """

    path: Path
    p_closed: float | None = None
    closed: bool | None = None
    reason: str | None = None
    fault: str | None = None

    @property
    def decision(self) -> str:
        """`closed`, `open`, or a dash."""
        return "–" if self.closed is None else "closed" if self.closed else "open"

    @property
    def row(self) -> str:
        """The answer for people, in columns, the path last."""
        p_closed = "–" if self.p_closed is None else f"{self.p_closed:.4f}"
        return f"{p_closed:>8}  {self.decision:6}  {self.reason or 'yes':10}  {self.shown_path}"

    @property
    def shown_path(self) -> str:
        """The path in one line, whatever its name holds."""
        signs = str(self.path)
        return "".join(s if s.isprintable() else "\N{REPLACEMENT CHARACTER}" for s in signs)

    def to_dict(self) -> dict[str, Any]:
        """The answer for machines, JSON-ready."""
        if self.fault is not None:
            return {"path": str(self.path), "error": self.fault}
        return {
            "path": str(self.path),
            "p_closed": None if self.p_closed is None else round(self.p_closed, 6),
            "closed": self.closed,
            "usable": self.reason is None,
            "reason": self.reason,
        }


HEAD = "p_closed  eye     usable      picture"
"""Of the columns of `Answer.row`."""


def answer_pictures(
    detector: "Detector", paths: Sequence[Path]
) -> Iterator[tuple[Answer, "Crop | None"]]:
    """Reads pictures and has them all answered in one call.

    Yields:
        An answer for each path, in order, and its picture (BGR or grey) where it could be read.
    """
    from blink.runtime.preprocessing import SMALLEST_SIDE

    read = [_read(path) for path in paths]
    crops = [crop for crop, _ in read if crop is not None and min(crop.shape[:2]) >= SMALLEST_SIDE]
    p_closed = detector.predict(crops, "bgr")
    closed = p_closed >= detector.bundle.operating_point.threshold
    answered = zip(p_closed.tolist(), closed.tolist(), strict=True)
    for path, (crop, fault) in zip(paths, read, strict=True):
        if crop is None:
            yield Answer(path, fault=fault), None
            continue
        reason = detector.inspect(crop, "bgr").reason
        if min(crop.shape[:2]) < SMALLEST_SIDE:
            yield Answer(path, reason=reason), crop
            continue
        p, is_closed = next(answered)
        yield Answer(path, p, is_closed, reason), crop


def _read(path: Path) -> tuple["Crop | None", str | None]:
    try:
        return read_picture(path), None
    except DataError as error:
        return None, str(error)
