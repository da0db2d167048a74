from collections.abc import Mapping
from pathlib import Path

import pytest

from blink.contract import CLOSED, OPEN, ConfigError, DataError
from blink.data.images import encode_png
from blink.data.importers.folder import FolderEyes
from tests.data.drawing import eye, write_folder, write_zip
from tests.data.importers.skipped import skipped

PEOPLE = r"(s\d+)/"


def members(people: int = 3, crops: int = 4) -> dict[str, bytes]:
    states = ("open", "closed")
    return {
        f"{states[number % 2]}/s{person}/{number}.png": encode_png(
            eye(10 * person + number, bool(number % 2))
        )
        for person in range(people)
        for number in range(crops)
    }


def test_folder_reads_state_and_person_from_the_path(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "eyes", members())
    manifest = FolderEyes(path, subject_from=PEOPLE, attribute={"spectrum": "ir"}).write(
        tmp_path / "set"
    )
    assert manifest.table["label"].tolist() == [CLOSED] * 6 + [OPEN] * 6
    assert manifest.table["subject"].tolist() == ["s0", "s0", "s1", "s1", "s2", "s2"] * 2
    assert set(manifest.table["dataset"]) == {"eyes"}
    assert set(manifest.table["spectrum"]) == {"ir"}
    assert list(manifest.encoded()) == [members()[name] for name in sorted(members())]


def test_folder_ends_the_same_when_made_in_another_order_elsewhere_or_zipped(
    tmp_path: Path,
) -> None:
    backwards = dict(reversed(members().items()))
    paths = [
        write_folder(tmp_path / "here" / "eyes", members()),
        write_folder(tmp_path / "there" / "deep" / "eyes", backwards),
        write_zip(tmp_path / "eyes.zip", backwards),
    ]
    sources = [FolderEyes(path, subject_from=PEOPLE) for path in paths]
    manifests = [s.write(tmp_path / "sets" / str(n)) for n, s in enumerate(sources)]
    assert len({manifest.fingerprint for manifest in manifests}) == 1
    assert len({(m.folder / "manifest.parquet").read_bytes() for m in manifests}) == 1
    assert sources[0].key == sources[1].key


def test_folder_needs_a_person_unless_people_are_unknown(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "eyes", members())
    with pytest.raises(ConfigError, match="whose eyes are they"):
        FolderEyes(path)
    manifest = FolderEyes(path, no_subject=True).write(tmp_path / "set")
    assert manifest.table["subject"].isna().all()
    assert len(manifest) == 12


@pytest.mark.parametrize(
    ("member", "label"),
    [
        ("Closed/s1/0.png", CLOSED),
        ("s1/OPEN/0.png", OPEN),
        ("unsure/deep/s1/0.png", None),
        ("eyes/AUF/s1/0.png", OPEN),
        ("closed/s1/zu/0.png", CLOSED),
    ],
)
def test_folder_finds_the_state_anywhere_in_the_path(
    tmp_path: Path, member: str, label: int | None
) -> None:
    path = write_folder(tmp_path / "eyes", {member: encode_png(eye(0, True))})
    source = FolderEyes(path, no_subject=True, state={"auf": "open", "Zu": "closed"})
    found = source.write(tmp_path / "set").table["label"]
    assert found.isna().all() if label is None else found.tolist() == [label]


BAD = {
    "0.png": "it lies in no folder that says whether",
    "shut/s1/0.png": "none of its folders is a known state",
    "open/closed/s1/0.png": "its path names more than one state: open, closed",
    "open/nobody/0.png": "--subject-from",
    "open/s1/notes": "it is no picture, or a damaged one",
    "open/s1/drive.mp4": "it is no picture, or a damaged one; .mp4 is a video: cut eye crops from",
    "open/s1/phone.HEIC": "it is no picture, or a damaged one; .heic is not read here: convert it",
}


