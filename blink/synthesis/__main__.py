"""The renderer by itself: `python -m blink.synthesis sheet`, or strip, compare, fit, speed."""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

import blink.early  # noqa: F401 - before what takes seconds to import

from blink.contract import BlinkError, ConfigError, Crop, atomic_file
from blink.data.images import encode_png
from blink.synthesis.compare import comparison
from blink.synthesis.counterparts import COUNTERPARTS
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


def _fit(arguments: argparse.Namespace) -> None:
    # Not above: sklearn takes longer to load than a picture takes to draw.
    from blink.synthesis.fitting import fit_renderer

    if arguments.out.suffix.lower() != ".json" or arguments.crops < 1:
        raise ConfigError("A fit takes at least 1 crop, and the name of its file ends in .json.")
    chosen = [one for one in COUNTERPARTS if one.importer.kind in arguments.to]
    fit = fit_renderer(arguments.data, chosen, arguments.crops, arguments.seed)
    with atomic_file(arguments.out) as path:
        path.write_text(json.dumps(fit, indent=1) + "\n", encoding="utf-8", newline="\n")
    auc = fit["auc"]
    print(
        f"{arguments.out}: real and rendered crops told apart with an AUC of {auc['before']:.3f},"
    )
    print(f"fitted ones {auc['after']:.3f}; the fit rests on {fit['effective']} effective crops")


def _write(out: Path, picture: Crop) -> None:
    with atomic_file(out) as path:
        path.write_bytes(encode_png(picture))
    height, width, _ = picture.shape
    print(f"{out}: {width}×{height} pixels")


def _speed(arguments: argparse.Namespace) -> None:
    eyes = RenderedEyes(
        arguments.people,
        arguments.crops,
        processes=arguments.processes,
        fitted=arguments.fitted,
    )
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


def _seed(word: str) -> int:
    if not word.isdecimal():
        raise argparse.ArgumentTypeError(f"{word} is no whole number from 0 up")
    return int(word)


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
        picture.add_argument("--seed", type=_seed, default=0)
        picture.set_defaults(run=_picture, draw=draw)
    compare = commands.add_parser("compare", help="write real and rendered eyes side by side")
    compare.add_argument("out", type=Path, help="PNG file to write")
    compare.add_argument("--data", type=Path, help="folder with the archives")
    compare.add_argument("--seed", type=_seed, default=0)
    compare.set_defaults(run=_compare)
    kinds = [counterpart.importer.kind for counterpart in COUNTERPARTS]
    fit = commands.add_parser(
        "fit", help="fit the renderer to real crops, whose labels are not read"
    )
    fit.add_argument("out", type=Path, help="JSON file to write")
    fit.add_argument("--data", type=Path, required=True, help="folder with the archives")
    fit.add_argument("--to", nargs="+", choices=kinds, default=kinds, help="archives")
    fit.add_argument("--crops", type=int, default=1900, help="of each archive")
    fit.add_argument("--seed", type=_seed, default=0)
    fit.set_defaults(run=_fit)
    speed = commands.add_parser("speed", help="measure crops per second")
    speed.add_argument("--people", type=int, default=400)
    speed.add_argument("--crops", type=int, default=36)
    speed.add_argument("--processes", type=int, default=0)
    speed.add_argument("--fitted", type=Path, help="what `fit` wrote, to draw by it")
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
