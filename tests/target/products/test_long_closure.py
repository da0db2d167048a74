import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blink.target import always_right
from blink.target.products import LongClosure
from tests.target.products.drawn import (
    Played,
    all_of,
    constant,
    per_use,
    play_script,
    runs_of,
    scenes,
    sessions_of,
)

FPS = 10.0


def alarms_of(closed: list[bool], needed: int, gap: int, again: int) -> list[int]:
    """Frames in which an alarm sounds, frame by frame."""
    alarms: list[int] = []
    since: int | None = None
    last_closed = last_alarm = -1
    for frame, is_closed in enumerate(closed):
        if not is_closed:
            continue
        if since is None or frame - last_closed - 1 > gap:
            since, last_alarm = frame, -1
        last_closed = frame
        lasted = frame - since + 1
        number = (lasted - needed) // again if lasted >= needed else -1
        if number > last_alarm:
            alarms.append(frame)
            last_alarm = number
    return alarms


@given(
    scenes(longest=120),
    st.sampled_from([0.3, 0.8]),
    st.sampled_from([0, 0.1, 0.3]),
    st.sampled_from([0.5, 2.0]),
)
def test_play_is_what_a_loop_plays_when_sequences_are_random(
    played: Played, seconds: float, gap_s: float, again_s: float
) -> None:
    product = LongClosure(
        seconds=seconds, gap_s=gap_s, again_s=again_s, microsleeps=0.5, microsleep_s=0.5
    )

    found = product.play(*played, FPS)

    uses = played[0].shape[1] / FPS / 3600
    for session, (counted, openness) in enumerate(sessions_of(product, played)):
        shut = all_of(openness <= np.float32(0.2))
        asleep = [run for run in runs_of(shut) if run[1] - run[0] >= 5]
        alarms = alarms_of(
            all_of(counted),
            round(seconds * FPS),
            round(gap_s * FPS),
            round(again_s * FPS),
        )
        false = [a for a in alarms if not any(start <= a < stop for start, stop in asleep)]
        first = [min((a for a in alarms if b <= a < e), default=None) for b, e in asleep]
        missed = first.count(None) / len(asleep) if asleep else 0
        late = [(a - b + 1) / FPS for a, (b, _) in zip(first, asleep, strict=True) if a is not None]
        assert found.mistakes["false_alarm"][session] == len(false)
        assert found.mistakes["missed_microsleep"][session] == pytest.approx(0.5 * uses * missed)
        assert found.good[session] == pytest.approx(
            0 if false else uses * np.exp(-0.5 * uses * missed)
        )
        assert np.isclose(found.seconds[session], np.mean(late) if late else np.nan, equal_nan=True)


def test_play_bridges_a_gap_when_it_is_tolerated() -> None:
    openness = np.zeros((1, 30, 1), np.float32)
    said = np.ones_like(openness)
    said[0, 6:8] = 0

    bridged = LongClosure(eyes=1, seconds=1, gap_s=0.2).play(said, openness, 0.5, FPS)
    broken = LongClosure(eyes=1, seconds=1, gap_s=0.1).play(said, openness, 0.5, FPS)

    assert bridged.seconds.tolist() == [1.0]
    assert broken.seconds.tolist() == [1.8]  # counted anew from the ninth frame


def test_play_weighs_a_missed_microsleep_by_its_rate_when_one_was_planted() -> None:
    tally, _ = play_script(LongClosure(microsleeps=0.3), 30, constant(0.0), sessions=24)

    shares = per_use(tally)
    assert tally.uses.sum() == pytest.approx(2)  # hours
    assert shares["missed_microsleep"] == pytest.approx(0.3)
    assert shares["false_alarm"] == 0


def test_play_makes_no_mistake_when_the_intelligence_is_always_right() -> None:
    tally, openness = play_script(LongClosure(), 30, always_right, sessions=40)

    assert (openness.max(axis=2) <= 0.2).any(axis=1).all()
    assert sum(counts.sum() for counts in tally.mistakes.values()) == 0
    assert tally.good.sum() == pytest.approx(tally.uses.sum())
    assert np.isfinite(tally.seconds).all()
    assert tally.seconds.mean() == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("says", [0.5, 1.0])
def test_play_never_stops_sounding_when_everything_counts_as_closed(says: float) -> None:
    tally, _ = play_script(LongClosure(again_s=5), 30, constant(says), sessions=12)

    shares = per_use(tally)
    assert shares["good"] == 0
    assert 700 < shares["false_alarm"] <= 720  # every five seconds of an hour, but those asleep


def test_faults_names_fields_when_they_contradict_each_other() -> None:
    assert LongClosure().faults(30) == []
    found = LongClosure(seconds=0.1, minutes=90, mean_s=0.7).faults(10)
    assert [fault.split(":")[0] for fault in found] == ["seconds", "minutes", "mean_s"]
