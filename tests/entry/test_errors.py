import logging
import signal
from pathlib import Path
from types import SimpleNamespace

import pytest
from hydra.core.hydra_config import HydraConfig
from hydra.errors import CompactHydraException, InstantiationException
from hydra.types import RunMode

from blink.contract import ConfigError, DataError
from blink.contract.termination import Terminated
from blink.entry import reports_errors
from blink.entry.watching import begin_run
from blink.runs import State, read_run
from tests.runs.folders import ABOUT


def test_reports_errors_ends_with_one_message_when_the_user_can_mend_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @reports_errors
    def main() -> None:
        raise DataError("eyes.zip is missing. Download it.")

    with pytest.raises(SystemExit) as ended, caplog.at_level(logging.ERROR):
        main()
    assert ended.value.code == 1
    assert caplog.messages == ["eyes.zip is missing. Download it."]


def test_reports_errors_says_what_was_raised_when_hydra_wrapped_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @reports_errors
    def main() -> None:
        raise InstantiationException("Error in call") from ConfigError("height is 7")

    with pytest.raises(SystemExit), caplog.at_level(logging.ERROR):
        main()
    assert caplog.messages == ["height is 7"]


def test_reports_errors_keeps_the_traceback_when_it_is_a_defect() -> None:
    @reports_errors
    def main() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        main()


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_reports_errors_says_how_it_goes_on_when_a_run_was_stopped(
    tmp_path: Path, signum: signal.Signals, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    @reports_errors
    def main() -> None:
        begin_run(tmp_path, ABOUT, keeps_checkpoint=True)
        raise Terminated(signum) if signum is signal.SIGTERM else KeyboardInterrupt

    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    assert caplog.messages == [f"Stopped. It goes on with: python train.py resume={tmp_path}"]
    assert read_run(tmp_path).state is State.STOPPED


def test_reports_errors_leaves_the_traceback_in_the_log_when_it_is_a_defect(tmp_path: Path) -> None:
    handler = logging.FileHandler(tmp_path / "train.log")
    logging.getLogger().addHandler(handler)

    @reports_errors
    def main() -> None:
        begin_run(tmp_path, ABOUT, keeps_checkpoint=True)
        raise ZeroDivisionError("by 0")

    try:
        with pytest.raises(ZeroDivisionError):
            main()
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    assert "ZeroDivisionError: by 0" in (tmp_path / "train.log").read_text()
    assert "Traceback" in (tmp_path / "train.log").read_text()
    assert read_run(tmp_path).reason == "ZeroDivisionError: by 0"


def test_reports_errors_lets_the_next_job_run_when_one_of_a_sweep_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(HydraConfig, "initialized", lambda: True)
    monkeypatch.setattr(HydraConfig, "get", lambda: SimpleNamespace(mode=RunMode.MULTIRUN))

    @reports_errors
    def main() -> None:
        raise DataError("No eyes.")

    with pytest.raises(CompactHydraException, match=r"No eyes\."):  # which Hydra keeps for the end
        main()
