from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from blink.evaluation.mistakes.suggestion import Evidence, is_unusable, suggest
from blink.evaluation.mistakes.traits import Condition, Trait

DARK = Trait(Condition("dark", "dark (brightness up to 61)", np.ones(1, np.bool_), True), 0.8, 0.2)
GLASSES = Trait(Condition("glasses yes", "glasses yes", np.ones(1, np.bool_)), 0.8, 0.1)
PLAIN = Evidence(unusable=0.1, contradicted=0.3, one_person=0.2, marks=[DARK], usual=0.2)


@pytest.mark.parametrize(
    ("evidence", "suggestion", "says"),
    [
        (PLAIN, "other features", "Such crops are frequent, 20.0 % of the right answers"),
        (replace(PLAIN, unusable=0.5), "unusable crop", "Hardly anything is to be seen in 50.0 %"),
        (replace(PLAIN, unusable=0.49), "other features", "Such crops are frequent"),
        (replace(PLAIN, contradicted=0.75), "label fault", "the same mistake on 75.0 % of these"),
        (replace(PLAIN, contradicted=0.74), "other features", "Such crops are frequent"),
        (replace(PLAIN, contradicted=None), "other features", "Such crops are frequent"),
        (replace(PLAIN, one_person=0.67), "more data", "67.0 % of these are of one person"),
        (replace(PLAIN, one_person=0.66), "other features", "Such crops are frequent"),
        (
            replace(PLAIN, usual=0.1),
            "more data",
            "dark (brightness up to 61) holds for only 10.0 % of the right answers",
        ),
        (
            replace(PLAIN, usual=0.04, marks=[DARK, GLASSES]),
            "more data",
            "dark (brightness up to 61) and glasses yes hold together for only 4.0 %",
        ),
        (replace(PLAIN, usual=0.11), "other features", "Such crops are frequent, 11.0 %"),
        (replace(PLAIN, usual=None, marks=[]), "other features", "Nothing that is known"),
        (replace(PLAIN, unusable=0.6, contradicted=1.0, usual=0.0), "unusable crop", "let the"),
        (replace(PLAIN, contradicted=1.0, one_person=1.0), "label fault", "look at the labels"),
    ],
)
def test_suggestion_follows_the_first_rule_that_holds_when_evidence_differs(
    evidence: Evidence, suggestion: str, says: str
) -> None:
    found, advice = suggest(evidence)
    assert found == suggestion
    assert says in advice
    assert advice.endswith(".")


def test_crop_is_unusable_when_one_of_the_audits_limits_is_passed() -> None:
    fine = {"range": 60.0, "clipped": 0.1, "sharpness": 0.2, "strangeness": 1.1}
    faults: list[dict[str, float]] = [
        {},
        {"range": 5},
        {"clipped": 0.6},
        {"sharpness": 0.005},
        {"strangeness": 1.8},
    ]
    table = pd.DataFrame([fine | fault for fault in faults])
    assert is_unusable(table).tolist() == [False, True, True, True, True]
