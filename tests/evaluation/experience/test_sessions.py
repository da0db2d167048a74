from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from blink.evaluation.experience.basis import find_basis
from blink.evaluation.experience.sessions import count_sessions, resample_frames, simulate_sessions
from blink.evaluation.experience.takes import find_in_time, find_users
from blink.target import read_target
from tests.evaluation.drawn import predictions
from tests.evaluation.experience.usage import FRAMES, Glance, filmed, target


def test_find_users_leaves_out_people_when_they_show_one_state_alone() -> None:
    table = filmed(3)
    table = table[~((table["subject"] == "s001") & (table["label"] == 1))].reset_index(drop=True)

    assert [person.name for person in find_users(table)] == ["drawn/s000", "drawn/s002"]


def test_find_users_pairs_the_eyes_of_a_frame_when_sides_are_known() -> None:
    frames = np.repeat(np.arange(24), 2)
    table = predictions(
        ([0] * 24 + [1] * 24),
        np.linspace(0, 1, 48).tolist(),
        ["a"] * 48,
        frame=pd.array(frames, "Int32"),
        side=["left", "right"] * 24,
    )

    (person,) = find_users(table)

    assert person.takes[0].opened.rows.tolist() == [[n, n + 1] for n in range(0, 24, 2)]


@pytest.mark.parametrize("are_told", [False, True])
def test_find_basis_says_what_is_made_up_when_a_person_shows_one_picture_of_each_state(
    *, are_told: bool
) -> None:
    aimed = read_target(Path("conf/target/photo_check.yaml"))
    eyes = {"side": ["left", "right"] * 2, "frame": pd.array([0, 0, 1, 1], "Int32")}
    table = predictions([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], ["a"] * 4, **eyes if are_told else {})

    basis = find_basis(aimed, table)

    assert basis.gap is None
    assert (
        "half-closed eyes, of which nobody shows 8 of known openness, get a score between"
        in basis.words
    )
    assert ("the person's next picture in the same state" in basis.words) is not are_told
    nobody = find_basis(aimed, table.assign(subject=["a", "b", "c", "d"])).gap or ""
    assert "shows open eyes and closed ones, in 1 or more pictures each, and nobody" in nobody


def test_find_users_keeps_recordings_apart_when_clips_are_known() -> None:
    table = filmed(1, frames=40)
    table = table.assign(clip=pd.array([f"c{n % 40 // 20}" for n in range(80)], "string"))

    (person,) = find_users(table)

    assert [take.opened.rows[:, 0].tolist() for take in person.takes] == [
        list(range(20)),
        list(range(20, 40)),
    ]


def test_find_users_takes_a_person_whole_when_pictures_are_single_ones() -> None:
    table = predictions([0, 1] * 5 + [0], [0.5] * 11, ["a"] * 11, session=["s"] * 10 + ["t"])

    (person,) = find_users(table, in_time=False)

    (take,) = person.takes
    assert (len(take.opened), len(take.closed)) == (6, 5)
    assert take.opened.rows[-2:].tolist() == [[8, 10], [10, 0]], "the next one is the second eye"


def test_find_in_time_leaves_out_a_data_set_when_one_of_its_pictures_has_no_number() -> None:
    film = filmed(1)
    stills = film.assign(dataset="stills", frame=film["frame"].mask(film.index == 3))

    found = find_in_time(pd.concat([stills, film], ignore_index=True))

    assert found.index.tolist() == list(range(len(film), 2 * len(film)))


