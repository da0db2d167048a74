from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from blink.cli.options import outside_bundles
from blink.cli.outcome import leave
from blink.contract import ConfigError
from blink.contract.wording import plural

if TYPE_CHECKING:
    from blink.data.split import Split

_TITLES: Final = {"unknown": "crops of people unknown"}

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The data set.")]
Out = Annotated[
    Path,
    typer.Option(
        metavar="SPLIT.csv", callback=outside_bundles, help="The table of people and roles."
    ),
]
DataSetOut = Annotated[
    str | None, typer.Option(metavar="NAME", help="Test this data set, train on the others.")
]
SensorOut = Annotated[
    str | None, typer.Option(metavar="NAME", help="Test this sensor, train on the others.")
]
Leaky = Annotated[
    bool, typer.Option("--leaky", help="Shuffle crops, not people: only to show what a leak does.")
]
Like = Annotated[
    Path | None,
    typer.Option(
        metavar="SPLIT.csv", help="Everybody's role as in this split of an older version."
    ),
]
TestShare = Annotated[
    float | None,
    typer.Option(help="Test about this share of each data set's people; 0 tests nobody. [0.2]"),
]
TestHash = Annotated[
    int | None,
    typer.Option(help="Test one person in so many, by the hash of the name: nobody moves later."),
]
Test = Annotated[
    list[str] | None,
    typer.Option(metavar="PERSON", help="Test this person (or DATASET/PERSON); may stand often."),
]
TestFile = Annotated[
    Path | None, typer.Option(help="Test the people whom this text names, one in a line.")
]
Folds = Annotated[int, typer.Option(help="Number of folds of the people who are not tested.")]
Fold = Annotated[int, typer.Option(help="The fold that validates; the others train.")]
Seed = Annotated[int, typer.Option(help="Decides who comes into which fold.")]
Balance = Annotated[
    str, typer.Option(metavar="A,B", help="Attributes to balance beside the label.")
]
Seal = Annotated[bool, typer.Option("--seal", help="Count looks at the test people from now on.")]


