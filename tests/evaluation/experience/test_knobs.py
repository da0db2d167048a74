from blink.contract import OperatingPoint
from blink.contract.places import CONF
from blink.evaluation.experience.basis import find_basis
from blink.evaluation.experience.knobs import search_knobs
from blink.evaluation.experience.sessions import simulate_sessions
from blink.target import read_target
from tests.evaluation.experience.usage import filmed


def test_search_knobs_finds_no_cost_when_an_intelligence_is_always_right() -> None:
    """Half-closed eyes count as what they are nearer to at a threshold of 0.5 alone."""
    target, table = read_target(CONF / "target" / "photo_check.yaml"), filmed(4, {0: 0.5})
    basis = find_basis(target, table)
    sessions = simulate_sessions(target, basis.people)
    scores = [batch.scores(basis.p_closed) for batch in sessions]

    search = search_knobs(target, table, sessions, scores, OperatingPoint(0.5, "as it came"))

    assert search is not None
    assert search.perfect_cost == 0 < search.best_cost
