import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from blink.contract import CLOSED, OPEN, ConfigError, DataError
from blink.data.archive import open_archive
from blink.data.images import decode, encode_png
from blink.data.importers.csv_table import CsvEyes
from tests.data.drawing import eye, write_zip
from tests.data.importers.skipped import skipped

COLUMNS = {"path": "file", "label": "state", "subject": "person"}
STATES = {"0": "open", "1": "closed"}
HEADER = "file,state,person"


def pictures(folder: Path, count: int = 12) -> list[str]:
    """Rows of a table that stands beside the pictures it names."""
    (folder / "eyes").mkdir(parents=True, exist_ok=True)
    for n in range(count):
        (folder / "eyes" / f"{n}.png").write_bytes(encode_png(eye(n, n % 2 == 1)))
    return [f"eyes/{n}.png,{n % 2},p{n % 3}" for n in range(count)]


def table(path: Path, rows: Sequence[str], header: str = HEADER, end: str = "\n") -> Path:
    path.write_bytes(end.join([header, *rows, ""]).encode())
    return path


def eyes(path: Path, **options: Any) -> CsvEyes:
    return CsvEyes(path, **({"column": COLUMNS, "state": STATES, "dataset": "drawn"} | options))


def test_csv_reads_path_state_and_person_in_the_order_of_the_rows(tmp_path: Path) -> None:
    rows = list(reversed(pictures(tmp_path)))
    manifest = eyes(table(tmp_path / "eyes.csv", rows)).write(tmp_path / "set")
    assert manifest.table["label"].tolist() == [CLOSED, OPEN] * 6
    assert manifest.table["subject"].tolist() == [f"p{n % 3}" for n in reversed(range(12))]
    first = (tmp_path / "eyes" / "11.png").read_bytes()
    assert next(iter(manifest.encoded())) == first


def test_csv_needs_no_mapping_when_columns_are_called_as_ours(tmp_path: Path) -> None:
    rows = [f"eyes/{n}.png,{word}" for n, word in enumerate(("open", "CLOSED", "unsure", ""))]
    pictures(tmp_path, 4)
    path = table(tmp_path / "mine.csv", rows, "path,label")
    manifest = CsvEyes(path, no_subject=True).write(tmp_path / "set")
    assert manifest.table["label"].tolist()[:2] == [OPEN, CLOSED]
    assert manifest.table["label"].isna().tolist() == [False, False, True, True]
    assert manifest.table["subject"].isna().all()
    assert set(manifest.table["dataset"]) == {"mine"}


def test_csv_ends_the_same_whatever_system_wrote_it_and_wherever_it_lies(tmp_path: Path) -> None:
    rows = pictures(tmp_path / "a")
    pictures(tmp_path / "b" / "c")
    members = {f"eyes/{n}.png": (tmp_path / f"a/eyes/{n}.png").read_bytes() for n in range(12)}
    dotted = [f"./{row}".replace(",", " , ") for row in rows]
    sources = [
        eyes(table(tmp_path / "a" / "eyes.csv", rows)),
        eyes(table(tmp_path / "b" / "c" / "eyes.csv", rows, f"\ufeff{HEADER}", "\r\n")),
        eyes(
            table(
                tmp_path / "eyes.tsv", [r.replace(",", "\t") for r in rows], "file\tstate\tperson"
            ),
            images=write_zip(tmp_path / "eyes.zip", members),
        ),
        eyes(table(tmp_path / "x.csv", dotted), images=tmp_path / "a"),
        eyes(
            table(tmp_path / "s.csv", [r.replace(",", ";") for r in rows], "file;state;person"),
            images=tmp_path / "a",
            delimiter=";",
        ),
    ]
    manifests = [s.write(tmp_path / "sets" / str(n)) for n, s in enumerate(sources)]
    assert len({manifest.fingerprint for manifest in manifests}) == 1
    assert len({(m.folder / "manifest.parquet").read_bytes() for m in manifests}) == 1


def test_csv_key_follows_table_pictures_and_options_but_no_place(tmp_path: Path) -> None:
    for place in ("a", "b"):
        table(tmp_path / f"{place}.csv", pictures(tmp_path / place))
    keys = [eyes(tmp_path / f"{p}.csv", images=tmp_path / p).key for p in ("a", "b")]
    other = eyes(tmp_path / "a.csv", images=tmp_path / "a", licence="CC0").key
    table(tmp_path / "a.csv", pictures(tmp_path / "a")[1:])
    assert keys[0] == keys[1]
    assert len({*keys, other, eyes(tmp_path / "a.csv", images=tmp_path / "a").key}) == 3


