from typing import Any

import pytest
from torch.onnx._internal.exporter import _registration

from blink.export.exporter import _reader
from blink.export.onnx_graph import to_onnx
from tests.exported import trained_net


def test_export_reads_torchs_table_once_when_several_graphs_are_exported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    torchs: Any = vars(_registration)["onnxscript_apis"]
    table, read = torchs.get_torchlib_ops(), []

    def reads() -> Any:
        read.append("once")
        return table

    monkeypatch.setattr(torchs, "get_torchlib_ops", reads)
    _reader.cache_clear()

    for _ in range(2):
        to_onnx(trained_net())

    assert read == ["once"]
    _registration.ONNXRegistry.from_torchlib()  # others read their own
    assert read == ["once", "once"]
