import pytest

from blink.contract import OperatingPoint
from blink.evaluation.experience.basis import find_basis
from blink.evaluation.experience.figures import describe_experience
from blink.evaluation.experience.outcome import play, say
from blink.evaluation.experience.sessions import simulate_sessions
from blink.evaluation.statistics import Estimate
from tests.evaluation.experience.usage import filmed, target


@pytest.mark.parametrize(
    ("never", "gap"),
    [
        (0, "the same for everybody: no interval"),
        (1, "1 of 12 people never succeeded: no interval"),
        (11, "11 of 12 people never succeeded: no interval"),
    ],
)
def test_describe_experience_has_no_interval_of_seconds_when_some_never_succeed(
    never: int, gap: str
) -> None:
    basis = find_basis(target(), filmed(12, dict.fromkeys(range(never), 1.0)))
    sessions = simulate_sessions(target(), basis.people, part=0.1)
    outcome = play(target(), sessions, say(sessions, basis.p_closed), 0.5)

    felt = describe_experience(
        "net", OperatingPoint(0.5, "a half"), target(), sessions, outcome, [outcome]
    )

    assert felt.figures["seconds_to_success"] == Estimate(2.0, gap=gap)
