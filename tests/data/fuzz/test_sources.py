"""Tables, names and files of any bytes, where an importer expects its own."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import strategies as st

from blink.contract import BlinkError
from blink.data.importers.cew import CewEyes
from blink.data.importers.coco import CocoEyes
from blink.data.importers.csv_table import CsvEyes
from blink.data.importers.folder import FolderEyes
from blink.data.importers.importing import Importer
from blink.data.importers.labelstudio import LabelStudioEyes
from blink.data.importers.mrl import MrlEyes
from blink.data.importers.rt_bene import RtBeneEyes
from tests.data.fuzz.laws import ANYONE, CROP, LENGTHS, WORDS, Held, hold, pictures_of
from tests.data.importers.miniature import rt_bene


@pytest.mark.parametrize("examples", LENGTHS)
@pytest.mark.parametrize("kind", [CocoEyes, LabelStudioEyes, CsvEyes])
def test_importer_refuses_or_reads_when_its_file_is_any_bytes(
    tmp_path: Path, kind: Callable[..., Importer], examples: int
) -> None:
    path = tmp_path / "eyes.any"

    def law(content: bytes) -> None:
        path.write_bytes(content)
        pictures_of(kind(path, **ANYONE), {"p1.png": CROP})

    starts = st.sampled_from([b"", b"[", b"{", b'{"images":[', b"path,label\n", b"\xef\xbb\xbf"])
    hold(examples, law, st.tuples(starts, st.binary(max_size=60)).map(b"".join))


_CELLS = st.one_of(
    WORDS, st.sampled_from(["p1.png", "closed", "open", '"', "\n", ",", "0", "1e999", "-5", "nan"])
)


@pytest.mark.parametrize("examples", LENGTHS)
def test_csv_gives_sound_crops_or_a_fault_when_cells_are_anything(
    tmp_path: Path, examples: int
) -> None:
    path = tmp_path / "eyes.csv"
    columns = {name: name for name in ("subject", "frame", "openness", "x", "y", "width", "height")}
    header = ["path", "label", *columns]

    def law(rows: list[list[str]]) -> None:
        lines = [",".join(row) for row in [header, *rows]]
        path.write_text("\n".join(lines), encoding="utf-8", errors="surrogatepass", newline="")
        with suppress(BlinkError):
            importer = CsvEyes(path, column=columns)
            for picture in importer.pictures(Held({"p1.png": CROP}), lambda member, fault: None):
                picture.source.encode("utf-8")
                assert picture.columns["label"] in (0, 1, None)

    hold(examples, law, st.lists(st.lists(_CELLS, min_size=6, max_size=10), max_size=4))


@pytest.mark.parametrize("examples", LENGTHS)
def test_rt_bene_gives_sound_crops_or_a_fault_when_its_tables_are_anything(examples: int) -> None:
    files = rt_bene({"s000": [(1, "0.0"), (2, "1.0")], "s001": [(1, "0.5")]})

    def law(case: tuple[str, int, bytes]) -> None:
        name, place, change = case
        old = files[name]
        place %= len(old)
        changed = files | {name: old[:place] + change + old[place + len(change) :]}
        for picture in pictures_of(RtBeneEyes(Path("nowhere")), changed):
            assert picture.member in files

    names = st.sampled_from(["rt_bene_subjects.csv", "s000_blink_labels.csv"])
    hold(examples, law, st.tuples(names, st.integers(0, 999), st.binary(max_size=6)))


_PARTS = st.one_of(
    WORDS,
    st.sampled_from(
        [
            *("s0001_00001_0_0_1_0_0_01.png", "s0001_00002_0_0_0_0_0_01.png", "openLeftEyes"),
            *("closedRightEyes", "Al_Gore_0001_L.jpg", "Al_Gore_0001_R.jpg", "Open", "CLOSED"),
            *("eye.png", "e\u0301ye.png", "\u202egnp.nepo", "aux.png", "é" * 200 + ".png"),
        ]
    ),
)


@pytest.mark.parametrize("examples", LENGTHS)
def test_names_give_the_label_that_they_say_when_they_are_anything(examples: int) -> None:
    def law(paths: list[str]) -> None:
        files = dict.fromkeys(paths, CROP)
        for picture in pictures_of(MrlEyes(Path("nowhere")), files):
            assert picture.columns["label"] == 1 - int(picture.source.split("_")[4])
        for picture in pictures_of(CewEyes(Path("nowhere")), files):
            assert picture.columns["label"] == picture.source.startswith("closed")
        for picture in pictures_of(FolderEyes(Path("nowhere"), **ANYONE), files):
            states = {part.casefold() for part in picture.member.split("/")[:-1]}
            word = {0: "open", 1: "closed", None: "unsure"}[picture.columns["label"]]
            assert word in states

    paths = st.lists(_PARTS, min_size=1, max_size=3).map("/".join)
    hold(examples, law, st.lists(paths, min_size=1, max_size=6))
