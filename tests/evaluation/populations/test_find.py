import numpy as np
import pandas as pd
import pytest

from blink.contract import DataError
from blink.evaluation.populations.find import find_gaps, find_populations
from blink.evaluation.populations.results import Group, Populations
from tests.evaluation.drawn import predictions
from tests.evaluation.populations.simulated import HALF, simulate


def by_title(found: Populations) -> dict[str, Group]:
    return {group.title: group for group in found.groups}


@pytest.fixture(scope="module")
def planted() -> Populations:
    """Of 90 people, 30 wear glasses, in the dark of which more goes wrong."""
    table, pictures = simulate(people=90, crops=30, seed=1, weak=0.6)
    lighting = np.where(pictures["brightness"] < 60, "bad", "good")
    return find_populations(table.assign(lighting=lighting), HALF, pictures, draws=300)


def test_populations_hold_attributes_then_pairs_when_both_are_large_enough(
    planted: Populations,
) -> None:
    titles = [group.title for group in planted.groups]
    assert titles[:6] == [
        "glasses no",
        "glasses yes",
        "lighting bad",
        "lighting good",
        "gender man",
        "gender woman",
    ]
    assert "glasses yes, lighting bad" in titles
    assert len(titles) == 6 + 3 * 4
    assert planted.looks == 18


def test_populations_name_the_weakest_pair_when_it_is_planted(planted: Populations) -> None:
    weakest = planted.weakest
    assert weakest is not None
    assert weakest.title == "glasses yes, lighting bad"
    assert weakest.metric == "balanced_accuracy"
    assert weakest.gap.value == pytest.approx(-0.6, abs=0.08)
    assert weakest.gap.low is not None
    assert weakest.gap.high is not None
    assert weakest.gap.low < -0.6 + 0.08 < weakest.gap.high + 0.16
    assert weakest.p is not None
    assert weakest.p < 1e-6


def test_find_gaps_gives_the_pages_figures_when_groups_of_people_are_asked_for_alone() -> None:
    plain, _ = simulate(people=40, crops=30, seed=1, weak=0.6)
    rng = np.random.default_rng(0)
    table = plain.assign(
        openness=rng.uniform(0, 1, len(plain)),
        gaze=rng.choice(["centre", "down"], len(plain)),
        expression=rng.choice(["calm", "squint"], len(plain)),
    )
    groups = by_title(find_populations(table, HALF, draws=100))

    found = find_gaps(table, HALF, draws=100)

    assert list(found) == ["glasses no", "glasses yes", "gender man", "gender woman"]
    for title, gap in found.items():
        assert (gap.estimate, gap.p) == (groups[title].gap, groups[title].p)
    moments = [groups[title].p for title in ("openness 0.0–0.2", "gaze down", "expression squint")]
    assert None not in moments, "slices of the report all the same"
    pair = "glasses no, gender man"
    fewer = by_title(find_populations(plain, HALF, draws=100))[pair]
    assert fewer.gap == groups[pair].gap
    assert 0 < (fewer.p or 0) < (groups[pair].p or 0), "fewer looks, less to correct for"


def test_find_gaps_is_empty_when_there_is_one_person() -> None:
    table, _ = simulate(people=1, crops=60, seed=1)
    assert find_gaps(table, HALF) == {}


def test_gap_is_the_difference_of_both_scores_when_it_is_tested(planted: Populations) -> None:
    groups = by_title(planted)
    no, yes = (groups[f"glasses {value}"] for value in ("no", "yes"))
    accuracy = {one.title: one.scores["balanced_accuracy"].value or 0 for one in (no, yes)}
    assert yes.gap.value == pytest.approx(accuracy["glasses yes"] - accuracy["glasses no"])
    assert no.gap.value == pytest.approx(-(yes.gap.value or 0))
    assert set(no.scores.metrics) == {
        *groups["glasses no, gender man"].scores.metrics,
        "auc",
        "ece",
    }


def test_p_is_larger_when_more_is_looked_at(planted: Populations) -> None:
    table, _ = simulate(people=90, crops=30, seed=1, weak=0.02)
    one = by_title(find_populations(table.assign(gender=None), HALF, draws=300))["glasses yes"]
    many = by_title(find_populations(table, HALF, draws=300))["glasses yes"]
    assert one.gap == many.gap
    assert one.p is not None
    assert many.p is not None
    assert one.p <= many.p


def test_group_says_too_few_people_when_it_has_three() -> None:
    table, _ = simulate(people=60, crops=30, seed=0)
    women = table["subject"].isin(["person-1", "person-2", "person-3"])
    groups = by_title(find_populations(table.assign(gender=np.where(women, "woman", "man")), HALF))
    woman = groups["gender woman"]
    assert woman.note == "too few people to say: 3, at least 10"
    assert (woman.p, woman.gap.value, woman.scores.people) == (None, None, 3)
    assert groups["gender man"].note == "too few people in the rest to say: 3, at least 10"
    assert not [title for title in groups if "woman" in title and "," in title]


def test_group_says_too_few_crops_when_a_class_is_rare() -> None:
    table, _ = simulate(people=60, crops=30, seed=0)
    rare = table["subject"].isin([f"person-{number}" for number in range(12)])
    closed = table["label"] == 1
    keep = ~(rare & closed) | (table.groupby(["subject", "label"]).cumcount() == 0)
    found = find_populations(
        table[keep].assign(lighting=np.where(rare[keep], "bad", "good")), HALF, draws=100
    )
    assert by_title(found)["lighting bad"].note == "too few closed eyes to say: 12, at least 20"


