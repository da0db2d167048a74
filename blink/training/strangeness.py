"""The small net that tells eyes from strangers, for the runtime's `Strangeness`."""

from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, dropout

from blink.latency.slot import giving_way
from blink.runtime.strangeness import FEATURES, Features, Strangeness

_UNITS: Final = 32
_BATCH, _RATE, _DECAY = 256, 3e-3, 0.1
_DROPPED: Final = 0.5
"""Share of the features left out at random, or the few eyes and strangers are learnt by heart."""


def fit_strangeness(
    eyes: Features, strangers: Features, weights: NDArray[np.float64], steps: int, seed: int
) -> Strangeness:
    """Fits two layers by log loss; eyes and strangers are drawn equally often.

    Args:
        eyes: (N, `FEATURES`) of training people's crops.
        strangers: (M, `FEATURES`) of crops that are no eyes.
        weights: (N,) how often each eye is drawn; their sum is 1.
        steps: So many batches are drawn.
        seed: Decides first weights and draws; torch's own random numbers are left alone.
    """
    inputs = torch.from_numpy(np.concatenate([eyes, strangers]))
    targets = torch.cat([torch.zeros(len(eyes)), torch.ones(len(strangers))])
    odds = np.concatenate([weights, np.full(len(strangers), 1 / len(strangers))])
    # Features were given about the same spread when they were made; a shift is all that they need.
    middle = inputs.mean(dim=0)
    spread = inputs.std()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        first, last = _train((inputs - middle) / spread, targets, torch.from_numpy(odds), steps)
    matrix = first.weight.detach() / spread
    return Strangeness.of_floats(
        matrix.numpy(),
        (first.bias.detach() - matrix @ middle).numpy(),
        last.weight.detach()[0].numpy(),
        float(last.bias.detach()[0]),
    )


def _train(
    inputs: Tensor, targets: Tensor, odds: Tensor, steps: int
) -> tuple[nn.Linear, nn.Linear]:
    first, last = nn.Linear(FEATURES, _UNITS), nn.Linear(_UNITS, 1)
    parameters = [*first.parameters(), *last.parameters()]
    optimiser = torch.optim.AdamW(parameters, _RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps)
    for _ in giving_way(range(steps)):
        drawn = torch.multinomial(odds, _BATCH, replacement=True)
        seen = dropout(inputs[drawn], _DROPPED)
        logits = last(torch.relu(first(seen)))[:, 0]
        loss = binary_cross_entropy_with_logits(logits, targets[drawn])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return first, last
