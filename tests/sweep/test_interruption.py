import signal

import pytest

from blink.sweep.interruption import termination_as_interruption


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signal_is_an_interruption_when_it_ends_a_process(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with termination_as_interruption():
        assert signal.getsignal(number) is not before
    with pytest.raises(KeyboardInterrupt), termination_as_interruption():
        signal.raise_signal(number)
    assert signal.getsignal(number) is before


def test_end_of_the_terminal_is_ignored_when_it_was_before() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does
    try:
        with termination_as_interruption():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
