from itertools import pairwise
from typing import Any

import pytest
import torch

from blink.contract import ConfigError
from blink.training.schedule import WarmupCosine


def test_warmup_cosine_rises_to_the_full_rate_and_falls_to_nothing() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    schedule = WarmupCosine(optimizer, steps=100, warmup=0.1)
    rates = []
    for _ in range(100):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    assert rates[0] == pytest.approx(0.05)
    assert rates[9] == max(rates) == pytest.approx(0.5)
    assert rates[55] == pytest.approx(0.25, abs=0.01)
    assert rates[-1] < 0.001
    assert all(a <= b for a, b in pairwise(rates[:10]))
    assert all(a >= b for a, b in pairwise(rates[10:]))


@pytest.mark.parametrize("warmup", [500, 1, -0.1, "a tenth", True])
def test_warmup_is_refused_when_it_is_no_share(warmup: Any) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    with pytest.raises(ConfigError, match=r"optim.scheduler.warmup is .*; name a share"):
        WarmupCosine(optimizer, steps=400, warmup=warmup)
