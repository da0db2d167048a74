from pathlib import Path

import numpy as np
import pandas as pd

from blink.contract import OperatingPoint
from blink.evaluation.experience.aim import Aim
from blink.evaluation.experience.assess import assess
from blink.evaluation.results import Row, TestSet
from tests.evaluation.drawn import draw_manifest
from tests.evaluation.experience.usage import filmed, target

FAIR = {"words": "no group worse", "measure": "gap_between_groups", "at_most": 2}


def test_assess_judges_and_counts_groups_of_people_alone_when_moments_differ_more(
    tmp_path: Path,
) -> None:
    """Who wears glasses errs in two frames of ten; a gaze goes with every mistake."""
    table = filmed(40, dict.fromkeys(range(15), 0.2), frames=10)
    person = table["subject"].str[1:].astype(int)
    is_wrong = (table["p_closed"] > 0.5) != (table["label"] == 1)
    table = table.assign(
        glasses=np.where(person < 15, "yes", "no"),
        gender=np.where(person < 3, "woman", "man"),
        gaze=np.where(is_wrong, "down", "centre"),
        frame=pd.array([None] * len(table), "Int32"),  # nobody plays: groups need no simulation
    )
    row = Row("net", "net", "fp32", 10, 20_000, None, OperatingPoint(0.5, "given"), table, True)
    test = TestSet("drawn", "subject-disjoint", draw_manifest(tmp_path / "drawn", [0, 1]), [row])

    found = assess(Aim(target(criteria=[FAIR]), {}, {}), test)

    finding = found.decision.findings[0]
    assert (finding.met, finding.groups.split(", ")[0]) == (False, "widest in glasses yes")
    assert round(finding.found.value or 0) == 20
    assert "Groups: 2 of 4 could be tested; the others show too few people." in found.cautions
