from dataclasses import replace

import pytest

from blink.evaluation.abstention import Abstention
from blink.evaluation.abstention.results import Intruders, Kept, ReasonGiven, Refusals
from blink.evaluation.report.abstention import show_abstention
from blink.evaluation.statistics import Difference, Estimate
from blink.pages import Table
from blink.pages.environment import environment

FEW = Estimate(0.012, 0.004, 0.031)
ABSTENTION = Abstention(
    can_tell_strangers=True,
    groups=(
        Refusals("all", 1000, 40, 0, FEW),
        Refusals("closed", 400, 40, 0, Estimate(0.02, 0.01, 0.04)),
        Refusals("glasses yes", 20, 3, 2, Estimate(0.0, gap="too few people: 3")),
    ),
    closed_minus_open=Difference(Estimate(0.013, -0.004, 0.03), 0.13),
    reasons=(ReasonGiven("not an eye", 12, FEW),),
    intruders=(
        Intruders(
            kind="mouth",
            source="drawn",
            was_learnt=True,
            crops=150,
            refused=Estimate(0.74, 0.66, 0.81),
            reason="not an eye",
            let_in=39,
            called_closed=Estimate(0.8, 0.65, 0.9),
        ),
        Intruders(
            kind="nostrils",
            source="drawn",
            was_learnt=False,
            crops=150,
            refused=Estimate(0.96, 0.9, 0.99),
            reason="not an eye",
            let_in=6,
            called_closed=Estimate(0.5, gap="too few people: 6"),
        ),
        Intruders(
            kind="tiny",
            source="spoilt",
            was_learnt=False,
            crops=150,
            refused=Estimate(1.0, 0.9, 1.0),
            reason="too small",
            let_in=0,
            called_closed=Estimate(None, gap="none was let in"),
        ),
    ),
    kept=Kept(
        Estimate(0.953, 0.94, 0.97),
        Estimate(0.958, 0.945, 0.973),
        Difference(Estimate(0.005, 0.001, 0.009), 0.02),
    ),
)


def cells(table: Table, line: int) -> list[str]:
    return [cell.text for cell in table.lines[line].cells]


def test_show_abstention_says_how_many_are_refused_when_eyes_were_inspected() -> None:
    words = show_abstention(ABSTENTION).words
    assert "1,000 eyes" in words[0]
    assert "1.2 % are refused (0.4 to 3.1)" in words[0]
    assert words[1].startswith("Closed eyes are refused as often as open ones")
    assert "+1.3 points, −0.4 to +3.0." in words[1]
    assert len(words) == 2


@pytest.mark.parametrize(
    ("value", "p", "start"),
    [
        (0.05, 0.01, "Closed eyes are refused more often"),
        (-0.05, 0.01, "Open eyes are refused more often"),
        (0.05, 0.2, "Closed eyes are refused as often"),
    ],
)
def test_show_abstention_names_the_class_that_pays_when_chance_does_not_explain_it(
    value: float, p: float, start: str
) -> None:
    gap = Difference(Estimate(value, value - 0.01, value + 0.01), p)
    assert show_abstention(replace(ABSTENTION, closed_minus_open=gap)).words[1].startswith(start)


def test_show_abstention_says_why_when_nothing_can_be_compared() -> None:
    gap = Difference(Estimate(0.0, gap="the same for everybody: no interval"), None)
    words = show_abstention(replace(ABSTENTION, closed_minus_open=gap)).words
    assert words[1] == (
        "Closed eyes against open ones: 0.0 points (the same for everybody: no interval)."
    )


def test_show_abstention_warns_when_the_bundle_knows_no_strangers() -> None:
    words = show_abstention(replace(ABSTENTION, can_tell_strangers=False)).words
    assert "no score for strangers" in words[-1]


def test_show_abstention_lines_up_groups_and_kinds_when_it_is_shown() -> None:
    shown = show_abstention(ABSTENTION)
    assert cells(shown.eyes, 1) == ["closed", "", "2.0", "400", "40"]
    assert shown.eyes.lines[2].cells[2].small == "too few people: 3"
    assert cells(shown.eyes, 2)[-2:] == ["20", "unknown"]
    mouth, nostrils, tiny = (cells(shown.intruders, line) for line in range(3))
    assert mouth == ["mouth", "no eye in it", "yes", "", "74.0", "not an eye", "150", "39", "80.0"]
    assert nostrils[2] == "never"
    assert tiny[1:3] == ["a held-out person's eye, spoilt", "never"]
    assert tiny[7:] == ["0", "–"]
    smalls = [line.cells[-1].small for line in shown.intruders.lines]
    assert smalls == ["65.0 to 90.0", "too few people: 6", "none was let in"]
    assert cells(shown.kept, 0) == ["95.3", "95.8", "+0.5"]


def test_partial_shows_every_table_when_it_is_rendered() -> None:
    page = environment("blink.evaluation.report", {}).from_string(
        '{% import "abstention.html.j2" as part with context %}{{ part.abstention(refusal, 1) }}'
    )
    text = page.render(refusal=show_abstention(ABSTENTION))
    assert text.count("<table") == 4
    assert 'id="refused-1"' in text
    assert "mouth" in text
    assert "No crop was inspected" in page.render(refusal=None)
