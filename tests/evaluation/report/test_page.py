import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from blink.contract import DataError
from blink.data.manifest import Manifest, write_manifest
from blink.evaluation.mistakes.results import CropCosts, MistakeStudy
from blink.evaluation.populations.results import Populations
from blink.evaluation.report import render_report, write_report
from blink.evaluation.report.groups import MOST_PAIRS
from blink.evaluation.results import Report, TestSet
from blink.latency import Latency
from tests.data.drawing import crowd, rows
from tests.evaluation.assessed import (
    draw_assessment,
    draw_experience,
    draw_group,
    draw_populations,
    draw_study,
    study,
)
from tests.evaluation.drawn import draw_manifest, make_report, make_test_set
from tests.pages.outline import Outline, check_page

HOSTILE = "<script>alert('ha')</script>&\"quoted\""
NOBODY = Populations((), (), search="No region was searched for.", looks=0, weakest=None)
NO_MISTAKES = MistakeStudy(CropCosts(), 0, 0.0, (), (), "Nobody was asked.", ())


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    labels = np.tile([1, 0], 60).tolist()
    return draw_manifest(
        tmp_path_factory.mktemp("people"), labels, people=15, glasses=["no", "yes", "no"]
    )


@pytest.fixture(scope="module")
def full(people: Manifest) -> Report:
    """Right about most eyes, with everything that can be known of a test set."""
    closed = people.table["label"].to_numpy(int)
    scores = np.where((closed == 1) != (np.arange(120) % 7 == 0), 0.9, 0.1) + np.arange(120) / 2000
    test = make_test_set(
        people,
        [("vote", "heuristic", [0.6] * 120), ("net", "net", scores.tolist())],
        latency=Latency(41.26, 101.4, 2.2, "Quiet CPU 9000"),
    )
    return make_report(
        study(test, draw_assessment()),
        facts={"Commit": "1a2b3c4", "Configuration": "model:\n  width: 16"},
    )


def single(folder: Path, labels: list[int | None], scores: list[float], people: int) -> TestSet:
    test = make_test_set(draw_manifest(folder, labels, people=people), [("net", "net", scores)])
    return study(test, populations=NOBODY, mistakes=NO_MISTAKES)


def text_of(*tests: TestSet) -> str:
    return check_page(render_report(make_report(*tests))).text


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_render_report_is_a_sound_page_when_all_is_there(full: Report) -> None:
    outline = check_page(render_report(full))
    assert outline.tags.count("figure") == 7
    assert "https:" not in outline.text


@pytest.mark.parametrize(
    "expected",
    [
        "A drawn run",
        "Does the page stand?",
        "2026-11-24, 13:05 UTC",
        "✕ DO NOT SHIP Because it was drawn to say DO NOT SHIP.",
        "Waits for open eyes before it matches an iris.",
        "The test data do not match the target Spectrum: the target's camera is ir; drawn is rgb.",
        "To be kept in mind Latency was measured on a fast CPU; the target's CPU is a slow one.",
        "At most one visible mistake per user and week. Visible mistakes per user and week",
        "1.31 1.1 to 1.7 at most 1 ✕ not met",
        "312 210 or more at least 200 ✓ met",
        "Every session walks through one recording of one of 28 held-out people.",
        "One use is one log-in; a user makes 12 a day.",
        "Cost per 1,000 uses, € 12.4 8.8 to 17.1 31 22 to 42.8",
        "The unluckiest 5 % of users, with their visible mistakes per day: s0000 (",
        "10 of them see none.",
        "they solve 37.2 % of the problem without a better model",
        "95 % interval over people",
        "120 crops ( 60 closed, 60 open) of 15 people",
        "Subject-disjoint: people who were drawn for this test.",
        "The best heuristic here, vote fp32, reaches 50.0 %.",
        "Quiet CPU 9000",
        "4 gaps were looked at. Weaker than the rest",
        "glasses yes (−11.0); glasses yes, lighting bad (−15.0)",
        "too few people to say: 3, at least 8",
        "skin tone 6 rendered",
        "Pairs of attributes, 1 group",
        "Of 40 regions, one was weak on both halves of the people.",
        "brightness below 61, sensor IDS",
        "11 crops called wrongly. Of these, 1 label is suspected to be wrong",
        "simulated use of iris_login",
        "80.0 % of the cost",
        "Collect more closed eyes behind glasses in bad light.",
        "glasses yes: 81 % here, 24 % among right answers",
        "A witness that never saw these people calls them otherwise.",
        "1a2b3c4",
        "width: 16",
    ],
)
def test_render_report_shows_everything_when_all_is_there(full: Report, expected: str) -> None:
    assert squeezed(expected) in squeezed(_text(full))


