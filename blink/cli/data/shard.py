from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from blink.cli.options import outside_bundles, replaceable
from blink.cli.outcome import leave

Source = Annotated[Path, typer.Argument(metavar="DATA_SET", help="The data set's folder.")]
SplitFile = Annotated[
    Path, typer.Option("--split", metavar="FILE", help="Who trains: a table of `blink data split`.")
]
Out = Annotated[
    str, typer.Option("--out", metavar="URL_OR_FOLDER", help="s3://…, gs://… or a folder.")
]
Size = Annotated[
    int,
    typer.Option(
        "--size",
        help="Side of the crops: data.loader.working_size; with augment=none the net's own.",
    ),
]
Colour = Annotated[
    str, typer.Option("--colour", metavar="grey|rgb", help="As in input=grey32 or input=rgb32.")
]
BlockSize = Annotated[int, typer.Option("--block", help="Crops that are read together.")]
Megabytes = Annotated[int, typer.Option("--megabytes", help="Size of a shard.")]
Json = Annotated[
    Path | None,
    typer.Option(
        "--json",
        metavar="FILE",
        callback=replaceable,
        help="Where to write the outcome as JSON.",
    ),
]


def shard(  # noqa: PLR0913, PLR0917 - one argument for each option
    source: Source,
    split: SplitFile,
    out: Out,
    size: Size = 48,
    colour: Colour = "grey",
    block: BlockSize = 512,
    megabytes: Megabytes = 64,
    json: Json = None,
) -> None:
    r"""Write a data set's training crops as shards that training streams, from far away too.

    For data larger than the disks of the machines that train: they read the shards over the
    network, each process its own part, without keeping them. Within are the labelled crops of the
    split's training people, brought to the working size and mixed. Validation and test people stay
    in the data set. A folder must be new or empty; to a URL every shard is sent as soon as it is
    full, and the index last.

    Example:
        blink data shard data/mrl --split mrl.csv --out s3://bucket/mrl
        python train.py data=streaming data.folder=data/mrl data.split=mrl.csv \
            data.loader.shards=s3://bucket/mrl

    Training refuses shards of another data set, split, size or colour. Without --json the outcome
    lies beside a folder, as FOLDER.shards.json, which must not be there yet.

    Exit status: 0 written, 1 not.
    """
    from blink.cli.vacancy import refuse_occupied
    from blink.contract import DataError, InputSpec
    from blink.data.manifest import read_manifest
    from blink.data.split import Split
    from blink.data.streaming.sharding import write_shards
    from blink.data.streaming.shards import is_remote

    if not is_remote(out):
        outside_bundles(Path(out))
        refuse_occupied(Path(out))
        if json is None:
            json = Path(f"{out.rstrip('/')}.shards.json")
            if json.exists():
                raise DataError(
                    f"{json} is there already. Nothing is overwritten: name another file with "
                    "--json, or move that one away."
                )
    manifest = read_manifest(source)
    table = Split.read(split, manifest)
    spec = InputSpec.from_dict({"height": size, "width": size, "colour": colour})
    shards = write_shards(manifest, table, spec, out, block=block, megabytes=megabytes)
    typer.echo(
        f"{shards.crops:,} of {len(manifest):,} crops, those of training people with a label, are "
        f"in {shards.blocks:,} blocks of {shards.block} at {size}×{size} {colour}: {out}"
    )
    if json is not None:
        outcome = {"out": out, "fingerprint": shards.fingerprint, "blocks": shards.blocks}
        leave(json, asdict(shards) | outcome)