def test_csv_key_ignores_whatever_else_lies_beside_the_table(tmp_path: Path) -> None:
    path = table(tmp_path / "eyes.csv", pictures(tmp_path))
    with open_archive(tmp_path, "") as neat:
        content = neat.key() + hashlib.sha256(path.read_bytes()).hexdigest()
    key = eyes(path).key
    (tmp_path / "eyes" / "12.png").write_bytes(b"not in the table")
    with open_archive(tmp_path, "") as crowded:
        assert eyes(path).content(crowded) == content
    assert eyes(path).key == key
    (tmp_path / "eyes" / "0.png").write_bytes(b"in the table")
    assert eyes(path).key != key


BAD = {
    "../secret.png,0,p1": "its path is no place below the folder of the pictures",
    "eyes/../../secret.png,0,p1": "its path is no place below",
    "/etc/passwd,0,p1": "its path is no place below",
    "C:/secret.png,0,p1": "its path is no place below",
    "eyes\\0.png,0,p1": "its path is no place below",
    ",0,p1": "its path is left out",
    "eyes/0.png,2,p1": "'2' is no known state of an eye",
    "eyes/0.png,0,": "its person is left out",
    "eyes/0.png,0": "it has 2 cells, the first row 3",
    "eyes/\0.png,0,p1": "'eyes/\\x00.png' is no name",
}


def test_csv_lists_each_bad_row_by_its_number_and_reads_nothing_from_outside(
    tmp_path: Path,
) -> None:
    place = tmp_path / "in"
    rows = pictures(place)
    secret = encode_png(eye(99, True))
    (tmp_path / "secret.png").write_bytes(secret)
    missing = "eyes/missing.png,0,p1"
    path = table(place / "eyes.csv", [*list(BAD)[:5], *rows, "", missing])
    manifest = eyes(path).write(tmp_path / "set")
    assert set(manifest.encoded()) == {p.read_bytes() for p in (place / "eyes").iterdir()}
    assert secret not in set(manifest.encoded())
    listed = skipped(manifest.folder)
    assert "cannot be read" in listed.pop("eyes/missing.png")
    assert list(listed) == [f"row {n}" for n in range(2, 7)]
    assert all(listed[f"row {n}"].startswith(list(BAD.values())[n - 2]) for n in range(2, 7))
    again = eyes(table(place / "eyes.csv", [*rows, "", *list(BAD)[5:]])).write(tmp_path / "set")
    listed = skipped(again.folder)
    assert all(listed[f"row {n}"].startswith(list(BAD.values())[n - 10]) for n in range(15, 20))
    assert len(listed) == 5


def test_csv_is_refused_when_too_many_words_are_unknown(tmp_path: Path) -> None:
    rows = pictures(tmp_path, 24)
    path = table(tmp_path / "eyes.csv", rows)
    fault = r"12 of the 24 rows .*\n  12 × '1' is no known state of an eye;.*: row 3, row 5, "
    with pytest.raises(DataError, match=fault):
        eyes(path, state={"0": "open"}).write(tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_csv_takes_rows_that_repeat_once_and_rows_that_contradict_not_at_all(
    tmp_path: Path,
) -> None:
    rows = pictures(tmp_path)
    repeated, contradicted = rows[0], "eyes/1.png,0,p1"
    path = table(tmp_path / "eyes.csv", [*rows, repeated, contradicted])
    manifest = eyes(path).write(tmp_path / "set")
    assert manifest.table["subject"].tolist() == [f"p{n % 3}" for n in range(12) if n != 1]
    assert skipped(manifest.folder) == {
        "row 3": "another row says otherwise of the same crop",
        "row 14": "it repeats an earlier row",
        "row 15": "another row says otherwise of the same crop",
    }


def test_csv_cuts_boxes_out_of_one_picture_and_tells_them_apart(tmp_path: Path) -> None:
    face = eye(0, False, 64)
    (tmp_path / "face.png").write_bytes(encode_png(face))
    rows = [
        "face.png,0,p1,0,0,24,24,right",
        "face.png,0,p1,30.4,20,24,20,left",
        "face.png,1,p1,60,60,24,24,left",
        "face.png,1,p1,nan,0,24,24,left",
    ]
    header = f"{HEADER},bx,by,bw,bh,which"
    box = {"x": "bx", "y": "by", "width": "bw", "height": "bh", "side": "which"}
    path = table(tmp_path / "eyes.csv", rows, header)
    manifest = eyes(path, column=COLUMNS | box).write(tmp_path / "set")
    assert manifest.table["side"].tolist() == ["right", "left"]
    cut = [decode(encoded) for encoded in manifest.encoded()]
    assert (cut[0] == face[:24, :24]).all()
    assert (cut[1] == face[20:40, 30:54]).all()
    assert manifest.table["id"].nunique() == 2
    faults = skipped(manifest.folder)
    assert "does not lie within" in faults["face.png"]
    assert "is no four numbers" in faults["row 5"]


def test_csv_tells_crops_of_one_picture_apart_by_their_id(tmp_path: Path) -> None:
    pictures(tmp_path)
    path = table(tmp_path / "eyes.csv", [f"eyes/0.png,0,p1,{n}" for n in "ab"], f"{HEADER},name")
    manifest = eyes(path, column=COLUMNS | {"id": "name"}).write(tmp_path / "set")
    assert manifest.table["id"].nunique() == len(manifest) == 2


def test_csv_checks_further_columns_and_leaves_out_empty_cells(tmp_path: Path) -> None:
    cells = ["left,7,0.5,clip1,CC0", "right,,,,", "up,1,0.5,,", "left,-1,0.5,,", "left,1,nan,,"]
    cells += ["left,x,0.5,,", "left,99999999999,0,,"]
    rows = [f"{row},{cell}" for row, cell in zip(pictures(tmp_path, 7), cells, strict=True)]
    further = ("side", "frame", "openness", "clip", "licence")
    path = table(tmp_path / "eyes.csv", rows, ",".join([HEADER, *further]))
    manifest = eyes(path, column=COLUMNS | {name: name for name in further}).write(tmp_path / "set")
    assert manifest.table[list(further)].iloc[0].tolist() == ["left", 7, 0.5, "clip1", "CC0"]
    assert manifest.table.loc[1, ["frame", "openness", "clip"]].isna().all()
    assert manifest.table[["side", "licence"]].iloc[1].tolist() == ["right", "not stated"]
    assert skipped(manifest.folder) == {
        "row 4": "side=up: side is one of left, right",
        "row 5": "frame=-1: it lies between 0 and 2147483647",
        "row 6": "openness=nan: it lies between 0 and 1",
        "row 7": "frame=x: it is no number",
        "row 8": "frame=99999999999: it lies between 0 and 2147483647",
    }


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"column": {"label": "state"}}, "whose eyes are they.* --column subject=NAME"),
        ({"column": {"person": "person"}}, "--column person=person: 'person' is none of ours"),
        ({"column": COLUMNS | {"colour": "c"}}, "--column colour=c: 'colour' is none of ours"),
        ({"column": COLUMNS | {"x": "bx"}}, "A box takes four columns"),
        ({"column": COLUMNS | {"side": "s"}, "attribute": {"side": "left"}}, "both say side"),
        ({"subject_from": "(p)"}, "both name people"),
        ({"no_subject": True}, "--no-subject contradicts"),
        ({"delimiter": "||"}, "it is one character"),
    ],
)
def test_csv_refuses_options_when_they_cannot_be_meant(
    tmp_path: Path, options: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ConfigError, match=fault):
        eyes(table(tmp_path / "eyes.csv", []), **options)


