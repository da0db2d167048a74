import typer

from blink.cli.data.told import told_people
from blink.cli.options import DataSet
from blink.cli.outcome import leave
from blink.contract.wording import plural


def card(folder: DataSet) -> None:
    """Write DATASET_CARD.md: what a stranger has to know of a data set.

    Counts, people, classes and attributes with their missing shares, picture sizes, licence by
    source, what the audit found, where it came from and how to make it again. Import, merge,
    relabel and audit write one.

    Example:
        blink data card data/mrl

    It lies beside the manifest, and card.json, the same counts for machines, beside it.
    """
    from blink.data.history.card import CARD, write_card

    facts = write_card(folder)
    people = told_people(sum(f.people for f in facts), sum(f.unknown for f in facts))
    crops = plural(sum(f.crops for f in facts), "crop")
    typer.echo(f"Described {crops} ({people}) in {folder / CARD}.")
    leave(folder / "card.json", {f.name: f.to_json() for f in facts})
