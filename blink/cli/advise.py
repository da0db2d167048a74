from pathlib import Path
from typing import Annotated

import typer

from blink.cli.options import JsonFile
from blink.cli.outcome import leave

ZOO = Path("export/zoo")

TargetName = Annotated[
    str, typer.Option(metavar="TARGET", help="A file of conf/target by its name, or a path.")
]
Bundles = Annotated[
    list[Path] | None, typer.Argument(metavar="BUNDLE", help="Folders. [export/zoo/*]")
]
Prices = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A YAML file with your own numbers for what is assumed."),
]


def advise(
    target: TargetName,
    bundles: Bundles = None,
    prices: Prices = None,
    json: JsonFile = None,
) -> None:
    """Where the intelligence should live: in the page, on the device, on a server.

    Weighs latency, privacy, how soon users have a new model, and the cost of 1,000 uses. Size,
    latency and memory are measured: latencies that lie beside a bundle (latency*.json, from the
    target's CPU) are taken, otherwise they are measured on this machine. What a network, a cloud
    or an update takes is assumed; every assumption is listed with its source.

    Examples:
        blink advise --target wink_dating export/zoo/standard
        blink advise --target iris_login export/zoo/standard --prices ours.yaml --json advice.json

    A file of prices names what differs, such as `round_trip_ms: 20`.

    Exit status: 0 there is a place, 1 not done, 2 no place keeps to the target's budget and rules.
    """
    from blink.contract import ConfigError
    from blink.evaluation.advice import advise as weigh
    from blink.evaluation.advice import measure_footprints, tell_advice
    from blink.latency import Benchmark
    from blink.target import read_hosting, read_target

    wanted = read_target(target)
    if prices is not None:
        wanted = wanted.model_copy(update={"hosting": read_hosting(prices, wanted.hosting)})
    folders = bundles or sorted(path.parent for path in ZOO.glob("*/bundle.json"))
    if not folders:
        raise ConfigError(f"There is no bundle in {ZOO.absolute()}. Name the folder of one.")
    found = [weigh(wanted, measured) for measured in measure_footprints(folders, Benchmark())]
    typer.echo(tell_advice(wanted, found))
    if json is not None:
        hosting = wanted.hosting.model_dump()
        leave(json, {"assumed": hosting, "advice": [advice.to_dict() for advice in found]})
    if all(advice.place is None for advice in found):
        raise typer.Exit(2)
