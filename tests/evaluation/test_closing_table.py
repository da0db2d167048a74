from dataclasses import replace
from pathlib import Path

import pytest

from blink.evaluation.closing_table import closing_table
from blink.evaluation.results import Report
from blink.evaluation.statistics import Estimate
from blink.latency import Latency
from tests.evaluation.assessed import draw_assessment, draw_decision, study
from tests.evaluation.drawn import draw_manifest, make_report, make_test_set

LATENCY = Latency(41.26, 1234.4, 2.0, "a CPU")


@pytest.fixture
def report(tmp_path: Path) -> Report:
    people = draw_manifest(tmp_path / "people", [1] * 12 + [0] * 12, people=12)
    one = draw_manifest(tmp_path / "one", [1, 1], people=1)
    scores = [0.9, 0.8, 0.7, 0.6] * 3 + [0.1, 0.2, 0.3, 0.4] * 3
    return make_report(
        make_test_set(
            people,
            [("vote", "heuristic", [0.9] * 24), ("net", "net", scores)],
            latency=LATENCY,
        ),
        make_test_set(one, [("net", "net", [0.9, 0.2])]),
    )


def test_closing_table_shows_every_row_and_who_is_behind_it(report: Report) -> None:
    lines = closing_table(report).splitlines()
    header, rule, vote, net, single, blank, *behind = lines
    assert len({len(line) for line in (header, rule, vote, net, single)}) == 1
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in (vote, net, single)]
    assert cells[0] == [
        *("Drawn people", "vote fp32", "0.500 [0.500, 0.500]"),
        *("0.667", "0.500", "1.000", "0.000", "0.400", "3.4", "41.3", "1,234"),
    ]
    assert cells[1][:3] == ["Drawn people", "**net fp32**", "1.000 [0.735, 1.000]"]
    assert cells[2] == [
        *("Drawn people", "**net fp32**", "–", "–", "–", "0.500", "–", "0.450", "3.4", "–", "–")
    ]
    assert blank == ""
    protocol = "Subject-disjoint: people who were drawn for this test."
    assert behind == [
        f"Drawn people: 24 crops of 12 people. {protocol}",
        f"Drawn people: 2 crops of 1 person. {protocol}",
    ]


def test_closing_table_keeps_its_columns_when_a_name_holds_a_pipe(report: Report) -> None:
    test = replace(report.tests[1], name="left|right")
    *_, row, _, _ = closing_table(replace(report, tests=[test])).splitlines()
    assert row.startswith(r"| left\|right | **net fp32** |")


def test_closing_table_says_the_verdict_and_why_when_there_is_a_target(report: Report) -> None:
    test = study(report.tests[0], draw_assessment("DO NOT SHIP"))
    lines = closing_table(replace(report, tests=[test])).splitlines()
    start = lines.index("", lines.index("") + 1)
    assert lines[start + 1] == (
        "DO NOT SHIP: net fp32 for iris_login, judged on Drawn people. "
        "Because it was drawn to say DO NOT SHIP."
    )
    assert lines[start + 2 :] == [
        "  ✕ not met    at most one visible mistake per user and week: 1.31 (1.1 to 1.7), "
        "limit at most 1",
        "  ✓ met        at least 200 good log-ins per bad one: 312 (210 or more), "
        "limit at least 200",
        "  ✓ met        no group more than 2 points worse: – (too few people in every group), "
        "limit at most 1",
        "  ✓ met        at most 80 kB: 43.2, limit at most 1",
        "  ! Spectrum: the target's camera is ir; drawn is rgb.",
        "  ! Latency was measured on a fast CPU; the target's CPU is a slow one.",
    ]


def test_closing_table_names_the_groups_when_a_figure_is_theirs(report: Report) -> None:
    decision = draw_decision("SHIP")
    gap = replace(decision.findings[2], groups="widest in glasses yes")
    found = draw_assessment(decision=replace(decision, findings=(gap,)))
    last = closing_table(replace(report, tests=[study(report.tests[0], found)])).splitlines()
    assert last[-3] == (
        "  ✓ met        no group more than 2 points worse: – (too few people in every group), "
        "limit at most 1 (widest in glasses yes)"
    )


def test_closing_table_leaves_out_what_was_not_found_when_nothing_could_be_simulated(
    report: Report,
) -> None:
    decision = draw_decision("DO NOT SHIP")
    told = replace(decision.findings[0], found=Estimate(None, gap="not told"))
    decision = replace(decision, findings=(told, decision.findings[1]))
    assessment = draw_assessment(decision=decision, gap="the pictures are single ones")
    lines = closing_table(replace(report, tests=[study(report.tests[0], assessment)])).splitlines()
    assert lines[lines.index("", lines.index("") + 1) + 1 :] == [
        "DO NOT SHIP: net fp32 for iris_login, judged on Drawn people.",
        "  Nothing could be simulated: the pictures are single ones.",
        "  ✓ met        at least 200 good log-ins per bad one: 312 (210 or more), "
        "limit at least 200",
    ]
