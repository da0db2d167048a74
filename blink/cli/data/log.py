import re
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from blink.cli.data.told import told_people
from blink.cli.options import JsonFile
from blink.cli.outcome import leave
from blink.contract.wording import plural

if TYPE_CHECKING:
    from blink.data.history.versions import Lineage, Version

Of = Annotated[Path, typer.Argument(metavar="PATH", help="A data set, or a split's CSV file.")]


def log(path: Of, json: JsonFile = None) -> None:
    """Show where a data set or a split came from: its versions, the newest first.

    Each version is named by a hash of what it holds, what made it and what it was made of. A star
    is a version, the lines lead to those that it was made of; as for `git log --graph`.

    Example:
        blink data log data/mrl+cew

    The whole line of ancestors lies in version.json beside the manifest (for a split, in the JSON
    file beside it), and is shown though their folders are gone.
    """
    from blink.data.history.versions import lineage_of, lineage_of_split

    lineage = lineage_of_split(path) if path.suffix == ".csv" else lineage_of(path)
    typer.echo("\n".join(_graph(lineage)))
    if json is not None:
        leave(json, {"versions": lineage.to_json()})


def _graph(lineage: "Lineage") -> list[str]:
    """The versions, with a lane of two characters for each line of ancestors still to come."""
    lines: list[str] = []
    lanes: list[str] = [lineage.head.id]
    for version in lineage.versions:
        at = lanes.index(version.id)
        left, right = "| " * at, "| " * (len(lanes) - at - 1)
        new = [parent for parent in dict.fromkeys(version.parents) if parent not in lanes]
        bar = left + ("| " * len(new) or "  ") + right
        fork = left + "|\\" + " \\" * (len(new) - 2) + "  " + right if len(new) > 1 else bar
        title, *rest = _told(version)
        lines.append(f"{left}* {right}{title}")
        lines += [(bar if n else fork) + line for n, line in enumerate(rest)]
        lanes[at : at + 1] = new
    return lines


def _told(version: "Version") -> list[str]:
    people = told_people(version.people, version.unknown)
    lines = [
        f"{version.id} {version.operation}",
        f"  {plural(version.crops, 'crop')}, {people}; fingerprint {version.fingerprint}",
    ]
    if version.parents:
        lines.append(f"  of {', '.join(version.parents)}")
    told = {name: value for name, value in version.options.items() if _is_given(value)}
    if told:
        words = (f"{k}: {_in_words(v) if k == 'rule' else dumps(v)}" for k, v in told.items())
        lines.append(f"  {', '.join(words)}")
    return lines


def _in_words(rule: Any) -> str:
    """The rule of a split, or a part of one; a text as it stands: older histories hold such."""
    match rule:
        case {"kind": str(kind), **options}:
            title = re.sub(r"\B(?=[A-Z])", " ", kind).lower()
            given = [f"{k}: {_in_words(v)}" for k, v in options.items() if _is_given(v)]
            return f"{title} ({', '.join(given)})" if given else title
        case dict():
            return ", ".join(f"{name}: {_in_words(one)}" for name, one in rule.items())
        case list():
            return ", ".join(map(_in_words, rule))
        case _:
            return str(rule)


def _is_given(value: object) -> bool:
    """Whether an option was not left as it is; 0 is a choice, though it equals False."""
    return value is not None and value is not False and value not in ("", {}, [])
