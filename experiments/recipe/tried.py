"""What was tried beside what stayed: nets and losses that `screen.py` knows by name."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from blink.contract import Crop, InputSpec
from blink.data import camera
from blink.models import EyeNet, closed_logits
from blink.runtime.preprocessing import pixels
from blink.synthesis.portrait import sample_portrait
from experiments.recipe.convolved import Convolved
from experiments.recipe.eyes import Drawn

STEPS: Mapping[str, Callable[..., Any]] = {
    "finder": camera.Finder,
    "illumination": camera.Illumination,
    "glare": camera.Glare,
    "occlusion": camera.Occlusion,
    "softness": camera.Softness,
    "tone": camera.Tone,
    "noise": camera.Noise,
    "compression": camera.Compression,
}
OPTIONAL: Mapping[str, Callable[..., Any]] = {"convolved": Convolved}
"""Steps that are no part of the chain unless a job names them; they come behind the finder."""


class Batch(NamedTuple):
    """Crops that train together.

    Attributes:
        pixels: uint8 (N, 1, H, W), normalised.
        labels: float (N,), 1 closed, 0 open.
        sources: int64 (N,), the data set of each crop, by code.
    """

    pixels: Tensor
    labels: Tensor
    sources: Tensor


def build(net: Mapping[str, Any]) -> EyeNet:
    """An `EyeNet`; `mix` mixes statistics behind two blocks, `adversary` adds one."""
    options = dict(net)
    mix, adversary = options.pop("mix", 0.0), options.pop("adversary", 0.0)
    built = Adversarial(adversary, **options) if adversary else EyeNet(1, **options)
    if mix:
        for place in (6, 3):  # behind convolution, norm and ReLU
            built.features.insert(place, MixStyle(mix))
    return built


class MixStyle(nn.Module):
    """Mixes mean and deviation of each channel between crops. After Zhou et al. 2021."""

    def __init__(self, strength: float) -> None:
        super().__init__()
        self._strength = strength

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C, H, W) → the same."""
        if not self.training:
            return maps
        mean = maps.mean((2, 3), keepdim=True).detach()
        deviation = (maps.var((2, 3), keepdim=True) + 1e-6).sqrt().detach()
        chosen = torch.rand(len(maps), 1, 1, 1, device=maps.device)
        share = self._strength * (chosen > 0.5).float() * torch.rand_like(chosen)
        other = torch.rand(len(maps), device=maps.device).argsort()
        new_mean = torch.lerp(mean, mean[other], share)
        new_deviation = torch.lerp(deviation, deviation[other], share)
        return (maps - mean) / deviation * new_deviation + new_mean


class Adversarial(EyeNet):
    """A net whose features shall not tell which data set a crop is of. Source: Ganin et al. 2016.

    While it trains it says that, too, behind the logits of *closed*: what improves the answer goes
    into the adversary, and its reverse into the features.

    Args:
        strength: Of the reverse.
        sources: How many data sets there are.
        options: See `EyeNet`.
    """

    def __init__(self, strength: float, sources: int = 3, **options: Any) -> None:
        super().__init__(1, **options)
        self._strength, width = strength, self.head.in_features
        self.adversary = nn.Sequential(nn.Linear(width, 64), nn.ReLU(), nn.Linear(64, sources))

    def forward(self, images: Tensor) -> Tensor:
        """(N, 1, H, W) → logits of *closed*, (N,); (N, 1 + sources) while it trains."""
        if not self.training:
            return super().forward(images)
        pooled = self.features(images).mean((2, 3))
        told: Tensor = self.adversary(_Reverse.apply(pooled, self._strength))  # type: ignore[no-untyped-call]
        return torch.cat([self.head(self.dropout(pooled)), told], 1)


class _Reverse(Function):
    """What it is given; of the gradient, the reverse."""

    @staticmethod
    def forward(context: Any, features: Tensor, strength: float) -> Tensor:
        """Autograd's hook."""
        context.strength = strength
        return features.view_as(features)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """Autograd's hook."""
        return -context.strength * gradient, None


class Entropy(nn.Module):
    """Cross-entropy against softened labels."""

    def __init__(self, smoothing: float = 0.02) -> None:
        super().__init__()
        self._smoothing = smoothing

    def forward(self, logits: Tensor, batch: Batch) -> Tensor:
        """The loss of a batch whose labels are all known."""
        target = batch.labels * (1 - self._smoothing) + self._smoothing / 2
        return binary_cross_entropy_with_logits(closed_logits(logits), target)


class EntropyAndAdversary(Entropy):
    """Cross-entropy of *closed*, and that of the data set: for `Adversarial`."""

    def forward(self, logits: Tensor, batch: Batch) -> Tensor:
        """The loss of a batch."""
        return super().forward(logits, batch) + cross_entropy(logits[:, 1:], batch.sources)


class Generalised(nn.Module):
    """(1 - p^q) / q of the label's probability. Source: Zhang and Sabuncu 2018."""

    def __init__(self, q: float = 0.7) -> None:
        super().__init__()
        self._q = q

    def forward(self, logits: Tensor, batch: Batch) -> Tensor:
        """The loss of a batch."""
        right = torch.sigmoid(logits * (2 * batch.labels - 1)).clamp(min=1e-6)
        return ((1 - right**self._q) / self._q).mean()


class GroupRobust(nn.Module):
    """The group of data set and class that is worst weighs most. Source: Sagawa et al. 2020."""

    weights: Tensor

    def __init__(self, rate: float = 0.01, smoothing: float = 0.02, groups: int = 12) -> None:
        super().__init__()
        self._rate, self._smoothing = rate, smoothing
        self.register_buffer("weights", torch.full((groups,), 1 / groups))

    def forward(self, logits: Tensor, batch: Batch) -> Tensor:
        """The loss of a batch; the weights follow it."""
        target = batch.labels * (1 - self._smoothing) + self._smoothing / 2
        value = binary_cross_entropy_with_logits(logits, target, reduction="none")
        group = batch.sources * 2 + batch.labels.round().long()
        empty = torch.zeros_like(self.weights)
        count = empty.index_add(0, group, torch.ones_like(value))
        mean = empty.index_add(0, group, value) / count.clamp(min=1)
        with torch.no_grad():
            weights = self.weights * torch.exp(self._rate * mean) * (count > 0)
            self.weights.copy_(weights / weights.sum())
        return (self.weights * mean).sum()


def loss(job: Mapping[str, Any]) -> nn.Module:
    """The loss that a job names."""
    what = dict(job.get("loss") or {"kind": "entropy"})
    kinds = {
        "entropy": Entropy,
        "adversarial": EntropyAndAdversary,
        "generalised": Generalised,
        "robust": GroupRobust,
    }
    return kinds[what.pop("kind")](**what)


def render(painters: Any, what: Mapping[str, Any]) -> Drawn:
    """Draws a pool of people who do not exist."""
    tasks = [(n, what["crops"], what.get("without", ())) for n in range(what["people"])]
    eyes = [eye for part in painters.map(_person, tasks, chunksize=8) for eye in part]
    crops, labels, people = zip(*eyes, strict=True)
    return Drawn(list(crops), np.array(labels, np.float32), np.array(people))


def _person(task: tuple[int, int, tuple[str, ...]]) -> list[tuple[Crop, float, str]]:
    number, crops, without = task
    made = []
    for crop in range(crops):
        portrait = sample_portrait(number, crop, 0, without=without)
        picture = pixels(portrait.take(), InputSpec(64, 64))[..., 0]
        label = np.nan if portrait.label is None else portrait.label
        made.append((picture, label, f"p{number:05d}"))
    return made
