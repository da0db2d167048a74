"""What ONNX Runtime's static QDQ does to a net's numbers, in torch, with gradients that pass it.

Per output channel of each convolution: weight = round(w / s) · s, s = max|w| / 127. Of each
rectified tensor: round(x / s) · s, cut to 255 steps, s = the largest value seen / 255. Biases:
whole multiples of the product of the scales of input and weight. All halves go to even. The input
is whole numbers already; pool and last layer stay in float. ONNX Runtime's integer kernels, which
fuse the three, differ by one step, and at ties alone.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call

from blink.export.search.chain import Link

_BATCH = 1024


class FakeQuantNet(nn.Module):
    """A net with fake quantisation: it rounds as int8 does, and its parameters stay float.

    Args:
        net: Without batch norms, in evaluation mode; hooks hang in it until `convert`.
        chain: Its convolutions, from `links`.
        scale: What one level of the crops is to the net.
    """

    def __init__(self, net: nn.Module, chain: Sequence[Link], scale: float) -> None:
        super().__init__()
        self.net = net
        self._input_scale = torch.tensor(scale)
        self._chain = chain
        self._largest = {link.relu: torch.zeros(()) for link in self._chain}
        self._observing = False
        self._hooks = [
            net.get_submodule(name).register_forward_hook(self._rounding(name))
            for name in self._largest
        ]

    def forward(self, images: Tensor) -> Tensor:
        """Scaled crops, float (N, C, H, W) → logits (N,), rounded on the way."""
        parameters = self._weights() | self._biases()
        logits: Tensor = functional_call(self.net, parameters, (images,))
        return logits

    @torch.no_grad()
    def observe(self, images: Tensor) -> None:
        """Sets the ranges as the quantiser will: by the largest value of each rectified tensor.

        Args:
            images: Scaled crops, float (N, C, H, W).
        """
        self._largest = dict.fromkeys(self._largest, torch.zeros(()))
        self._observing = True
        for batch in images.split(_BATCH):
            functional_call(self.net, self._weights(), (batch,))
        self._observing = False

    @torch.no_grad()
    def convert(self) -> None:
        """Writes the rounded weights into the net, and takes the hooks out of it.

        Biases stay as fine as they are: the quantiser rounds them in the same way, after it has
        measured the ranges with the fine ones, as `observe` does.
        """
        for name, value in self._weights().items():
            self.net.get_parameter(name).copy_(value)
        for hook in self._hooks:
            hook.remove()

    def _rounding(self, name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
        def on_output(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
            if self._observing:
                self._largest[name] = torch.maximum(self._largest[name], output.max())
                return output
            zero_point = torch.zeros((), dtype=torch.int32)
            scale = _scale(self._largest[name], 255)
            return torch.fake_quantize_per_tensor_affine(output, scale, zero_point, 0, 255)

        return on_output

    def _weights(self) -> dict[str, Tensor]:
        rounded = {}
        for link in self._chain:
            weight = self.net.get_parameter(f"{link.convolution}.weight")
            scales = _weight_scales(weight)
            zero_points = torch.zeros(len(scales), dtype=torch.int32)
            rounded[f"{link.convolution}.weight"] = torch.fake_quantize_per_channel_affine(
                weight, scales, zero_points, 0, -127, 127
            )
        return rounded

    def _biases(self) -> dict[str, Tensor]:
        rounded, parameters = {}, dict(self.net.named_parameters())
        for link in self._chain:
            source = None if link.source is None else self._largest[link.source]
            scale = self._input_scale if source is None else _scale(source, 255)
            scales = _weight_scales(self.net.get_parameter(f"{link.convolution}.weight")) * scale
            bias = parameters.get(f"{link.convolution}.bias")
            if bias is None:
                continue
            whole = (bias / scales).round() * scales
            rounded[f"{link.convolution}.bias"] = bias + (whole - bias).detach()
        return rounded


def _scale(largest: Tensor, levels: int) -> Tensor:
    """The scale of a range; 1 where there is none, as ONNX Runtime has it."""
    scale = largest / levels
    return torch.where(scale > torch.finfo(scale.dtype).tiny, scale, torch.ones(()))


def _weight_scales(weight: Tensor) -> Tensor:
    return _scale(weight.detach().abs().flatten(1).amax(1), 127)
