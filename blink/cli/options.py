"""Arguments and options that several verbs take, in the same words."""

from pathlib import Path
from typing import Annotated

import typer

DataSet = Annotated[Path, typer.Argument(help="The data set: a folder with a manifest.parquet.")]
BundleFolder = Annotated[Path, typer.Argument(metavar="BUNDLE", help="A bundle's folder.")]
AnyBundle = Annotated[Path, typer.Argument(metavar="BUNDLE", help="A folder, or a .blink file.")]
JsonFile = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", help="Write the same as JSON, beside what is printed."),
]
