from dataclasses import replace

from blink.evaluation.report.verdict import show_decision
from blink.evaluation.statistics import Estimate
from tests.evaluation.assessed import draw_assessment, draw_decision


def test_show_decision_names_the_groups_when_a_figure_is_theirs() -> None:
    decision = draw_decision()
    week, *others, size = decision.findings
    gap = replace(others[-1], found=Estimate(4.0, 1.2, 9.0), groups="widest in glasses yes")
    shown = show_decision(draw_assessment(decision=replace(decision, findings=(week, gap, size))))
    assert [line.cells[0].small for line in shown.criteria.lines] == [
        "Visible mistakes per user and week",
        "Gap of the weakest group to the rest, points of accuracy: widest in glasses yes",
        "Size, kB",
    ]
