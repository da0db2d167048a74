"""Torch's ONNX exporter as this project calls it: without its noise, and reading its table once."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

_READ = "torch.onnx._internal.exporter._registration.ONNXRegistry.from_torchlib"


@cache
def _reader() -> Any:
    """Reads what torch translates its operators into, the first time that it is called."""
    from torch.onnx._internal.exporter._registration import ONNXRegistry  # takes a second

    return cache(ONNXRegistry.from_torchlib)


@contextmanager
def only_errors(*names: str | None) -> Iterator[None]:
    """Within it these loggers say nothing but errors; None is the root."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


@contextmanager
def exporter() -> Iterator[None]:
    """Within it `torch.onnx.export` says nothing, and from the second time takes half of its time.

    It warns of its own deprecated calls and logs its progress. And for each graph it parses the
    source of all 550 operators that it can translate, a second on a slow core; a table of
    translations that it was given for one graph, as nobody does here, would stay for the others.
    """
    with only_errors("torch.onnx", "onnx_ir", "onnxscript"), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        with patch(_READ, staticmethod(_reader())):
            yield
