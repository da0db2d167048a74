"""The columns of a manifest, checked on every read and write."""

import pandas as pd
import pandera.pandas as pa
import pyarrow as arrow

from blink.contract import DataError
from blink.contract.attributes import VOCABULARY

ATTRIBUTES = (*VOCABULARY, "openness")
"""Columns that describe a crop and may be sliced over; each may be null."""

ARROW = arrow.schema(
    [
        arrow.field("id", arrow.string(), nullable=False),
        arrow.field("content_hash", arrow.string(), nullable=False),
        arrow.field("dataset", arrow.string(), nullable=False),
        ("subject", arrow.string()),  # null where nobody knows whose eye it is
        ("session", arrow.string()),
        ("clip", arrow.string()),
        ("frame", arrow.int32()),
        ("label", arrow.int8()),
        arrow.field("label_source", arrow.string(), nullable=False),
        arrow.field("label_weight", arrow.float32(), nullable=False),
        arrow.field("width", arrow.int32(), nullable=False),
        arrow.field("height", arrow.int32(), nullable=False),
        *((name, arrow.string()) for name in VOCABULARY),
        ("openness", arrow.float32()),
        arrow.field("licence", arrow.string(), nullable=False),
        arrow.field("image", arrow.binary(), nullable=False),
    ]
)

_TEXTS = {name for name in ARROW.names if ARROW.field(name).type == arrow.string()}
_PRINTABLE = r"[^\x00-\x1f\x7f]+"
"""At least one character and no control character: a table shows each value on one line."""

DATASET = r"[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]*"
"""Files are named after a data set, so that its name leads nowhere else and hides nothing."""

_is_printable = pa.Check(
    lambda texts: texts.str.fullmatch(_PRINTABLE), name="printable", error="one line of text"
)
_names_a_file = pa.Check(
    lambda texts: texts.str.fullmatch(DATASET),
    name="names_a_file",
    error="one line of text without / and \\, and no dot before it",
)


def column(name: str) -> pa.Column:
    """The rule of one column of a manifest; tables derived from it keep the same rules.

    That of a text has no type: `validated` gives it one, in half of the time of all the rules.
    """
    match name:
        case "frame":
            return pa.Column("Int32", pa.Check.ge(0), nullable=True)
        case "label":
            return pa.Column("Int8", pa.Check.isin([0, 1]), nullable=True)
        case "label_weight":
            return pa.Column("float32", pa.Check.in_range(0, 1))
        case "width" | "height":
            return pa.Column("int32", pa.Check.ge(1))
        case "openness":
            return pa.Column("Float32", pa.Check.in_range(0, 1), nullable=True)
        case _:
            values = VOCABULARY.get(name)
            text = _names_a_file if name == "dataset" else _is_printable
            checks = pa.Check.isin(values) if values else text
            return pa.Column(None, checks, nullable=ARROW.field(name).nullable)


COLUMNS = tuple(name for name in ARROW.names if name != "image")
_SCHEMA = pa.DataFrameSchema({name: column(name) for name in COLUMNS}, strict=True, coerce=True)


def checked(table: pd.DataFrame, where: str, first_row: int = 0) -> pd.DataFrame:
    """Returns the table with its proper types if every row keeps the contract.

    Args:
        table: One row per crop, the columns of a manifest without `image`.
        where: What to call the table in an error.
        first_row: Number of the table's first row within its manifest.

    Returns:
        The same rows; a null is `pd.NA`, that of a text NaN.

    Raises:
        DataError: Names the row, the column and the fault of the first bad cell.
    """
    advice = "Mend the source or its importer, then import again."
    return validated(table, _SCHEMA, where, advice, first_row)


def validated(
    table: pd.DataFrame, schema: pa.DataFrameSchema, where: str, advice: str, first_row: int = 0
) -> pd.DataFrame:
    """Returns a table with the types of its schema, if it keeps to that.

    Args:
        table: In any order of columns and rows.
        schema: What it has to be; its texts are rules made by `column`.
        where: How an error begins: what the table is called, or what it is not.
        advice: How an error ends: the way out.
        first_row: Number of the table's first row within the whole.

    Raises:
        DataError: Names the row, the column and the fault of the first bad cell.
    """
    texts = _with_texts(table.reset_index(drop=True), where, first_row)
    blank = [
        name
        for name, rule in schema.columns.items()
        if rule.nullable
        and name in texts
        and texts[name].isna().all()
        and texts[name].dtype.kind not in "mM"  # no moment can be a number, not even a missing one
    ]
    try:
        # A rule takes a millisecond, whatever there is to see; most attributes are known of nobody.
        good = schema.remove_columns(blank).validate(texts.drop(columns=blank), lazy=True)
    except pa.errors.SchemaErrors as error:
        cases = error.failure_cases
        first = cases.iloc[0]
        row = "" if pd.isna(first["index"]) else f"row {first_row + int(first['index'])}, "
        more = f" ({len(cases) - 1} more)" if len(cases) > 1 else ""
        value = first["failure_case"]
        found = repr(value) if isinstance(value, str) else str(value)
        raise DataError(
            f"{where}: {row}column {first['column']}: {found} breaks the rule "
            f"{first['check']}{more}. {advice}"
        ) from None
    types = {name: schema.columns[name].dtype for name in blank}
    typed = texts.astype({name: str(one) for name, one in types.items() if one is not None})
    return typed.assign(**{str(name): values for name, values in good.items()})


def _with_texts(table: pd.DataFrame, where: str, first_row: int) -> pd.DataFrame:
    """The same table, those of its columns as text that a manifest has as text.

    Raises:
        DataError: A cell is no text, nor can be written as one.
    """
    texts = {}
    for name in (str(one) for one in table if one in _TEXTS):
        try:
            texts[name] = table[name].astype("str")
        except (TypeError, ValueError) as error:
            row = next(n for n, value in enumerate(table[name]) if not _is_text(value))
            raise DataError(
                f"{where}: row {first_row + row}, column {name}: {table[name].iloc[row]!r} is no "
                f"text ({error})."
            ) from None
    return table.assign(**texts)


def _is_text(value: object) -> bool:
    try:
        pd.Series([value]).astype("str")
    except (TypeError, ValueError):
        return False
    return True
