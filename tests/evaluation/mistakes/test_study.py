import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blink.contract import DataError, OperatingPoint
from blink.evaluation.mistakes.results import CropCosts, MistakeStudy
from blink.evaluation.mistakes.study import MOST_WORST, study_mistakes
from blink.evaluation.pictures import COLUMNS, EMBEDDING
from tests.evaluation.drawn import predictions
from tests.evaluation.mistakes.crowd import (
    crowd_table,
    drawn_crowd,
    honest,
    noisy_eye,
    pictures_for,
)

HALF = OperatingPoint(0.5, "by hand")


def random_pictures(table: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Pictures of which nothing can be learned."""
    draw = np.random.default_rng(seed)
    n = len(table)
    plain = {
        "id": table["id"].to_numpy(object),
        "width": draw.integers(24, 90, n),
        "height": draw.integers(24, 90, n),
        "brightness": draw.uniform(40, 200, n),
        "contrast": draw.uniform(10, 60, n),
        "sharpness": draw.uniform(0.1, 0.6, n),
        "range": 80.0,
        "clipped": 0.0,
        "strangeness": 1.0,
    }
    shapes = dict(zip(EMBEDDING, draw.normal(0, 1, (len(EMBEDDING), n)), strict=True))
    return pd.DataFrame(plain | shapes)[list(COLUMNS)]


def random_table(n: int, wrong: int, seed: int = 0) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, 2, n)
    scores = honest(labels)
    errs = draw.permutation(n)[:wrong]
    scores[errs] = 1 - scores[errs]
    names = [f"p{number % 9}" for number in range(n)]
    return crowd_table(labels, scores, names, glasses=draw.choice(["yes", "no"], n).tolist())


@pytest.mark.parametrize("wrong", [0, 1, 5, 40])
def test_study_puts_every_mistake_into_one_place_when_there_are_few_or_many(wrong: int) -> None:
    table = random_table(200, wrong)
    study = study_mistakes(table, HALF, random_pictures(table))
    assert study.mistakes == wrong
    assert sum(kind.n for kind in study.kinds) + len(study.label_faults) == wrong
    assert sum(kind.share_of_mistakes for kind in study.kinds) == pytest.approx(float(wrong > 0))
    assert len({kind.title for kind in study.kinds}) == len(study.kinds)
    assert study.label_faults == ()
    assert study.how_suspected.startswith("No label is suspected: the witness reaches an AUC of 0.")


@given(
    labels=st.lists(st.sampled_from([0, 1, None]), min_size=1, max_size=30),
    data=st.data(),
    costs=st.builds(CropCosts, st.floats(0, 100), st.floats(0, 100)),
)
@settings(max_examples=15)
def test_study_adds_up_when_labels_scores_and_costs_are_of_any_kind(
    labels: list[int | None], data: st.DataObject, costs: CropCosts
) -> None:
    scores = data.draw(st.lists(st.floats(0, 1), min_size=len(labels), max_size=len(labels)))
    names = data.draw(
        st.lists(st.sampled_from(["a", "b", None]), min_size=len(labels), max_size=len(labels))
    )
    table = predictions(labels, scores, names)
    study = study_mistakes(table, HALF, random_pictures(table), costs)
    score = table["p_closed"].to_numpy()
    missed = sum(one == 1 and p < 0.5 for one, p in zip(labels, score, strict=True))
    false = sum(one == 0 and p >= 0.5 for one, p in zip(labels, score, strict=True))
    assert study.mistakes == missed + false
    assert study.cost == pytest.approx(missed * costs.missed_closure + false * costs.false_closure)
    assert sum(k.n for k in study.kinds if k.direction == "missed_closure") == missed
    assert sum(k.n for k in study.kinds if k.direction == "false_closure") == false
    assert sum(k.share_of_cost for k in study.kinds) == pytest.approx(float(study.cost > 0))
    named = [name for kind in study.kinds for name in kind.ids]
    assert len(set(named)) == len(named)
    assert set(study.worst) == set(named) or len(named) > MOST_WORST


def test_study_finds_planted_label_faults_and_leaves_a_hard_kind_to_the_model() -> None:
    labels, names, crops = drawn_crowd(people=20)
    scores = honest(labels)
    # Of four people in the dark the intelligence takes closed eyes for open ones, and is sure.
    hard = np.array([name < "person-04" for name in names]) & (labels == 1)
    for place in np.flatnonzero(hard):
        crops[place] = noisy_eye(True, 1000 + int(place), shade=70)
    scores[hard] = 0.03
    flipped = np.random.default_rng(1).permutation(np.flatnonzero(~hard))[:10]
    labels[flipped] = 1 - labels[flipped]
    table = crowd_table(labels, scores, names, lighting=np.where(hard, "bad", "good").tolist())
    study = study_mistakes(table, HALF, pictures_for(table, crops))
    assert study.mistakes == hard.sum() + len(flipped)
    planted = {f"crop-{place}" for place in flipped}
    assert len(planted & set(study.label_faults)) >= 8
    assert set(study.label_faults) <= planted
    (kind,) = study.kinds
    missed = len(planted - set(study.label_faults))
    assert (kind.direction, kind.n) == ("missed_closure", hard.sum() + missed)
    assert kind.title == "dark crops of closed eyes, lighting bad"
    assert kind.traits[0].endswith("% here, 0.0 % among right answers")
    assert kind.suggests == "more data"
    assert "lighting bad" in kind.advice
    assert "witness" in study.how_suspected
    assert "AUC" in study.how_suspected


def test_study_calls_crops_unusable_when_nothing_is_to_be_seen() -> None:
    labels, names, crops = drawn_crowd()
    scores = honest(labels)
    blank = np.flatnonzero(labels == 0)[:12]
    for place in blank:
        crops[place] = np.full((32, 32), 90, np.uint8)
    scores[blank] = 0.7
    table = crowd_table(labels, scores, names)
    (kind,) = study_mistakes(table, HALF, pictures_for(table, crops)).kinds
    assert (kind.direction, kind.n, kind.suggests) == ("false_closure", 12, "unusable crop")
    assert kind.advice.startswith("Hardly anything is to be seen in 100.0 % of these crops")


def test_study_orders_by_cost_when_one_direction_is_dear() -> None:
    table = predictions(
        [1, 1, 0, 0, 0, 1, 0],
        [0.35, 0.08, 0.95, 0.9, 0.6, 0.9, 0.1],
        list("abcdefg"),
    )
    pictures = random_pictures(table)
    plain = study_mistakes(table, HALF, pictures)
    assert plain.worst == ("crop-2", "crop-1", "crop-3", "crop-0", "crop-4")
    assert [kind.direction for kind in plain.kinds] == ["false_closure", "missed_closure"]
    costs = CropCosts(missed_closure=10, false_closure=1, source="by hand")
    dear = study_mistakes(table, HALF, pictures, costs)
    assert dear.worst == ("crop-1", "crop-0", "crop-2", "crop-3", "crop-4")
    assert [kind.share_of_cost for kind in dear.kinds] == pytest.approx([20 / 23, 3 / 23])
    assert dear.kinds[0].ids == ("crop-1", "crop-0")
    assert dear.costs == costs


def test_study_shows_everybody_before_a_fourth_of_one_person() -> None:
    scores = np.array([0.01, 0.02, 0.03, 0.04, 0.05, 0.3, 0.4])
    table = crowd_table([1] * 7, scores, list("aaaaabb"))
    (kind,) = study_mistakes(table, HALF, random_pictures(table)).kinds
    assert kind.ids == tuple(f"crop-{place}" for place in (0, 1, 2, 5, 6, 3, 4))


def test_study_counts_people_when_lots_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blink.evaluation.statistics.sample.MOST_LOTS", 2)
    names = [*map(str, range(6)), "0", None, None]
    table = crowd_table([1] * 9, np.linspace(0.01, 0.4, 9), names)
    (kind,) = study_mistakes(table, HALF, random_pictures(table)).kinds
    assert kind.people == 8, "each crop of people unknown stands for one"
    assert kind.ids == tuple(f"crop-{place}" for place in range(9)), "nobody has a fourth"


def test_study_is_the_same_when_rows_are_jumbled() -> None:
    table = random_table(300, 60)
    pictures = random_pictures(table)
    first = study_mistakes(table, HALF, pictures)
    jumbled = pictures.sample(frac=1, random_state=3)
    assert study_mistakes(table, HALF, jumbled) == first
    again = MistakeStudy.from_dict(first.to_dict())
    assert again.mistakes == 60


def test_study_refuses_when_pictures_are_of_another_data_set() -> None:
    table = random_table(20, 3)
    other = random_pictures(table).assign(id=[f"other-{n}" for n in range(20)])
    with pytest.raises(DataError, match="crop-0 was predicted, but is not among the pictures"):
        study_mistakes(table, HALF, other)


def test_study_refuses_when_the_table_is_none() -> None:
    table = random_table(20, 3)
    with pytest.raises(DataError, match="The table to study is no predictions table"):
        study_mistakes(table.assign(p_closed=np.nan), HALF, random_pictures(table))