def test_scores_walk_through_the_pictures_in_order_when_the_state_lasts() -> None:
    table = filmed(1, frames=40).assign(p_closed=np.linspace(0, 1, 80, dtype=np.float32))
    (batch,) = simulate_sessions(target(), find_basis(target(), table).people)
    rows = batch.rows[..., 0]

    opened, closed = rows[:, : FRAMES // 2], rows[:, FRAMES // 2 :]

    assert ((np.diff(opened, axis=1) % 40) == 1).all()
    assert ((np.diff(closed, axis=1) % 40) == 1).all()
    assert opened.max() < 40 <= closed.min()
    assert len(np.unique(opened[:, 0])) > 20, "sessions begin all over the recording"
    said = batch.scores(table["p_closed"].to_numpy())
    np.testing.assert_array_equal(said[..., 0], table["p_closed"].to_numpy()[rows])


def test_scores_keep_mistakes_together_when_the_data_do() -> None:
    """Ten wrong pictures in a row of forty: a session has many of them or none, not one in four."""
    table = filmed(1, {0: 0.25})
    (batch,) = simulate_sessions(target(), find_basis(target(), table).people)

    wrong = (batch.scores(table["p_closed"].to_numpy())[:, : FRAMES // 2, 0] > 0.5).sum(axis=1)

    assert wrong.mean() == pytest.approx(2.5, abs=0.4)
    assert (wrong == 0).mean() > 0.4  # of independent coin flips: 0.75 ** 10 = 0.06


def test_scores_lie_between_the_states_when_half_closed_eyes_are_not_known() -> None:
    half = target(product=Glance(half=0.2))
    table = filmed(1)
    (batch,) = simulate_sessions(half, find_basis(half, table).people)

    said = batch.scores(table["p_closed"].to_numpy())

    np.testing.assert_allclose(said[:, FRAMES // 2 - 1, 0], 0.5, atol=1e-6)
    assert set(np.round(said[:, FRAMES // 2 :, 0].ravel(), 3)) == {np.float32(0.9)}


def test_scores_are_those_of_half_closed_eyes_when_they_are_known() -> None:
    half = target(product=Glance(half=0.2))
    known = filmed(1)
    more = known[:30].assign(
        id=[f"half-{n}" for n in range(30)],
        label=pd.array([None] * 30, "Int8"),
        openness=np.linspace(0.06, 0.34, 30),
        p_closed=np.float32(0.77),
        frame=pd.array(range(100, 130), "Int32"),
    )
    table = pd.concat([known, more], ignore_index=True)
    (batch,) = simulate_sessions(half, find_basis(half, table).people)

    said = batch.scores(table["p_closed"].to_numpy())

    assert set(said[:, FRAMES // 2 - 1, 0]) == {np.float32(0.77)}
    near = batch.rows[:, FRAMES // 2 - 1, 0] - len(known)
    assert np.abs(more["openness"].to_numpy()[near] - 0.2).max() < 0.06


@pytest.mark.parametrize(
    ("people", "frames", "part", "expected"),
    [
        (1, 1200, 1, 400),
        (10, 1200, 1, 250),
        (28, 1200, 1, 166),
        (125, 1200, 1, 166),
        (200, 1200, 1, 104),
        (1000, 1200, 1, 20),
        (200, 18_000, 1, 8),
        (28, 1200, 0.1, 16),
        (28, 18_000, 0.1, 8),
    ],
)
def test_count_sessions_gives_each_as_many_when_people_are_more(
    people: int, frames: int, part: float, expected: int
) -> None:
    assert count_sessions(people, frames, part) == expected


def test_simulate_sessions_gives_the_same_sessions_when_called_twice() -> None:
    people = find_basis(target(), filmed(2)).people
    once, again = (simulate_sessions(target(), people) for _ in range(2))

    for one, other in zip(once, again, strict=True):
        np.testing.assert_array_equal(one.rows, other.rows)


def test_truth_is_the_openness_when_an_intelligence_is_always_right() -> None:
    (person,) = find_users(filmed(1))
    openness = np.array([[[0.0], [0.05], [0.2], [0.35], [1.0]]], np.float32)
    batch = resample_frames(person, openness, np.random.default_rng(0))

    np.testing.assert_allclose(batch.truth()[0, :, 0], [1, 1, 0.5, 0, 0], atol=1e-6)
