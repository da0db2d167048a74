from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from blink.cli.options import outside_bundles


class Role(StrEnum):
    """Who is judged."""

    TEST = "test"
    VAL = "val"
    ALL = "all"


Intelligences = Annotated[
    list[Path],
    typer.Argument(
        metavar="INTELLIGENCE",
        help="A bundle, a run's folder (all bundles in it), or the adapter of a foreign model. "
        "The first is what the report is about.",
    ),
]
Data = Annotated[
    list[str],
    typer.Option(
        metavar="DATA",
        help="A data set's folder, or a collection of conf/data/collection; may stand often.",
    ),
]
SplitFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--split", metavar="SPLIT.csv", help="Who of a folder's people is tested; one a folder."
    ),
]
TargetName = Annotated[
    str | None,
    typer.Option(metavar="TARGET", help="What it is for: a file of conf/target, or a path."),
]
Judged = Annotated[
    Role,
    typer.Option(
        metavar="ROLE",
        help="Whose eyes: those of test people, of people who validate (val), to choose by, or of "
        "everybody in a folder (all), which needs no split.",
    ),
]
Precisions = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Judge this precision alone; may stand often. [all]"),
]
Batched = Annotated[
    bool, typer.Option("--batched", help="Predict in batches, if these give the same bits.")
]
MeasureLatency = Annotated[
    bool, typer.Option("--latency/--no-latency", help="Whether to measure it on this CPU.")
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        resolve_path=True,
        callback=outside_bundles,
        help="Folder for the results. [runs/DATE/TIME-evaluate-…]",
    ),
]


def evaluate(  # noqa: PLR0913, PLR0917 - one argument for each option
    intelligences: Intelligences,
    data: Data,
    split: SplitFiles = None,
    target: TargetName = None,
    judged: Judged = Role.TEST,
    out: Out = None,
    precision: Precisions = None,
    batched: Batched = False,
    latency: MeasureLatency = True,
) -> None:
    """Judge intelligences, yours and others', on people held out.

    What is judged is what ships: each crop goes through blink.runtime by itself, as in a product.
    Those are test people, and a look at a test set whose looks are counted is counted; with
    --judged val it is those who validate, by whom one of several is chosen, and with --judged all
    everybody in folders of your own, where nothing is to be trained. Whoever may have been trained
    on them is named. With --target the report says what its customers would feel, criterion
    by criterion, and whether to ship.

    Examples:
        blink evaluate export/zoo/standard --data real
        blink evaluate export/zoo/standard runs/2026-11-24/14-11-38-fast-fbac --data mrl
        blink evaluate export/zoo/standard conf/adapter/ocec.yaml --data real --target iris_login
        blink evaluate export/zoo/standard my-bundle --data real --judged val
        blink evaluate export/zoo/rendered-only --data data/mine --judged all
        blink evaluate my-bundle --data data/mine --split mine.csv --precision int8 --no-latency

    The folder of results holds predictions, what the pictures are like, metrics.json and
    report.html. Nothing is overwritten, and a stopped evaluation leaves no folder. --batched first
    runs 64 crops and more both ways, and ends with an error where a single bit differs.

    Exit status: 0 judged, 1 not, 2 judged and the answer is DO NOT SHIP.
    """
    from blink.cli.vacancy import refuse_occupied
    from blink.entry.evaluating import EvaluationRequest, carry_out
    from blink.entry.run_folder import name_folder

    folder = out or Path(name_folder("runs", "evaluate", None))
    refuse_occupied(folder)
    request = EvaluationRequest(
        places=tuple(intelligences),
        data=tuple(data),
        splits=tuple(split or ()),
        target=target,
        judged=judged.value,
        precisions=tuple(precision or ()),
        is_batched=batched,
        measures_latency=latency,
    )
    result = carry_out(request, folder)
    typer.echo(result.told)
    if result.is_refused:
        raise typer.Exit(2)