def test_folder_lists_and_skips_what_says_no_state_or_no_person(tmp_path: Path) -> None:
    clutter = ["README.md", "open/license", "open/s1/.DS_Store", "Thumbs.db"]
    more = {name: encode_png(eye(0, True)) for name in BAD if name.endswith("png")}
    words = [name for name in BAD if not name.endswith("png")]
    files = members() | more | dict.fromkeys([*clutter, *words], b"words")
    manifest = FolderEyes(write_folder(tmp_path / "eyes", files), subject_from=PEOPLE).write(
        tmp_path / "set"
    )
    assert len(manifest) == 12
    listed = skipped(manifest.folder)
    assert listed.keys() == BAD.keys()
    for name, fault in BAD.items():
        assert listed[name].startswith(fault)


def test_folder_counts_one_fault_when_many_files_have_it(tmp_path: Path) -> None:
    named = members(people=8, crops=2)
    strange = {name.replace("/s", "/q").replace("open", "shut"): b"x" for name in named}
    nobody = {name.replace("/s", "/q"): b"x" for name in named}
    path = write_folder(tmp_path / "eyes", strange | nobody)
    with pytest.raises(DataError) as caught:
        FolderEyes(path, subject_from=PEOPLE).write(tmp_path / "set")
    _, *faults = str(caught.value).splitlines()
    assert [line.split(" × ")[0].strip() for line in faults] == ["16", "8"]
    assert "finds no person in its path: " in faults[0]
    assert "none of its folders is a known state; " in faults[1]


def test_folder_passes_over_notes_when_each_picture_has_one(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    notes = {name.replace(".png", ".JSON"): b"{}" for name in members()}
    alone, noted = (
        FolderEyes(write_folder(tmp_path / place / "eyes", files), subject_from=PEOPLE)
        for place, files in (("alone", members()), ("noted", members() | notes))
    )
    first, second = alone.write(tmp_path / "1"), noted.write(tmp_path / "2")
    assert first.fingerprint == second.fingerprint
    assert caplog.messages == ["eyes: passed over 12 files whose names say no picture"]
    assert not (tmp_path / "2" / "skipped.csv").exists()


def test_folder_is_refused_when_too_many_words_are_unknown(tmp_path: Path) -> None:
    unknown = {f"shut/s1/{n}.png": encode_png(eye(n, True)) for n in range(11)}
    path = write_folder(tmp_path / "eyes", members() | unknown)
    with pytest.raises(DataError, match=r"11 of the 23 files .*\n.* --state FOLDER=closed"):
        FolderEyes(path, subject_from=PEOPLE).write(tmp_path / "set")
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize("files", [{}, {"eyes/0.png": b"x"}])
def test_folder_is_refused_when_it_holds_no_eyes(
    tmp_path: Path, files: Mapping[str, bytes]
) -> None:
    (tmp_path / "eyes").mkdir()
    with pytest.raises(DataError, match="holds no picture that belongs to eyes"):
        FolderEyes(write_folder(tmp_path / "eyes", files), no_subject=True).write(tmp_path / "set")


def test_folder_skips_a_name_when_it_is_no_text(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "eyes", members())
    try:
        (path / "open" / "s1" / "\udcff.png").write_bytes(encode_png(eye(1, False)))
    except OSError:
        pytest.skip("this file system takes no names that are not UTF-8")
    manifest = FolderEyes(path, subject_from=PEOPLE).write(tmp_path / "set")
    assert len(manifest) == 12
    assert "is no UTF-8" in " ".join(skipped(manifest.folder).values())


def test_folder_warns_when_no_path_has_a_state_that_was_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_folder(tmp_path / "eyes", {"ZU/s1/0.png": encode_png(eye(0, True))})
    FolderEyes(path, no_subject=True, state={"zu": "closed", "shut": "closed"}).write(
        tmp_path / "set"
    )
    assert caplog.messages == [
        "eyes: --state shut=closed says what nothing here is called; is 'shut' spelt as in the "
        "source?"
    ]
