import math

import onnx
from onnx import numpy_helper

from blink.export.onnx_graph import SCALED


def fold_scale(model: onnx.ModelProto) -> onnx.ModelProto:
    """Takes the product that scales the crops into the first layer's weights, where it is exact.

    One node less, 0.1 empty graphs of time in fp32, and the same bits: a power of two moves the
    exponents of the weights alone. So it is done for no other scale.

    Args:
        model: Left as it is.

    Returns:
        The model itself where there is nothing to fold.
    """
    producers = {output: node for node in model.graph.node for output in node.output}
    consumers = [node for node in model.graph.node if SCALED in node.input]
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    product = producers.get(SCALED)
    if product is None or product.op_type != "Mul" or [c.op_type for c in consumers] != ["Conv"]:
        return model
    scale, weights = (constants.get(node.input[1]) for node in (product, consumers[0]))
    if scale is None or weights is None or math.frexp(float(scale))[0] != 0.5:
        return model
    folded = onnx.ModelProto()
    folded.CopyFrom(model)
    nodes, name = folded.graph.node, consumers[0].input[1]
    place = next(place for place, node in enumerate(nodes) if SCALED in node.output)
    del nodes[place]
    for node in nodes:
        node.input[:] = [product.input[0] if one == SCALED else one for one in node.input]
    kept = [tensor for tensor in folded.graph.initializer if tensor.name != product.input[1]]
    for tensor in kept:
        if tensor.name == name:
            tensor.CopyFrom(numpy_helper.from_array(weights * scale, name))
    del folded.graph.initializer[:]
    folded.graph.initializer.extend(kept)
    return folded
