import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from blink.contract import DataError
from blink.data.manifest import Manifest, write_manifest
from blink.evaluation.report import FEW_PEOPLE, find_weakest, render_report, write_report
from blink.evaluation.results import Latency, Report, TestSet
from tests.data.drawing import crowd, rows
from tests.evaluation.drawn import draw_manifest, make_report, make_test_set

VOID = {"meta", "img", "br"}
HOSTILE = "<script>alert('ha')</script>&\"quoted\""


class Outline(HTMLParser):
    """Checks that tags are balanced; gathers text, attributes and tags."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.tags.append(tag)
        self.links += [named[key] or "" for key in ("src", "href", "data") if key in named]
        self.ids += [named["id"] or ""] if "id" in named else []
        if tag == "img" or named.get("role") == "img":
            self.pictures.append(named)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    labels = np.tile([1, 0], 60).tolist()
    return draw_manifest(
        tmp_path_factory.mktemp("people"), labels, people=15, glasses=["no", "yes", "no"]
    )


@pytest.fixture(scope="module")
def full(people: Manifest) -> Report:
    """Right about all but every eyes behind glasses, about which it is mostly wrong."""
    closed = people.table["label"].to_numpy(int)
    wrong = (people.table["glasses"] == "yes").to_numpy(bool) & (np.arange(120) % 7 > 0)
    scores = np.where((closed == 1) != wrong, 0.9, 0.1) + np.arange(120) / 2000
    return make_report(
        make_test_set(
            people,
            [("vote", "heuristic", [0.6] * 120), ("net", "net", scores.tolist())],
            latency=Latency(41.26, 101.4, 2.2, "Quiet CPU 9000"),
        ),
        facts={"Commit": "1a2b3c4", "Configuration": "model:\n  width: 16"},
    )


def single(folder: Path, labels: list[int | None], scores: list[float], people: int) -> TestSet:
    return make_test_set(draw_manifest(folder, labels, people=people), [("net", "net", scores)])


def test_render_report_shows_question_numbers_and_protocol_when_all_is_there(
    full: Report,
) -> None:
    text = Outline(render_report(full)).text
    accuracy = full.tests[0].main.evaluation.scores["balanced_accuracy"]
    assert accuracy.value is not None
    for expected in (
        "A drawn run",
        "Does the page stand?",
        "2026-11-24, 13:05 UTC",
        f"{100 * accuracy.value:.1f} %",
        "95 % interval over people",
        "120 crops ( 60 closed, 60 open) of 15 people",
        "Subject-disjoint: people who were drawn for this test.",
        "The best heuristic here, vote fp32, reaches 50.0 %.",
        "41.3",
        "Quiet CPU 9000",
        "Weakest groups: glasses yes",
        "1a2b3c4",
        "width: 16",
    ):
        assert re.sub(r"\s", "", expected) in re.sub(r"\s", "", text), expected


def test_render_report_shows_twenty_mistakes_of_each_kind_when_there_are_more(
    full: Report,
) -> None:
    outline = Outline(render_report(full))
    confusion = full.tests[0].main.evaluation.confusion
    expected = min(confusion.missed_closures, 20) + min(confusion.false_closures, 20)
    pictures = [one for one in outline.pictures if "src" in one]
    assert len(pictures) == expected > 20
    for one in pictures:
        assert (one["alt"] or "").startswith("Eye crop of person-")


def test_render_report_needs_nothing_but_itself(full: Report) -> None:
    page = render_report(full)
    outline = Outline(page)
    assert not re.search(r"https?:|//[a-z]|@import|url\(|<link|<script|<iframe", page)
    assert outline.links
    for link in outline.links:
        assert link.startswith("data:image/png;base64,") or link.lstrip("#") in outline.ids


def test_render_report_is_readable_without_eyes_when_it_has_pictures(full: Report) -> None:
    outline = Outline(render_report(full))
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.tags.count("caption") == outline.tags.count("table") == 3
    for one in outline.pictures:
        assert one.get("alt") or one.get("aria-label")


def test_render_report_gives_the_same_page_when_rendered_twice(full: Report) -> None:
    again = replace(full, tests=[replace(test, rows=list(test.rows)) for test in full.tests])
    assert render_report(full) == render_report(again)


def test_render_report_escapes_names_when_they_are_hostile(people: Manifest) -> None:
    test = replace(
        make_test_set(people, [(HOSTILE, "net", [0.6] * 120)]), name=HOSTILE, protocol=HOSTILE
    )
    page = render_report(
        make_report(test, title=HOSTILE, question=HOSTILE, facts={HOSTILE: HOSTILE})
    )
    assert "<script" not in page
    assert Outline(page).text.count("<script>alert('ha')</script>&\"quoted\"") > 5


def test_render_report_folds_a_fact_when_it_is_long(people: Manifest) -> None:
    test = make_test_set(people, [("net", "net", [0.6] * 120)])
    facts = {"short": "a" * 160, "long": "b" * 161, "lines": "c\nd"}
    assert Outline(render_report(make_report(test, facts=facts))).tags.count("details") == 2


def test_render_report_says_why_when_there_is_one_person(tmp_path: Path) -> None:
    test = single(tmp_path / "data", [1, 0], [0.9, 0.1], 1)
    text = Outline(render_report(make_report(test))).text
    assert "one person: no interval" in text
    assert "None: there are no closed eyes that it calls open." in text
    assert "None: there are no open eyes that it calls closed." in text
    assert "Latency was not measured in this run." in text
    assert "Nothing is known about these crops" in text
    assert "Nothing was noted down." in text


@pytest.mark.parametrize(("label", "gap"), [(1, "no open eyes"), (0, "no closed eyes")])
def test_render_report_says_why_when_there_is_one_class(
    tmp_path: Path, label: int, gap: str
) -> None:
    test = single(tmp_path / "data", [label] * 4, [0.9, 0.8, 0.2, 0.1], 4)
    text = Outline(render_report(make_report(test))).text
    assert f"No curve: {gap}." in text
    assert "there are none" in text


def test_render_report_says_why_when_nothing_has_a_label(tmp_path: Path) -> None:
    test = single(tmp_path / "data", [None, None], [0.9, 0.1], 2)
    text = Outline(render_report(make_report(test))).text
    assert "No curve: no labelled crops." in text
    assert "No diagram: no labelled crops." in text
    assert "no call can be right or wrong" in text
    assert "2 more without a label do not count" in text


def test_render_report_marks_a_group_when_it_has_few_people(tmp_path: Path) -> None:
    manifest = draw_manifest(
        tmp_path / "data", [1] * 6 + [0] * 6, people=6, glasses=["yes", "no", "no"]
    )
    scores = [0.9] * 6 + [0.1] * 6
    text = Outline(
        render_report(make_report(make_test_set(manifest, [("net", "net", scores)])))
    ).text
    assert text.count("few people") == 2
    assert "No group has enough people to be called weak." in text


def test_render_report_refuses_when_predictions_are_of_another_data_set(
    tmp_path: Path,
) -> None:
    test = single(tmp_path / "data", [1, 0], [0.1, 0.9], 2)
    foreign = write_manifest(tmp_path / "foreign", rows("another", crowd(3)))
    with pytest.raises(DataError, match="another data set"):
        render_report(make_report(replace(test, manifest=foreign)))


def test_render_report_says_people_unknown_and_counts_looks_when_it_is_so(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path / "data", rows("drawn", {None: [0, 1] * 4}))
    test = make_test_set(manifest, [("net", "net", [0.2, 0.9] * 3 + [0.7, 0.4])])
    text = Outline(render_report(make_report(replace(test, looks=14)))).text
    assert "8 crops (4 closed, 4 open) of people unknown." in text
    assert "People unknown for 8 crops" in text
    assert "95 % interval over crops" in text
    assert "This test set has been looked at 14 times." in text


def test_find_weakest_lists_groups_when_they_lie_wholly_below(full: Report) -> None:
    evaluation = full.tests[0].main.evaluation
    found = find_weakest(evaluation.scores, evaluation.slices)
    assert [(cut.attribute, cut.value) for cut in found] == [("glasses", "yes")]
    small = replace(found[0], scores=replace(found[0].scores, people=FEW_PEOPLE - 1))
    assert find_weakest(evaluation.scores, [small]) == []


def test_write_report_writes_the_page_whole_when_there_is_room(
    tmp_path: Path, full: Report
) -> None:
    path = tmp_path / "run" / "report.html"
    write_report(path, full)
    assert path.read_text(encoding="utf-8") == render_report(full)
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]
