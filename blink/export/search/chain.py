"""How a net's convolutions follow each other, seen while it runs.

What the net does is watched, not read: torch.fx gives up where `forward` asks for a size.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from blink.contract import ExportError

_WATCHED = (nn.Conv2d, nn.BatchNorm2d, nn.ReLU)


@dataclass(frozen=True)
class Link:
    """A convolution and its ReLU, by their modules' names.

    Attributes:
        convolution: A Conv2d.
        relu: The ReLU that alone reads it.
        source: The ReLU that it reads; None for the crops.
    """

    convolution: str
    relu: str
    source: str | None


@dataclass(frozen=True)
class _Call:
    """A module that ran: what it read and what it gave, kept so that no identity is used twice."""

    name: str
    module: nn.Module
    read: Tensor
    gave: Tensor


@torch.no_grad()
def fold_batch_norm(net: nn.Module, example: Tensor) -> nn.Module:
    """A copy of the net whose convolutions do what the batch norms after them did.

    Args:
        net: In evaluation mode; left as it is.
        example: Scaled crops, float (N, C, H, W).

    Returns:
        The same class, with nothing where those batch norms were.
    """
    net = copy.deepcopy(net)
    calls = _watch(net, example)
    for before, call in pairwise(calls):
        module, norm = before.module, call.module
        follows = before.gave is call.read
        if follows and isinstance(module, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            net.set_submodule(before.name, fuse_conv_bn_eval(module, norm))
            net.set_submodule(call.name, nn.Identity())
    return net


@torch.no_grad()
def links(net: nn.Module, example: Tensor) -> list[Link]:
    """The convolutions in the order in which they run.

    Args:
        net: Without batch norms, see `fold_batch_norm`; in evaluation mode.
        example: Scaled crops, float (N, C, H, W).

    Raises:
        ExportError: The net has no convolutions, or one of them reads anything but the crops or a
            ReLU module, or is read by anything but a ReLU module of its own.
    """
    calls = _watch(net, example)
    made_by: dict[int, _Call] = {}
    found = []
    for number, call in enumerate(calls):
        if isinstance(call.module, nn.Conv2d):
            found.append(_link(call, made_by.get(id(call.read)), calls[number + 1 :], example))
        made_by[id(call.gave)] = call
    if not found or len({link.relu for link in found}) < len(found):
        raise ExportError(
            "The net can neither have its channels evened out nor be trained on under rounding: "
            "both need convolutions with a ReLU module of its own after each. Use recipes that do "
            "neither."
        )
    return found


def _link(call: _Call, source: _Call | None, later: list[_Call], example: Tensor) -> Link:
    consumers = [one for one in later if one.read is call.gave]
    from_relu = source is not None and isinstance(source.module, nn.ReLU)
    if not (
        consumers
        and isinstance(consumers[0].module, nn.ReLU)
        and (from_relu or call.read is example)
    ):
        raise ExportError(
            "The net can neither have its channels evened out nor be trained on under rounding: "
            "both know convolutions that read the crops or a ReLU module and are read by a ReLU "
            f"module, and {call.name} is not so. Use recipes that do neither."
        )
    return Link(call.name, consumers[0].name, source.name if source and from_relu else None)


def _watch(net: nn.Module, example: Tensor) -> list[_Call]:
    """What runs, in order; modules that give back what they read, as Identity, need no watching."""
    calls: list[_Call] = []
    hooks = [
        module.register_forward_hook(_noting(name, calls))
        for name, module in net.named_modules()
        if isinstance(module, _WATCHED)
    ]
    try:
        net(example)
    finally:
        for hook in hooks:
            hook.remove()
    return calls


def _noting(
    name: str, calls: list[_Call]
) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
    def on_output(module: nn.Module, read: tuple[Tensor, ...], gave: Tensor) -> None:
        calls.append(_Call(name, module, read[0], gave))

    return on_output
