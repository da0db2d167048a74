from pathlib import Path
from typing import Annotated

import typer

from blink.cli.options import JsonFile, outside_bundles
from blink.cli.outcome import leave

Named = Annotated[
    list[Path],
    typer.Argument(
        metavar="RUN_OR_BUNDLE…",
        help="Run folders, of train.py or blink evaluate, or bundles in them; the first is the "
        "baseline.",
    ),
]
Only = Annotated[
    str | None, typer.Option("--test", metavar="NAME", help="This test set alone. [all shared]")
]
Out = Annotated[
    Path,
    typer.Option(metavar="PAGE.html", callback=outside_bundles, help="Where to write the page."),
]
Data = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FOLDER",
        help="The data set with the pictures; may stand often. [what fits in BLINK_CACHE]",
    ),
]
AverageSeeds = Annotated[
    bool,
    typer.Option(
        "--average-seeds", help="Average runs of one configuration that differ in their seed."
    ),
]
AllRows = Annotated[
    bool,
    typer.Option(
        "--all-rows",
        help="Compare all rows in pairs, not only what each run is about and the best heuristic.",
    ),
]


def compare(
    named: Named,
    test: Only = None,
    out: Out = Path("comparison.html"),
    json: JsonFile = None,
    data: Data = None,
    average_seeds: AverageSeeds = False,
    all_rows: AllRows = False,
) -> None:
    """Compare runs on the same people: which is best, is that more than noise, what does it cost.

    Test sets are shown that several runs judged on the very same crops. A single run folder
    compares all of its rows. Nothing is run: predictions and metrics.json of the runs are read.

    Examples:
        blink compare runs/2026-11-23/14-11-38-real-fbac runs/2026-11-24/15-57-03-real-ab0c
        blink compare runs/2026-11-24/15-57-03-real-ab0c --test mrl --out mrl.html
        blink compare SEED_0 SEED_1 OTHER_0 OTHER_1 --average-seeds --json comparison.json

    The page shows a table, quality against latency and size, the paired difference of each pair
    with an interval over people and a p corrected for the number of pairs, groups side by side,
    and pictures that only one of two gets wrong.
    """
    from blink.contract.places import cache
    from blink.evaluation.comparison import (
        EntryRules,
        Places,
        describe_comparison,
        read_judged,
        tell_verdict,
        write_comparison,
    )
    from blink.evaluation.comparison import compare as compare_judged

    rules = EntryRules(average_seeds=average_seeds, all_rows=all_rows)
    found = compare_judged([read_judged(one) for one in named], rules, test)
    for each in found.test_sets:
        typer.echo("\n  ".join([f"{each.inputs.name}:", *tell_verdict(each)]))
    if not found.test_sets:
        typer.echo("Nothing is compared; the page says how each did on what it was not trained on.")
    for one in found.left_out:
        typer.echo(f"Left out: {one}")
    write_comparison(out, found, Places(tuple(data or ()), cache() / "datasets"))
    typer.echo(f"Wrote {out}")
    if json is not None:
        leave(json, describe_comparison(found))
