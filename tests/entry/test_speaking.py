import logging

import pytest
from hydra.errors import InstantiationException

from blink.contract import ConfigError, DataError
from blink.entry import speaking


def test_speaking_ends_with_one_message_when_the_user_can_mend_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @speaking
    def main() -> None:
        raise DataError("eyes.zip is missing. Download it.")

    with pytest.raises(SystemExit) as ended, caplog.at_level(logging.ERROR):
        main()
    assert ended.value.code == 1
    assert caplog.messages == ["eyes.zip is missing. Download it."]


def test_speaking_says_what_was_raised_when_hydra_wrapped_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    @speaking
    def main() -> None:
        raise InstantiationException("Error in call") from ConfigError("height is 7")

    with pytest.raises(SystemExit), caplog.at_level(logging.ERROR):
        main()
    assert caplog.messages == ["height is 7"]


def test_speaking_keeps_the_traceback_when_it_is_a_defect() -> None:
    @speaking
    def main() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        main()
