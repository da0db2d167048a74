"""Errors that speak to a person: what was expected, what was found, what to do.

Every error that a user can cause is a `BlinkError`; entry points print it as one message and exit
with a non-zero status. Anything else that is raised is a defect of Blink and keeps its traceback.
"""

import errno
from collections.abc import Iterator
from typing import Final

_NO_SPACE: Final = {errno.ENOSPC, errno.EDQUOT}


class BlinkError(Exception):
    """Something that the user can mend; the message says how."""


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error, what it was raised from, and so on: Hydra wraps what a constructor raises."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def is_full(error: BaseException) -> bool:
    """Whether the disk was full, or a quota reached; what was raised may be of what was caught."""
    return any(isinstance(one, OSError) and one.errno in _NO_SPACE for one in causes(error))


class CropError(BlinkError, ValueError):
    """An array that is no eye crop."""


class DataError(BlinkError):
    """A data set, archive, manifest or split that cannot be trusted."""


class StorageError(BlinkError, OSError):
    """A file could not be written whole, or not be read: disk full, quota, no permission."""


class ConfigError(BlinkError):
    """A configuration that contradicts itself or names something that is not there."""


class CheckpointError(BlinkError):
    """A checkpoint that does not belong to the model at hand."""


class TrainingError(BlinkError):
    """A training that went astray."""


class ExportError(BlinkError):
    """An exported model that is not provably the same intelligence."""


class BundleError(BlinkError):
    """A bundle that is incomplete, changed, or of an unknown kind."""
