from typing import Annotated

import typer

Entity = Annotated[str, typer.Option(metavar="NAME", help="Team or user at W&B.")]
Project = Annotated[str, typer.Option(metavar="NAME", help="Where the runs are.")]
Data = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        metavar="NAME",
        help="A test set as it stands in the reports; runs are sorted by the first. May be "
        "repeated. [rendered]",
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print it as JSON; send nothing.")]


def workspace(
    entity: Entity,
    project: Project = "blink",
    data: Data = None,
    dry_run: DryRun = False,
) -> None:
    """Make the views that a team wants of its runs: leaderboard, Pareto, slices, learning curves.

    A workspace with a section for each view, and a report with the same views to share. Each call
    makes new ones; nothing that is there is changed. It needs an account (`wandb login`).

    Examples:
        blink wandb workspace --entity our-team
        blink wandb workspace --entity our-team --data mrl --data cew --data rendered
        blink wandb workspace --entity our-team --dry-run

    Exit status: 0 made, 1 not made.
    """
    import json

    from blink.contract import ConfigError

    try:
        from blink.evaluation.publication.board import Board
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"{error.name} is not installed. Install it: pip install 'blink[workspaces]'"
        ) from error
    board = Board(entity, project, tuple(data or ("rendered",)))
    if dry_run:
        typer.echo(json.dumps(board.to_dict(), indent=2))
        return
    for address in board.save():
        typer.echo(address)
