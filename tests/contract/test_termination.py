import signal

import pytest

from blink.contract.termination import termination_as_interruption

pytestmark = pytest.mark.usefixtures("hears_hangup")

ENDS = pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])


@ENDS
def test_signal_is_an_interruption_when_it_ends_a_process(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with termination_as_interruption():
        assert signal.getsignal(number) is not before
    with pytest.raises(KeyboardInterrupt), termination_as_interruption():
        signal.raise_signal(number)
    assert signal.getsignal(number) is before


@ENDS
def test_signal_is_ignored_when_it_was_before(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_IGN)  # as nohup does with the end of the terminal
    try:
        with termination_as_interruption():
            assert signal.getsignal(number) is signal.SIG_IGN
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)


def test_signal_ends_as_by_default_when_another_language_heard_it_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(signal, "getsignal", lambda _: None)  # a handler that is not Python's
        with termination_as_interruption():
            pass
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
