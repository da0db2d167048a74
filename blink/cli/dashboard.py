import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from blink.cli.help import shown

Runs = Annotated[Path, typer.Argument(metavar="[RUNS]", help="The folder of runs.")]
Host = Annotated[
    str,
    typer.Option(help="Address to serve at; anything but this machine's own asks for a token."),
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="0 takes any that is free.")]
Token = Annotated[
    str | None,
    typer.Option(help="What everybody has to know. [none on this machine, else a new one]"),
]
Open = Annotated[bool, typer.Option("--open", help="Open it in the browser.")]


def show(
    runs: Runs = Path("runs"),
    host: Host = "127.0.0.1",
    port: Port = 8050,
    token: Token = None,
    opens: Open = False,
) -> None:
    """Look at hundreds of runs in the browser: table, live curves, trade-offs, comparisons.

    Nothing leaves this machine, no account is needed, and no run is changed: the page reads the
    run folders, again whenever they change. A run that was deleted is gone.

    Examples:
        blink dashboard
        blink dashboard /mnt/team/runs --port 0 --open
        blink dashboard --host 0.0.0.0

    With a host that others can reach, the address that is printed carries a token, without which
    nobody sees anything. Ctrl-C ends it.
    """
    from blink.contract import ConfigError

    missing = [name for name in ("dash", "dash_ag_grid", "waitress") if not _is_there(name)]
    if missing:
        raise ConfigError(
            f"The dashboard needs {', '.join(missing)}: pip install 'blink[dashboard]'."
        )
    from blink.dashboard import Place, serve

    serve(runs, Place(host, port, token, opens), typer.echo)


def _is_there(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


dashboard = typer.Typer(add_completion=False, rich_markup_mode=None)
# Not a plain function, as other verbs are: without a word it starts, and shows no help.
dashboard.command("dashboard", help=shown(show))(show)