_TEXTS: dict[int, str] = {}


def _text(report: Report) -> str:
    if id(report) not in _TEXTS:
        _TEXTS[id(report)] = Outline(render_report(report)).text
    return _TEXTS[id(report)]


def test_render_report_shows_pictures_with_their_row_when_there_are_mistakes(full: Report) -> None:
    outline = Outline(render_report(full))
    pictures = [one for one in outline.pictures if "src" in one]
    assert len(pictures) == 3 + 4 + 2 + 3 + 1  # region, two kinds, the worst, one label fault
    first = full.tests[0].manifest.table["id"][0]
    assert all((one["alt"] or "").startswith("Eye crop of person-") for one in pictures)
    assert "Row 0 of the manifest" in outline.text
    assert f"blink data show {full.tests[0].manifest.folder} {first}" in outline.text


@pytest.mark.parametrize(
    ("verdict", "sign"),
    [("SHIP", "✓"), ("NOT ENOUGH DATA TO SAY", "?"), ("THE HEURISTIC SUFFICES", "✓")],
)
def test_render_report_says_the_verdict_with_its_sign_when_there_is_one(
    people: Manifest, verdict: str, sign: str
) -> None:
    test = make_test_set(people, [("net", "net", [0.6] * 120)])
    text = text_of(study(test, draw_assessment(verdict)))  # type: ignore[arg-type]
    assert f"{sign} {verdict} Because it was drawn" in text
    assert ("? cannot say" in text) == (verdict == "NOT ENOUGH DATA TO SAY")


def test_render_report_says_why_when_nothing_could_be_simulated(people: Manifest) -> None:
    assessment = draw_assessment(
        "NOT ENOUGH DATA TO SAY",
        gap="the pictures are single ones",
        experiences=(),
        by_threshold=(),
        by_accuracy=(),
        knobs=None,
    )
    test = make_test_set(people, [("net", "net", [0.6] * 120)])
    text = text_of(study(test, assessment))
    assert text.count("Nothing could be simulated: the pictures are single ones.") == 2
    assert "At least 200 good log-ins per bad one. Good interactions per bad one 312" in text
    assert "No group more than 2 points worse" not in text, "there is no figure for it"
    assert "The unluckiest" not in text


def test_render_report_leaves_pairs_out_when_they_are_many_or_untested(people: Manifest) -> None:
    few = draw_group({"glasses": "yes", "side": "left"}, p=None, note="too few people to say: 3")
    many = [
        draw_group({"sensor": f"s{number:02}", "side": "left"}, p=number / 100)
        for number in range(MOST_PAIRS + 1)
    ]
    single = draw_group({"glasses": "yes"})
    found = replace(draw_populations(), groups=(single, few, *many[::-1]))
    test = study(make_test_set(people, [("net", "net", [0.6] * 120)]), populations=found)
    outline = check_page(render_report(make_report(test)))
    assert "Pairs of attributes, 60 groups" in outline.text
    assert "less than of those shown: 2 pairs of attributes" in outline.text
    assert "glasses yes, side left" not in outline.text
    places = [outline.text.index(f"sensor s{number:02}, side left 90") for number in range(60)]
    assert places == sorted(places), "the most telling first"
    assert "sensor s60" not in outline.text


def test_render_report_leaves_the_knobs_out_when_none_were_searched(people: Manifest) -> None:
    alone = draw_assessment(knobs=None, experiences=(draw_experience("net fp32", people=1),))
    test = make_test_set(people, [("net", "net", [0.6] * 120)])
    text = text_of(study(test, alone))
    assert "What the knobs solve" not in text
    assert "for each of 1 person" in text


def test_render_report_gives_the_same_page_when_rendered_twice(full: Report) -> None:
    assert render_report(full) == render_report(full)