@pytest.mark.parametrize(
    ("header", "fault"),
    [
        (
            "file,label,person",
            "'state' is not among 'file', 'label', 'person'. Say which one .*--column label=…",
        ),
        ("file,state,state,person", "'state' is twice among"),
        ("", "'file' is not among 'eyes/0.png'"),
        ("file;state", "'file' is not among 'file;state'. .*: --delimiter ';'$"),
        ("file\tstate", r"'file' is not among 'file\\tstate'. .*: --delimiter \$'\\t'$"),
        ("file", "'state' is not among 'file'. Say which one .*--column label=…"),
    ],
)
def test_csv_names_the_columns_of_the_table_when_one_is_not_there(
    tmp_path: Path, header: str, fault: str
) -> None:
    path = table(tmp_path / "eyes.csv", pictures(tmp_path), header)
    with pytest.raises(ConfigError, match=fault):
        eyes(path).write(tmp_path / "out" / "set")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (
            "file,state,person\neyes/ä.png,0,p1\n".encode("latin-1"),
            r"csv, line 2, is no UTF-8 text; as Windows-1252 it reads 'eyes/ä\.png,0,p1'\. Save it",
        ),
        ("file,state,person\n".encode("utf-16"), "csv is no UTF-8 text, but UTF-16. Save it as"),
        (b'file,state,person\n"eyes/0.png,0,p1\n', "line 2: unexpected end of data"),
        (b"file,state,person\n" + b"x" * 200_000, "field larger than field limit"),
        (b"file,state,person\n", r"holds no picture .*: not one row. Is it the right source"),
        (b"", "is empty: its first row has to name its columns"),
    ],
)
def test_csv_is_refused_when_it_is_broken(tmp_path: Path, content: bytes, fault: str) -> None:
    (tmp_path / "eyes.csv").write_bytes(content)
    with pytest.raises(DataError, match=fault):
        eyes(tmp_path / "eyes.csv").write(tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_csv_is_refused_when_the_table_is_missing(tmp_path: Path) -> None:
    source = eyes(tmp_path / "eyes.csv")
    assert not source.is_available
    with pytest.raises(DataError, match=r"eyes.csv is missing: there is no such file"):
        source.write(tmp_path / "set")
    with pytest.raises(DataError, match=r"eyes.csv is missing: there is no such file"):
        _ = source.key


def test_csv_asks_for_its_table_when_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is a folder, and csv reads a file that lists pictures"):
        CsvEyes(tmp_path)
