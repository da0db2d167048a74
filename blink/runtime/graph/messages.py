"""The messages of an ONNX file: what each may hold, what is refused by name, nothing else.

Source: onnx.proto of ONNX 1.23.
"""

from typing import Final

from blink.runtime.graph.protobuf import Field, Kind, Message


def _repeated(*names: str) -> list[Field]:
    return [Field(name, Kind.BYTES, repeated=True) for name in names]


def _texts(*names: str) -> list[Field]:
    return [Field(name, Kind.TEXT) for name in names]


def _message(name: str, fields: dict[int, Field], forbidden: dict[int, str]) -> Message:
    refused = {number: Field(what, Kind.FORBIDDEN) for number, what in forbidden.items()}
    return Message(name, fields | refused)


PAIR = Message("a metadata entry", dict(zip((1, 2), _texts("key", "value"), strict=True)))
OPSET = Message("an opset", {1: Field("domain", Kind.TEXT), 2: Field("version", Kind.INT)})
MODEL = _message(
    "the file",
    {1: Field("ir_version", Kind.INT), 5: Field("model_version", Kind.INT)}
    | dict(zip((2, 3, 4, 6), _texts("producer", "producer_version", "domain", "doc"), strict=True))
    | {7: Field("graph", Kind.BYTES)}
    | dict(zip((8, 14), _repeated("opsets", "metadata"), strict=True)),
    {20: "training information", 25: "functions", 26: "device configurations"},
)
GRAPH = _message(
    "the graph",
    dict(zip((2, 10), _texts("name", "doc"), strict=True))
    | dict(
        zip((1, 5, 11, 12, 13), _repeated("nodes", "tensors", "in", "out", "values"), strict=True)
    ),
    {14: "quantisation annotations", 15: "sparse tensors", 16: "metadata of its own"},
)
NODE = _message(
    "a node",
    {1: Field("in", Kind.TEXT, repeated=True), 2: Field("out", Kind.TEXT, repeated=True)}
    | dict(zip((3, 4, 6, 7), _texts("name", "op", "doc", "domain"), strict=True))
    | {5: Field("attributes", Kind.BYTES, repeated=True)},
    {8: "an overload", 9: "metadata of its own", 10: "device configurations"},
)
ATTRIBUTE = _message(
    "an attribute",
    dict(zip((1, 13), _texts("name", "doc"), strict=True))
    | {20: Field("type", Kind.INT), 2: Field("f", Kind.FLOAT), 3: Field("i", Kind.INT)}
    | {4: Field("s", Kind.BYTES), 5: Field("t", Kind.BYTES)}
    | {8: Field("ints", Kind.INT, repeated=True)},
    {6: "a subgraph", 7: "a list of floats", 9: "a list of texts", 10: "a list of tensors"}
    | {11: "subgraphs", 14: "a type", 15: "types", 21: "a reference"}
    | {22: "a sparse tensor", 23: "sparse tensors"},
)
TENSOR = _message(
    "a tensor",
    {1: Field("dims", Kind.INT, repeated=True), 2: Field("kind", Kind.INT)}
    | {4: Field("floats", Kind.FLOAT, repeated=True), 5: Field("ints", Kind.INT, repeated=True)}
    | {7: Field("longs", Kind.INT, repeated=True), 9: Field("raw", Kind.BYTES)}
    | {14: Field("location", Kind.INT)}
    | dict(zip((8, 12), _texts("name", "doc"), strict=True)),
    {3: "a segment", 6: "texts", 10: "float64 data", 11: "uint64 data", 13: "external data"}
    | {16: "metadata of its own"},
)
VALUE = _message(
    "a value",
    {1: Field("name", Kind.TEXT), 2: Field("type", Kind.BYTES), 3: Field("doc", Kind.TEXT)},
    {4: "metadata of its own"},
)
TYPE = _message(
    "a type",
    {1: Field("tensor", Kind.BYTES), 6: Field("denotation", Kind.TEXT)},
    {4: "a sequence", 5: "a map", 7: "something opaque", 8: "a sparse tensor", 9: "an optional"},
)
TENSOR_TYPE = Message("a type", {1: Field("kind", Kind.INT), 2: Field("shape", Kind.BYTES)})
SHAPE = Message("a shape", {1: Field("dims", Kind.BYTES, repeated=True)})
DIM = Message(
    "a dimension",
    {1: Field("size", Kind.INT)} | dict(zip((2, 3), _texts("symbol", "denotation"), strict=True)),
)
ATTRIBUTE_TYPES: Final = {1: "f", 2: "i", 3: "s", 4: "t", 7: "ints"}
