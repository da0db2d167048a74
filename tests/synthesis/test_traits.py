import numpy as np

from blink.synthesis.portrait import sample_portrait
from blink.synthesis.traits import PERSON_TRAITS, SHOT_TRAITS


def test_traits_vary_and_are_finite_over_people_and_shots() -> None:
    portraits = [sample_portrait(number, 0, 4) for number in range(150)]
    people = np.array([[float(f(s.person)) for f in PERSON_TRAITS.values()] for s in portraits])
    shots = np.array([[float(f(s.shot)) for f in SHOT_TRAITS.values()] for s in portraits])
    assert np.isfinite(people).all()
    assert np.isfinite(shots).all()
    assert (people.std(axis=0) > 0).all()
    assert (shots.std(axis=0) > 0).all()
