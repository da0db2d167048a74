from blink.evaluation.populations.results import Group, Populations
from blink.evaluation.populations.stand_ins import fill_all, fill_with_stand_ins
from blink.evaluation.scores import Scores
from blink.evaluation.statistics import Estimate


def group(note: str | None = None, is_rendered: bool = False, **values: str) -> Group:
    gap = Estimate(-0.1, -0.2, -0.01) if note is None else Estimate(None, gap=note)
    p = 0.04 if note is None else None
    scores = Scores(40, 20, 20, 0, {"balanced_accuracy": Estimate(0.9)})
    return Group(values, scores, "balanced_accuracy", gap, p, is_rendered, note)


def populations(*groups: Group) -> Populations:
    tested = [one for one in groups if one.note is None]
    return Populations(groups, (), "Not searched.", len(tested), next(iter(tested), None))


FEW = "too few people to say: 2, at least 10"
REAL = populations(
    group(glasses="no"),
    group(glasses="yes"),
    group(FEW, gender="man"),
    group(FEW, gender="woman"),
    group(glasses="yes", lighting="bad"),
)
RENDERED = populations(
    group(is_rendered=True, glasses="yes"),
    group(is_rendered=True, gender="woman"),
    group(is_rendered=True, skin_tone="VI"),
    group(is_rendered=True, lid_shape="hooded"),
    group(is_rendered=True, gaze="down"),
    group(is_rendered=True, gender="woman", glasses="yes"),
)


def shown(found: Populations) -> list[tuple[str, bool]]:
    return [(one.title, one.is_rendered) for one in found.groups]


def test_stand_ins_follow_their_attribute_when_real_people_are_too_few_or_unknown() -> None:
    assert shown(fill_with_stand_ins(REAL, RENDERED)) == [
        ("glasses no", False),
        ("glasses yes", False),
        ("gender man", False),
        ("gender woman", False),
        ("gender woman", True),
        ("skin tone VI", True),
        ("lid shape hooded", True),
        ("glasses yes, lighting bad", False),
    ]


def test_stand_ins_do_not_decide_when_they_are_added() -> None:
    found = fill_with_stand_ins(REAL, RENDERED)
    assert (found.looks, found.weakest) == (REAL.looks, REAL.weakest)


def test_stand_ins_stay_away_when_real_people_were_tested() -> None:
    real = populations(group(gender="man"), group(gender="woman"))
    assert ("gender woman", True) not in shown(fill_with_stand_ins(real, RENDERED))


def test_stand_ins_fill_the_real_test_sets_when_a_rendered_one_is_among_them() -> None:
    found = fill_all([REAL, RENDERED])
    assert found == [fill_with_stand_ins(REAL, RENDERED), RENDERED]


def test_stand_ins_are_none_when_nobody_is_rendered() -> None:
    nobody = populations()
    assert fill_all([REAL, nobody]) == [REAL, nobody]


def test_populations_know_their_own_when_stand_ins_are_added() -> None:
    filled = fill_with_stand_ins(REAL, RENDERED)
    assert (filled.is_rendered, RENDERED.is_rendered, populations().is_rendered) == (
        *(False, True, False),
    )
    assert (filled.own, RENDERED.own) == (REAL.groups, RENDERED.groups)
