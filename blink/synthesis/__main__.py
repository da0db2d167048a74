"""Looks at the renderer: `python -m blink.synthesis sheet`, `… strip`, `… compare`, `… speed`."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from blink.contract import BlinkError, ConfigError, Crop, whole_file
from blink.data.images import encode_png
from blink.synthesis.compare import comparison
from blink.synthesis.dataset import RenderedEyes
from blink.synthesis.sheet import contact_sheet
from blink.synthesis.strip import filmstrip


def _picture(arguments: argparse.Namespace) -> None:
    if arguments.people < 1 or arguments.out.suffix.lower() != ".png":
        raise ConfigError("A picture shows at least 1 person, and its name ends in .png.")
    _write(arguments.out, arguments.draw(arguments.people, arguments.seed))


def _compare(arguments: argparse.Namespace) -> None:
    if arguments.out.suffix.lower() != ".png":
        raise ConfigError("The name of a picture ends in .png.")
    _write(arguments.out, comparison(arguments.data, seed=arguments.seed))


def _write(out: Path, picture: Crop) -> None:
    with whole_file(out) as path:
        path.write_bytes(encode_png(picture))
    height, width, _ = picture.shape
    print(f"{out}: {width}×{height} pixels")


def _speed(arguments: argparse.Namespace) -> None:
    eyes = RenderedEyes(arguments.people, arguments.crops, processes=arguments.processes)
    with tempfile.TemporaryDirectory() as folder:
        started, before = time.perf_counter(), os.times()
        manifest = eyes.write(Path(folder) / "eyes")
        seconds, after = time.perf_counter() - started, os.times()
    count, work = len(manifest), sum(after[:4]) - sum(before[:4])
    rate = count / seconds
    print(f"{count} eyes in {seconds:.1f} s, PNG and manifest included: {rate:.0f} a second")
    # What a busy machine changes less: CPU time of all processes. Starting those that render is in
    # it; what this one imported before is not, since whoever trains has it already.
    print(f"{1e3 * work / count:.2f} ms of CPU each: {count / work:.0f} a second and idle core")


def main() -> int:
    """Runs one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m blink.synthesis", description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, draw, what in (
        ("sheet", contact_sheet, "write a contact sheet"),
        ("strip", filmstrip, "write a filmstrip of blinks, winks and long closures"),
    ):
        picture = commands.add_parser(name, help=what)
        picture.add_argument("out", type=Path, help="PNG file to write")
        picture.add_argument("--people", type=int, default=10)
        picture.add_argument("--seed", type=int, default=0)
        picture.set_defaults(run=_picture, draw=draw)
    compare = commands.add_parser("compare", help="write real and rendered eyes side by side")
    compare.add_argument("out", type=Path, help="PNG file to write")
    compare.add_argument("--data", type=Path, help="folder with the archives")
    compare.add_argument("--seed", type=int, default=0)
    compare.set_defaults(run=_compare)
    speed = commands.add_parser("speed", help="measure crops per second")
    speed.add_argument("--people", type=int, default=400)
    speed.add_argument("--crops", type=int, default=36)
    speed.add_argument("--processes", type=int, default=0)
    speed.set_defaults(run=_speed)
    arguments = parser.parse_args()
    try:
        arguments.run(arguments)
    except BlinkError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