def split(  # noqa: PLR0913, PLR0917 - one argument for each option
    folder: Folder,
    out: Out,
    leave_data_set_out: DataSetOut = None,
    leave_sensor_out: SensorOut = None,
    leaky: Leaky = False,
    like: Like = None,
    test_share: TestShare = None,
    test_hash: TestHash = None,
    test: Test = None,
    test_file: TestFile = None,
    folds: Folds = 5,
    fold: Fold = 0,
    seed: Seed = 0,
    balance: Balance = "",
    seal: Seal = False,
) -> None:
    """Decide who of a data set's people trains, validates and tests.

    Made once, saved, and checked whenever it is read: no person and no clip is in two roles. Test
    people are chosen first; everybody else is dealt into folds, one of which validates. Shares of
    the classes, and of the attributes that --balance names, are made alike as far as whole people
    allow; the table that is printed shows how far that is. A warning says how many pictures lie
    in two roles, exactly the same, since they stand under two people, or under one and nobody;
    another names people in two roles whose names differ by nothing but spelling.

    Examples:
        blink data split data/mrl --out mrl.csv --test-share 0.25 --balance glasses,gender
        blink data split data/all --out cew-out.csv --leave-data-set-out cew
        blink data split data/mrl --out ids-out.csv --leave-sensor-out IDS
        blink data split data/mrl --out leaky.csv --leaky
        blink data split data/mrl-2 --out mrl-2.csv --like mrl.csv
        python train.py data=prepared data.folder=data/mrl data.split=mrl.csv

    With --leave-sensor-out everybody whom the sensor ever saw is tested, on its crops alone; what
    other sensors took of them, and crops whose sensor is not known, are set aside. Crops of people
    unknown only ever train. With --like, whoever is new trains, and looks at a sealed split are
    counted on. A --leaky split is for one experiment: the same eyes train and test.

    Nothing is overwritten. Beside SPLIT.csv lies SPLIT.json, for machines; what --seal does is told
    by: blink data seal --help
    """
    from blink.cli.data.split_rule import Chosen, choose_rule
    from blink.data.alike import tell_alike
    from blink.data.history.versions import derive, lineage_of
    from blink.data.manifest import read_manifest
    from blink.data.split import (
        Carried,
        alike_across,
        balance_of,
        describe_rule,
        pictures_across,
        write_sealed,
    )

    _check_vacant(out)
    manifest = read_manifest(folder)
    chosen = Chosen(
        data_set_out=leave_data_set_out,
        sensor_out=leave_sensor_out,
        leaky=leaky,
        like=like,
        test_share=test_share,
        test_hash=test_hash,
        test=tuple(test or ()),
        test_file=test_file,
        folds=folds,
        fold=fold,
        seed=seed,
        balance=tuple(name.strip() for name in balance.split(",") if name.strip()),
    )
    rule = choose_rule(chosen, manifest)
    made = rule.make(manifest)
    older = rule.older if isinstance(rule, Carried) else None
    is_sealed = seal or (older is not None and bool(older.ledgers))
    if is_sealed:
        write_sealed(made, out, older)
    else:
        made.write(out)
    roles = balance_of(manifest, made, chosen.balance)
    typer.echo(_told(made, roles))
    across = pictures_across(manifest, made)
    if across and not made.is_leaky:
        typer.echo(
            f"WARNING: this split has {plural(across, 'picture')} in two roles, exactly the "
            "same: one eye under two people, or under a person and nobody, and figures on it will "
            f"be too good. See which, and under whom: blink data audit {folder} --split {out}",
            err=True,
        )
    alike = alike_across(made)
    if alike:
        typer.echo(
            f"WARNING: this split has people in two roles who are named alike: {tell_alike(alike)}."
            " If they are one person, figures on it will be too good: write the name in one way in "
            f"the source, import and split again. See them: blink data audit {folder}",
            err=True,
        )
    told = describe_rule(rule)
    lineage = derive(made.fingerprint, "split", {"rule": told}, [lineage_of(manifest)])
    outcome = {
        "fingerprint": made.fingerprint,
        "manifest": manifest.fingerprint,
        "leaky": made.is_leaky,
        "rule": told,
        "held_out": made.held_out,
        "sealed": is_sealed,
        "roles": roles,
        "pictures_in_two_roles": across,
        "people_alike_in_two_roles": [["/".join(one) for one in group] for group in alike],
        "version": lineage.to_json(),
    }
    leave(out.with_suffix(".json"), outcome)


def _check_vacant(out: Path) -> None:
    """Refuses a name whose files would overwrite something, or be taken for another split's."""
    from blink.data.split import ledger_path

    if out.suffix != ".csv":
        raise ConfigError(f"--out is {out}; a split is a table: let its name end with .csv.")
    for path in (out, out.with_suffix(".json"), ledger_path(out)):
        if path.exists():
            raise ConfigError(
                f"{path} is there already. Nothing is overwritten: name another file with --out, "
                "or move that one away."
            )


def _told(split: "Split", roles: dict[str, dict[str, float]]) -> str:
    """The roles side by side, and what they mean, for a person."""
    names = list(dict.fromkeys(name for role in roles.values() for name in role))
    wide = max(len(_TITLES.get(name, name)) for name in names)
    lines = [" " * wide + "".join(f"{role:>10}" for role in roles)]
    lines += [
        f"{_TITLES.get(name, name):{wide}}"
        + "".join(f"{_cell(name, role[name]):>10}" for role in roles.values())
        for name in names
        if name != "unknown" or any(role[name] for role in roles.values())
    ]
    for name, people in split.held_out.items():
        lines.append(f"{'' if split.is_leaky else 'Tested of '}{name}: {people}.")
    return "\n".join([f"Split {split.fingerprint}", *lines])


def _cell(name: str, value: float) -> str:
    return f"{value:,}" if name in ("crops", "people", "unknown") else f"{100 * value:.1f} %"