def test_render_report_escapes_names_when_they_are_hostile(people: Manifest) -> None:
    test = replace(
        make_test_set(people, [(HOSTILE, "net", [0.6] * 120)]), name=HOSTILE, protocol=HOSTILE
    )
    assessment = draw_assessment(
        target=HOSTILE, currency=HOSTILE, words={"retry": HOSTILE, "wrong_match": "b"}
    )
    page = render_report(
        make_report(
            study(test, assessment), title=HOSTILE, question=HOSTILE, facts={HOSTILE: HOSTILE}
        )
    )
    assert "alert('ha')</script>" not in page
    assert check_page(page).text.count(HOSTILE) > 10


def test_render_report_folds_a_fact_when_it_is_long(tmp_path: Path) -> None:
    test = single(tmp_path / "data", [1, 0], [0.9, 0.1], 2)
    facts = {"short": "a" * 160, "long": "b" * 161, "lines": "c\nd"}
    assert Outline(render_report(make_report(test, facts=facts))).tags.count("details") == 2


def test_render_report_says_so_when_nothing_was_noted_of_the_pictures(people: Manifest) -> None:
    test = study(make_test_set(people, [("net", "net", [0.6] * 120)]), populations=NOBODY)
    vars(test)["mistakes"] = None
    assert "Mistakes are not sorted: nothing was noted of the pictures" in text_of(test)


def test_render_report_shows_the_first_faults_when_there_are_many(people: Manifest) -> None:
    test = make_test_set(people, [("net", "net", [0.6] * 120)])
    ids = list(test.main.table["id"])
    suspected = replace(draw_study(ids), label_faults=tuple(ids[:30]))
    assert "And 6 more, see metrics.json" in text_of(study(test, mistakes=suspected))


def test_render_report_says_so_when_no_gap_is_more_than_chance(people: Manifest) -> None:
    drawn = draw_populations()
    chance = tuple(replace(group, p=None if group.p is None else 0.4) for group in drawn.groups)
    test = make_test_set(people, [("net", "net", [0.6] * 120)])
    text = text_of(study(test, populations=replace(drawn, groups=chance)))
    assert "none is larger than chance explains, given so many looks" in text
    weak = replace(drawn, weakest=None, looks=0)
    test = make_test_set(people, [("net", "net", [0.6] * 120)])
    assert "Too few people in every group" in text_of(study(test, populations=weak))


def test_render_report_marks_stand_ins_when_a_rendered_test_set_is_there(people: Manifest) -> None:
    real, rendered = (
        study(make_test_set(people, [("net", "net", [0.6] * 120)]), mistakes=NO_MISTAKES)
        for _ in range(2)
    )
    tone = draw_group({"skin_tone": "6"}, 0.84, is_rendered=True, p=0.01)
    lids = draw_group({"lid_shape": "hooded"}, 0.95, is_rendered=True)
    few = draw_group({"glasses": "no"}, p=None, note="too few people to say: 3, at least 8")
    nobody = replace(NOBODY, groups=(few,))
    vars(real)["populations"] = nobody
    vars(rendered)["populations"] = replace(NOBODY, groups=(tone, lids), looks=2, weakest=tone)
    text = text_of(real, rendered)
    assert (
        "Too few people in every group to say whether it works for them as for the rest. Of "
        "skin tone, lid shape, these people tell too little: rendered ones stand in, who hint at "
        "what a real group might show and prove nothing; of these, weaker than the other rendered "
        "people: skin tone 6 (−11.0)."
    ) in text
    assert text.count("skin tone 6 rendered") == 2, "a stand-in here, its own there"
    assert text.count("stand in,") == 1
    vars(rendered)["populations"] = replace(NOBODY, groups=(lids,), looks=1, weakest=lids)
    assert "none of these is weaker than the other rendered people" in text_of(real, rendered)


def test_render_report_refuses_when_predictions_are_of_another_data_set(
    people: Manifest, tmp_path: Path
) -> None:
    foreign = write_manifest(tmp_path / "foreign", rows("another", crowd(3)))
    test = replace(make_test_set(people, [("net", "net", [0.6] * 120)]), manifest=foreign)
    with pytest.raises(DataError, match="another data set"):
        render_report(make_report(study(test)))


def test_write_report_writes_the_page_whole_when_there_is_room(
    tmp_path: Path, full: Report
) -> None:
    path = tmp_path / "run" / "report.html"
    write_report(path, full)
    assert path.read_text(encoding="utf-8") == render_report(full)
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]
