"""Looks at the renderer: `python -m blink.synthesis sheet OUT.png`, `… strip …`, `… speed`."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from blink.contract import BlinkError, ConfigError, whole_file
from blink.data.images import encode_png
from blink.synthesis.dataset import RenderedEyes
from blink.synthesis.sheet import contact_sheet
from blink.synthesis.strip import filmstrip


def _picture(arguments: argparse.Namespace) -> None:
    if arguments.people < 1 or arguments.out.suffix.lower() != ".png":
        raise ConfigError("A picture shows at least 1 person, and its name ends in .png.")
    picture = arguments.draw(arguments.people, arguments.seed)
    with whole_file(arguments.out) as path:
        path.write_bytes(encode_png(picture))
    height, width, _ = picture.shape
    print(f"{arguments.out}: {arguments.people} people, {width}×{height} pixels")


def _speed(arguments: argparse.Namespace) -> None:
    eyes = RenderedEyes(arguments.people, arguments.crops, processes=arguments.processes)
    with tempfile.TemporaryDirectory() as folder:
        started, before = time.perf_counter(), os.times()
        manifest = eyes.write(Path(folder) / "eyes")
        seconds, after = time.perf_counter() - started, os.times()
    count, work = len(manifest), sum(after[:4]) - sum(before[:4])
    rate = count / seconds
    print(f"{count} eyes in {seconds:.1f} s, PNG and manifest included: {rate:.0f} a second")
    # What a busy machine does not change: CPU time of all processes, starting them included.
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
    speed = commands.add_parser("speed", help="measure crops per second")
    speed.add_argument("--people", type=int, default=200)
    speed.add_argument("--crops", type=int, default=40)
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
