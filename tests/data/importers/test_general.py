from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from blink.contract import CLOSED, OPEN, ConfigError, DataError
from blink.data.archive import Archive
from blink.data.importers.general import GeneralEyes, check_attribute
from blink.data.importers.picture import Picture, Skip


@dataclass(frozen=True, kw_only=True)
class Eyes(GeneralEyes):
    kind: ClassVar[str] = "eyes"
    version: ClassVar[int] = 1

    def pictures(self, archive: Archive, skip: Skip) -> Iterator[Picture]:
        yield from ()


def eyes(**options: Any) -> Eyes:
    return Eyes(Path("nowhere/mine.zip"), **({"no_subject": True} | options))


def test_general_is_refused_when_nobody_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="whose eyes are they"):
        Eyes(tmp_path)


def test_general_says_that_the_source_is_missing_before_it_asks_for_people(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"photo is missing\. Mend the path"):
        Eyes(tmp_path / "photo")


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"subject_from": r"(s\d+)"}, "--no-subject contradicts"),
        ({"no_subject": False, "subject_from": r"(s\d+"}, "no regular expression"),
        ({"no_subject": False, "subject_from": r"s\d+"}, "has no group"),
        ({"state": {"zu": "shut"}}, "zu=shut: a state is one of open, closed, unsure"),
        ({"state": {"open": "closed"}}, "means something else already"),
        ({"state": {"Zu": "closed", "zu": "open"}}, "means something else already"),
        ({"attribute": {"colour": "blue"}}, "there is no such attribute"),
        ({"attribute": {"spectrum": "uv"}}, "spectrum is one of ir, rgb"),
        ({"attribute": {"sensor": "a\nb"}}, "--attribute .*control characters"),
        ({"attribute": {"sensor": ""}}, "--attribute sensor=: sensor is one of any text"),
        ({"licence": ""}, "--licence is empty"),
        ({"licence": "CC0\nor not"}, "--licence .*control characters"),
        ({"dataset": " "}, "--dataset is empty"),
        ({"dataset": "my\teyes"}, "--dataset .*control characters"),
        ({"dataset": "../eyes"}, "--dataset ../eyes: files are named after a data set"),
        ({"dataset": "a\\b"}, "its name holds no / or"),
        ({"dataset": ".eyes"}, "begins with no dot"),
        ({"bits": 8}, "--bits 8: of 16 bits a camera has 9 to 16"),
        ({"bits": 17}, "--bits 17: of 16"),
    ],
)
def test_general_refuses_options_when_they_cannot_be_meant(
    options: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ConfigError, match=fault):
        eyes(**options)


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("open", OPEN),
        (" Closed ", CLOSED),
        ("UNSURE", None),
        ("zu", CLOSED),
        ("0", OPEN),
        ("half", None),
    ],
)
def test_label_is_what_the_word_means_in_any_case(word: str, label: int | None) -> None:
    states = {"Zu": "closed", "0": "open", "half": "unsure"}
    assert eyes(state=states).label(word) == label


@pytest.mark.parametrize("word", ["", "1", "shut", "opened", "open/closed"])
def test_label_is_refused_when_the_word_was_not_named(word: str) -> None:
    with pytest.raises(DataError, match="is no known state of an eye; say what it means"):
        eyes(state={"0": "open"}).label(word)


@pytest.mark.parametrize(
    ("expression", "person"),
    [(r"/(s\d+)/", "s07"), (r"(\w+)/(?P<subject>s\d+)", "s07"), (r"_(\d+)\.", "3")],
)
def test_person_is_the_group_of_the_expression(expression: str, person: str) -> None:
    source = eyes(no_subject=False, subject_from=expression)
    assert source.person("closed/s07/eye_3.png") == person


@pytest.mark.parametrize("spelling", ["Jos\u00e9", "Jose\u0301"])
def test_person_is_the_same_however_a_letter_is_spelled(spelling: str) -> None:
    source = eyes(no_subject=False, subject_from=r"/(\D+)/")
    assert source.person(f"closed/{spelling}/3.png") == "Jos\u00e9"

    class Named(Eyes):
        has_people = True

    assert Named(Path("mine")).person("3.png", spelling) == "Jos\u00e9"


@pytest.mark.parametrize("folder", ["anna03 ", " anna03", "anna03\u00a0"])
def test_person_has_no_blanks_around_when_the_path_has(folder: str) -> None:
    source = eyes(no_subject=False, subject_from="/([^/]+)/")
    assert source.person(f"closed/{folder}/3.png") == "anna03"
    with pytest.raises(DataError, match="finds no person"):
        source.person("closed/  /3.png")


@pytest.mark.parametrize("expression", [r"/(q\d+)/", r"/s07(x?)/", r"/(q)?s07/"])
def test_person_is_refused_when_the_expression_finds_nobody(expression: str) -> None:
    source = eyes(no_subject=False, subject_from=expression)
    with pytest.raises(DataError, match=r"finds no person in its path"):
        source.person("closed/s07/3.png")


def test_columns_hold_attributes_person_label_and_licence() -> None:
    source = eyes(attribute={"spectrum": "ir"}, licence="CC0")
    assert source.columns("3.png", "closed", "given, but nobody is to be known") == {
        "spectrum": "ir",
        "subject": None,
        "label": CLOSED,
        "licence": "CC0",
    }


@pytest.mark.parametrize("name", ["a\n.png", "a\0.png", "a\udcff.png"])
def test_columns_are_refused_when_a_name_is_no_text(name: str) -> None:
    with pytest.raises(DataError, match="control characters or is no UTF-8") as error:
        eyes().columns(name, "open")
    assert str(error.value).isprintable()


def test_options_name_bits_only_when_they_are_given() -> None:
    assert "bits" not in eyes().options
    assert eyes(bits=12).options == eyes().options | {"bits": 12}


def test_attribute_may_be_any_text_when_it_has_no_vocabulary() -> None:
    check_attribute("sensor", "Aptina")
    with pytest.raises(DataError, match="sensor is one of any text"):
        check_attribute("sensor", "")


def test_general_is_named_after_the_source_unless_told_otherwise() -> None:
    assert eyes().name == "mine"
    assert eyes(dataset="ours").name == "ours"


@pytest.mark.parametrize("path", [".", "..", "deep/..", "../here"])
def test_general_is_named_after_the_folder_meant_when_the_path_says_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    (tmp_path / "parent" / "here").mkdir(parents=True)
    (tmp_path / "parent" / "here" / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "parent" / "here")
    expected = "parent" if path == ".." else "here"
    assert Eyes(Path(path), no_subject=True).name == expected


@pytest.mark.parametrize(
    ("path", "name"),
    [("eyes.v1", "eyes.v1"), ("eyes.csv", "eyes"), ("eyes.v1.zip", "eyes.v1"), ("me/a.b", "a.b")],
)
def test_general_is_named_without_its_ending_when_it_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("eyes.v1").mkdir()  # what eyes.v1.zip was extracted to
    Path("eyes.csv").touch()
    assert Eyes(Path(path), no_subject=True).name == name


def test_general_asks_for_a_name_when_the_path_is_no_text() -> None:
    with pytest.raises(ConfigError, match=r"--dataset .*control characters"):
        Eyes(Path("my\neyes"), no_subject=True)
    assert Eyes(Path("my\neyes"), no_subject=True, dataset="mine").name == "mine"
