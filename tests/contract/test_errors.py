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
