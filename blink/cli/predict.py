import json as json_format
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from blink.cli.annotated import Copies
from blink.cli.answers import Answer, answer_pictures, head
from blink.cli.options import BundleFolder, outside_bundles
from blink.cli.picture_files import SUFFIXES, PictureFile, find_pictures
from blink.contract import DataError
from blink.data.depth import HELP, check_bits

if TYPE_CHECKING:
    from blink.runtime import Detector

Places = Annotated[
    list[Path], typer.Argument(metavar="PATH…", help="Pictures of one eye each, or folders.")
]
Precision = Annotated[
    str | None, typer.Option(metavar="NAME", help="Which graph. [the bundle's own choice]")
]
Threads = Annotated[int, typer.Option(min=1, metavar="N", help="Threads within one run.")]
Bits = Annotated[int | None, typer.Option(metavar="N", help=HELP)]
Json = Annotated[
    bool, typer.Option("--json", help="Print JSON instead, an object a line; takes no FILE.")
]
Annotate = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        callback=outside_bundles,
        help="Leave copies with the answer drawn below, as PNG.",
    ),
]

CHUNK: Final = 64
"""Pictures that are in memory at a time."""


def predict(
    bundle: BundleFolder,
    paths: Places,
    precision: Precision = None,
    threads: Threads = 1,
    bits: Bits = None,
    json: Json = False,
    annotate: Annotate = None,
) -> None:
    """Ask a bundle whether the eyes of these pictures are closed.

    Folders are searched to the bottom, in the order of names, for what cv2 can read; links to
    folders are not followed. Each picture is taken for the crop of one eye. `usable` says whether
    it can be relied on: too small, blank, saturated, blurred, or not an eye at all, as far as the
    bundle can tell.

    Examples:
        blink predict export/zoo/standard eye.png
        blink predict export/zoo/standard crops/ --json > answers.jsonl
        blink predict export/zoo/standard crops/ --annotate looked-at
        blink predict export/zoo/standard infrared/ --bits 12

    A picture that cannot be read is told and counted, and the others are answered.

    Exit status: 0 all were read, 1 some were not.
    """
    from blink.runtime import Detector

    check_bits(bits)
    copies = None if annotate is None else Copies(annotate, paths)
    detector = Detector.load(bundle, precision, threads=threads)
    found = find_pictures(paths)
    pictures = found.pictures
    if not pictures:
        places, others = ", ".join(map(str, paths)), found.told()
        raise DataError(
            f"There is no picture in {places}: none of {' '.join(SUFFIXES)}"
            f"{'; ' if others else ''}{others}."
        )
    try:
        first = "" if json else head(detector.bundle.has_openness)
        tally = _tell(_answers(detector, pictures, copies, bits), len(pictures), first)
    except BrokenPipeError:  # as in `blink predict … | head`, which has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None
    point = detector.bundle.operating_point
    typer.echo("; ".join(filter(None, [tally.summary(point.threshold), found.told()])), err=True)
    if tally.failed:
        raise typer.Exit(1)


@dataclass
class Tally:
    """How many answers of each kind there were."""

    closed: int = 0
    open: int = 0
    unusable: int = 0
    failed: int = 0

    def add(self, answer: Answer) -> None:
        """Counts one."""
        self.closed += answer.closed is True
        self.open += answer.closed is False
        self.unusable += answer.reason is not None
        self.failed += answer.fault is not None

    def summary(self, threshold: float) -> str:
        """One line for people."""
        said = f"{self.closed:,} closed, {self.open:,} open at threshold {threshold:g}"
        said += f"; {self.unusable:,} not usable" if self.unusable else ""
        return said + (f"; {self.failed:,} could not be read" if self.failed else "")


def _tell(answers: Iterable[Answer], total: int, first: str) -> Tally:
    """Prints answers as they come, a line each; faults and progress go to stderr.

    Args:
        answers: As they come.
        total: How many.
        first: Heads of the columns; empty for JSON, which has none.
    """
    from tqdm import tqdm

    tally = Tally()
    if first:
        typer.echo(first)
    # On a terminal the lines themselves are the progress.
    for answer in tqdm(answers, unit="picture", total=total, disable=sys.stdout.isatty()):
        tally.add(answer)
        if answer.fault is not None:
            tqdm.write(f"{answer.shown_path}: {answer.fault}", file=sys.stderr)
        if not first:
            typer.echo(json_format.dumps(answer.to_dict()))
        elif answer.fault is None:
            typer.echo(answer.row)
    return tally


def _answers(
    detector: "Detector",
    pictures: Sequence[PictureFile],
    copies: Copies | None,
    bits: int | None,
) -> Iterator[Answer]:
    for start in range(0, len(pictures), CHUNK):
        chunk = pictures[start : start + CHUNK]
        answered = answer_pictures(detector, [picture.path for picture in chunk], bits)
        for picture, (answer, crop) in zip(chunk, answered, strict=True):
            if copies is not None and crop is not None:
                copies.write(picture.name, crop, *_drawn(answer))
            yield answer


def _drawn(answer: Answer) -> tuple[list[str], str]:
    """The lines below a copy, and the colour of its bar."""
    lines = (
        [] if answer.p_closed is None else [f"{answer.decision}, p_closed {answer.p_closed:.3f}"]
    )
    if answer.openness is not None:
        lines.append(f"openness {answer.openness:.2f}")
    if answer.reason is None:
        return lines, answer.decision
    return [*lines, f"not usable: {answer.reason}"], "unusable"
