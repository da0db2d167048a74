import csv
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from functools import cache
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

import typer
from typer.core import TyperGroup
from typer.main import get_command

from blink.cli.data.told import told_people
from blink.cli.help import shown
from blink.cli.options import outside_bundles
from blink.cli.outcome import leave
from blink.cli.vacancy import is_there_already, refuse_within
from blink.contract import ConfigError
from blink.contract.wording import plural

if TYPE_CHECKING:
    from blink.data.history.versions import Version
    from blink.data.importers.importing import Importer

OUTCOME = "import.json"


class Kinds(TyperGroup):
    """One command for each importer; its options are the fields of the importer."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The kinds of source, sorted."""
        from blink.data.importers.listing import importers

        return list(importers())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of one kind, or None where there is no such importer."""
        from blink.data.importers.listing import importers

        importer = importers().get(cmd_name)
        if importer is None:
            return None
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(cmd_name, help=shown(importer), no_args_is_help=True)(_command(importer))
        return get_command(alone)


kinds = typer.Typer(
    name="import",
    cls=Kinds,
    help="""Import a foreign data set: blink data import KIND SOURCE --out DIR

Each kind of source has options of its own: blink data import KIND --help

\b
    blink data import mrl mrlEyes_2018_01.zip --out data/mrl
    blink data import folder photos/ --out data/mine --subject-from '(p[0-9]+)_'

The data set is a folder with one table, manifest.parquet, its pictures within. Beside it lie
version.json, DATASET_CARD.md, import.json for machines, and skipped.csv where pictures were bad.
An import that was stopped goes on where it was when it is called again; the same source with the
same options gives the same fingerprint on any machine. Nothing is overwritten.""",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@kinds.callback()
def _options() -> None:
    """Makes `import` a group, though it registers no command before one is asked for."""


def _command(importer: "type[Importer]") -> Callable[..., None]:
    """A function whose parameters are the importer's fields, for Typer to read."""

    def run(source: Path, out: Path, **options: Any) -> None:
        given = {name: _given(name, hints[name], value) for name, value in options.items()}
        _import(importer(source, **given), out)

    hints = get_type_hints(importer)
    source = typer.Argument(help="Where the source lies, as downloaded or as extracted.")
    out = typer.Option(
        "--out",
        metavar="DIR",
        resolve_path=True,
        callback=outside_bundles,
        help="Folder for the data set.",
    )
    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("source", keyword, annotation=Annotated[Path, source]),
        inspect.Parameter("out", keyword, annotation=Annotated[Path, out]),
        *(_parameter(f, hints[f.name]) for f in fields(importer) if f.name != "path"),
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _parameter(option: "Field[Any]", kind: Any) -> inspect.Parameter:
    """An option of a command from a field of an importer."""
    name = f"--{option.name.replace('_', '-')}"
    metavar, default = None, option.default
    if _is_mapping(kind):
        kind, metavar, default = list[str], "KEY=VALUE", []
    elif _is_many(kind):
        kind, default = list[str], []
    info = typer.Option(name, help=option.metadata["help"], metavar=metavar)
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=inspect.Parameter.empty if default is MISSING else default,
        annotation=Annotated[kind, info],
    )


def _given(name: str, kind: Any, value: Any) -> Any:
    """What a field is given for what stands at the prompt."""
    if _is_mapping(kind):
        pairs = [word.partition("=") for word in value or ()]
        for key, equals, _ in pairs:
            if not (key and equals):
                raise ConfigError(
                    f"--{name.replace('_', '-')} {key} should be KEY=VALUE, such as label=state."
                )
        return {key: entry for key, _, entry in pairs}
    return tuple(value or ()) if _is_many(kind) else value


def _is_mapping(kind: Any) -> bool:
    return inspect.isclass(get_origin(kind)) and issubclass(get_origin(kind), Mapping)


def _is_many(kind: Any) -> bool:
    """Whether it is a list or tuple of texts."""
    origin = get_origin(kind)
    return inspect.isclass(origin) and issubclass(origin, Sequence) and str in get_args(kind)


def _import(importer: "Importer", out: Path) -> None:
    """Imports, and says what came of it; does nothing where that was done before."""
    from blink.data.alike import named_alike, tell_alike
    from blink.data.archive import find_archive
    from blink.data.history.facts import count
    from blink.data.history.versions import lineage_of
    from blink.data.importers.blocks import SKIPPED, parts_of
    from blink.data.manifest import read_manifest

    archive = find_archive(importer.path)
    if archive is not None:
        why = f"the source, {archive}, and would be a part of it when it is read again"
        refuse_within(out, archive, why)
    key = cache(lambda: importer.key)  # reads all of the source, and is not always asked for
    is_there = is_there_already(out, lambda version: _made_of(out, version) == key())
    source = {"kind": importer.kind, "key": key(), "options": importer.options}
    if is_there:
        rmtree(parts_of(out), ignore_errors=True)  # of an import that was killed at its very end
    else:
        importer.write(
            out,
            lambda place, fingerprint: leave(
                place / OUTCOME, source | {"fingerprint": fingerprint}, quietly=True
            ),
        )
    manifest = read_manifest(out)
    facts, version = count(manifest)[0], lineage_of(manifest).head
    skipped = _lines(out / SKIPPED)
    people = told_people(facts.people, facts.unknown)
    labels = ", ".join(f"{number:,} {label}" for label, number in facts.labels.items() if number)
    did = f"{out} is there already:" if is_there else "Imported"
    typer.echo(f"{did} {plural(facts.crops, 'crop')} of {facts.name} ({people}): {labels}.")
    if skipped:
        typer.echo(f"Skipped {plural(skipped, 'bad one')}, listed in {out / SKIPPED}.")
    alike = named_alike((facts.name, person) for person in facts.per_person)
    if alike:
        typer.echo(
            f"WARNING: some people are named alike: {tell_alike(alike)}. If they are one person, "
            "write the name in one way in the source and import again: a split takes them for two.",
            err=True,
        )
    typer.echo(f"Version {version.id}, fingerprint {version.fingerprint}, in {out}.")
    outcome = source | {
        "version": version.id,
        "fingerprint": version.fingerprint,
        "skipped": skipped,
        "facts": facts.to_json(),
    }
    leave(out / OUTCOME, outcome)


def _made_of(out: Path, version: "Version") -> str | None:
    """The key of the source that a data set was imported from; None where nobody knows."""
    try:
        outcome = json.loads((out / OUTCOME).read_text("utf-8"))
        return str(outcome["key"]) if outcome["fingerprint"] == version.fingerprint else None
    except (OSError, ValueError, KeyError, TypeError):
        return None  # it may be anything, and is not overwritten


def _lines(table: Path) -> int:
    """Number of rows of a CSV file; 0 where it is missing."""
    if not table.is_file():
        return 0
    with table.open(newline="", encoding="utf-8") as file:
        return sum(1 for _ in csv.reader(file)) - 1
