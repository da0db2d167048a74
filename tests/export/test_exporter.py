from torch.onnx._internal.exporter._registration import ONNXRegistry

from blink.export.exporter import exporter


def test_exporter_reads_torchs_table_once_when_several_graphs_are_exported() -> None:
    tables = []
    for _ in range(2):
        with exporter():
            tables.append(ONNXRegistry().from_torchlib(opset_version=18))  # as torch calls it

    assert tables[0] is tables[1]
    assert tables[0].functions
    assert ONNXRegistry.from_torchlib(opset_version=18) is not tables[0]  # others read their own