def test_groups_of_one_class_are_compared_by_its_recall_when_nobody_closes() -> None:
    table, _ = simulate(people=60, crops=30, seed=0)
    gaze = pd.Series(np.where(np.arange(len(table)) % 2 == 0, "down", "centre"))
    found = find_populations(table.assign(gaze=gaze.where(table["label"] == 0)), HALF, draws=100)
    down = by_title(found)["gaze down"]
    assert (down.metric, down.note) == ("recall_open", None)
    centre = by_title(found)["gaze centre"].scores["recall_open"].value
    assert down.gap.value == pytest.approx((down.scores["recall_open"].value or 0) - (centre or 0))
    assert found.weakest is not None
    assert "gaze" not in found.weakest.values


def test_pair_is_left_out_when_it_repeats_a_group_or_is_empty() -> None:
    table, _ = simulate(people=60, crops=30, seed=0)
    same = np.where(table["glasses"] == "yes", "ir", "rgb")
    titles = by_title(find_populations(table.assign(spectrum=same, gender=None), HALF, draws=100))
    assert list(titles) == ["spectrum ir", "spectrum rgb", "glasses no", "glasses yes"]


def test_groups_are_marked_as_rendered_when_all_their_crops_are() -> None:
    table, _ = simulate(people=60, crops=30, seed=0)
    rendered = table["glasses"] == "yes"
    table = table.assign(
        dataset=np.where(rendered, "rendered", "mrl"),
        skin_tone=pd.Series(np.where(table["gender"] == "man", "I", "VI")).where(rendered),
    )
    groups = by_title(find_populations(table, HALF, draws=100))
    assert {title for title, group in groups.items() if group.is_rendered and "," not in title} == {
        "dataset rendered",
        "glasses yes",
        "skin tone I",
        "skin tone VI",
    }
    # Skin tones are compared among those whose tone is known: all of them rendered.
    one, six = (groups[f"skin tone {tone}"] for tone in ("I", "VI"))
    assert one.gap.value == pytest.approx(-(six.gap.value or 0))


def test_data_sets_and_sensors_are_groups_when_data_sets_are_merged() -> None:
    table, _ = simulate(people=60, crops=30, seed=0)
    half = table["subject"].isin([f"person-{number}" for number in range(30)])
    table = table.assign(
        dataset=np.where(half, "mrl", "cew"),
        sensor=pd.Series(np.where(table["gender"] == "man", "IDS", "Aptina")).where(half),
    )
    titles = list(by_title(find_populations(table, HALF, draws=100)))
    assert titles[:4] == ["dataset cew", "dataset mrl", "sensor Aptina", "sensor IDS"]


def test_unknown_people_are_scored_and_not_compared_when_nobody_is_known() -> None:
    table, _ = simulate(people=60, crops=10, seed=0)
    found = find_populations(table.assign(subject=None), HALF, draws=100)
    yes = by_title(found)["glasses yes"]
    assert (yes.scores.people, yes.scores.unknown) == (0, 200)
    assert yes.note == "too few people to say: 0, at least 10"
    assert (found.looks, found.weakest) == (0, None)


def test_populations_are_empty_when_nothing_has_a_label() -> None:
    table, pictures = simulate(people=5, crops=2, seed=0)
    found = find_populations(table.assign(label=pd.array([None] * 10, "Int8")), HALF, pictures)
    assert (found.groups, found.regions, found.looks, found.weakest) == ((), (), 0, None)


def test_populations_have_no_gap_when_all_scores_are_equal() -> None:
    table, _ = simulate(people=60, crops=30, seed=0)
    found = find_populations(table.assign(p_closed=np.float32(0.4)), HALF, draws=100)
    yes = by_title(found)["glasses yes"]
    assert yes.gap.value == 0
    assert yes.p is None or yes.p > 0.5


def test_populations_refuse_a_table_when_an_id_stands_twice() -> None:
    table, _ = simulate(people=5, crops=2, seed=0)
    with pytest.raises(DataError, match="id"):
        find_populations(pd.concat([table, table]), HALF)


def test_populations_are_the_same_when_rows_are_shuffled() -> None:
    table, _ = simulate(people=40, crops=20, seed=0)
    ours = find_populations(table, HALF, draws=50)
    assert find_populations(table.sample(frac=1, random_state=1), HALF, draws=50) == ours


@pytest.mark.parametrize(
    ("group", "rest", "is_enough"),
    [(190, 800, True), (180, 800, False), (260, 260, True), (250, 250, False)],
)
def test_find_gaps_excludes_two_points_when_nobody_errs_and_people_are_as_many_as_docs_say(
    group: int, rest: int, is_enough: bool
) -> None:
    people = np.repeat(np.arange(group + rest), 2)
    closed = np.tile([0, 1], group + rest)
    glasses = np.where(people < group, "yes", "no")
    names = [f"person-{number}" for number in people]
    table = predictions(closed.tolist(), closed.tolist(), names, glasses=glasses)

    found = find_gaps(table, HALF, draws=100)["glasses yes"].estimate

    assert found.value == 0
    assert (found.low is not None and found.low >= -0.02) is is_enough
