import errno

import pytest

from blink.contract import (
    BlinkError,
    BundleError,
    CheckpointError,
    ConfigError,
    CropError,
    DataError,
    ExportError,
    StorageError,
    is_full,
)


@pytest.mark.parametrize(
    "kind",
    [BundleError, CheckpointError, ConfigError, CropError, DataError, ExportError, StorageError],
)
def test_errors_are_blinks_own_when_a_user_can_mend_them(kind: type[BlinkError]) -> None:
    with pytest.raises(BlinkError, match=r"^do this$"):
        raise kind("do this")


def test_errors_are_the_usual_ones_too_when_callers_know_no_blink() -> None:
    assert issubclass(CropError, ValueError)
    assert issubclass(StorageError, OSError)


def test_disk_is_full_when_a_cause_says_so() -> None:
    caught = StorageError("Cannot write the study's journal.")
    caught.__cause__ = OSError(errno.ENOSPC, "full")
    assert is_full(caught)
    assert is_full(OSError(errno.EDQUOT, "quota"))
    assert not is_full(OSError(errno.EACCES, "denied"))
    assert not is_full(ValueError())
