"""A bare loop of torch around the project's net, camera simulation, normalisation and schedule."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from blink.contract import InputSpec
from blink.data import camera
from blink.data.camera.normalised import normalised
from blink.models import closed_logits, scale
from blink.training.callbacks import ema_decay_at
from blink.training.distillation import resize_for_teacher
from blink.training.schedule import factor
from experiments.recipe import tried
from experiments.recipe.eyes import Job, Rows

CHUNK = 4096
"""Crops that are augmented together."""
_WARM = 3
"""Steps before one is recorded as a graph."""


@dataclass(frozen=True)
class Lesson:
    """What a net learns from, on the device that trains.

    Attributes:
        rows: Which crops.
        odds: How likely each is drawn.
        crops: All crops at the working size, uint8 (N, 1, H, W).
        labels: Of all crops.
        sources: Code of the data set of all crops.
    """

    rows: Rows
    odds: NDArray[np.float64]
    crops: Tensor
    labels: Tensor
    sources: Tensor


class Stepper:
    """Forward, backward, optimiser and moving average of one batch; on a GPU one recorded graph.

    Args:
        net: What is trained.
        job: See `jobs.py`.
        steps: How many there will be.
        lesson: What is learnt from.
    """

    def __init__(self, net: nn.Module, job: Job, steps: int, lesson: Lesson) -> None:
        device = lesson.labels.device
        self._on_gpu = device.type == "cuda"
        self._net, self._job, self._steps, self._done = net, job, steps, 0
        self._loss = tried.loss(job).to(device)
        self._rate, self._moved = torch.zeros((), device=device), torch.zeros((), device=device)
        self._optimiser = torch.optim.AdamW(
            net.parameters(),
            lr=self._rate,
            weight_decay=job["decay"],
            capturable=self._on_gpu,
            foreach=self._on_gpu,
        )
        self.average = copy.deepcopy(net)
        self._graph: torch.cuda.CUDAGraph | None = None
        height, width = job["size"]
        batch = job["batch"]
        self._spec = InputSpec(height, width)
        self._static = tried.Batch(
            torch.zeros(batch, 1, height, width, dtype=torch.uint8, device=device),
            torch.zeros(batch, device=device),
            torch.zeros(batch, dtype=torch.int64, device=device),
        )

    def step(self, *batch: Tensor) -> None:
        """Trains on pixels, labels and sources of a batch."""
        self._rate.fill_(self._job["lr"] * self._factor())
        self._moved.fill_(self._share_of_new())
        for into, new in zip(self._static, batch, strict=True):
            into.copy_(new)
        self._done += 1
        if not self._on_gpu:
            self._compute()
        elif self._done <= _WARM:  # beside the graph's stream, as torch's notes on graphs say
            stream = torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                self._compute()
            torch.cuda.current_stream().wait_stream(stream)
        else:
            if self._graph is None:
                self._graph = torch.cuda.CUDAGraph()
                with torch.cuda.graph(self._graph):
                    self._compute()
            self._graph.replay()

    def _factor(self) -> float:
        if not self._job.get("flat"):
            return factor(self._done, self._steps)
        return min(1.0, (1 + self._done) / 100)

    def _share_of_new(self) -> float:
        """Of the moving average; with `flat` the mean of the second half, after Izmailov 2018."""
        if not self._job.get("flat"):
            return 1 - ema_decay_at(self._job.get("ema", 0.995), self._done)
        return 1 / max(1, self._done - self._steps // 2)

    def _compute(self) -> None:
        images = scale(self._static.pixels, self._spec)
        self._loss(self._net(images), self._static).backward()
        if radius := self._job.get("sharpness", 0.0):
            self._climb(images, radius)
        nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=False)
        with torch.no_grad():
            pairs = zip(
                self.average.state_dict().values(), self._net.state_dict().values(), strict=True
            )
            for ours, new in pairs:
                if ours.dtype.is_floating_point:
                    ours.lerp_(new, self._moved)

    def _climb(self, images: Tensor, radius: float) -> None:
        """Gradients where the loss is worst nearby instead of here. Source: Foret et al. 2021."""
        weights: list[Tensor] = [one for one in self._net.parameters() if one.grad is not None]
        gradients = [one.grad.detach().clone() for one in weights]  # type: ignore[union-attr]
        norm = torch.stack([one.norm() for one in gradients]).norm() + 1e-12
        with torch.no_grad():
            moves = [one * (radius / norm) for one in gradients]
            torch._foreach_add_(weights, moves)
        self._optimiser.zero_grad(set_to_none=False)
        self._loss(self._net(images), self._static).backward()
        with torch.no_grad():
            torch._foreach_sub_(weights, moves)


def fit(job: Job, teachers: Sequence[nn.Module], lesson: Lesson) -> nn.Module:
    """Trains one net; with teachers, their answers to the very crop take a share of its label.

    With `echo` so many steps train on each augmented crop, in other company each time, after Choi
    et al. 2019; there are as many steps, and fewer crops are augmented.

    Returns:
        The moving average.
    """
    torch.manual_seed(job["seed"])
    rng = np.random.default_rng(job["seed"])
    device, batch = lesson.labels.device, job["batch"]
    per_epoch = job["draws"] // batch * batch
    net = tried.build(job["net"]).to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    stepper = Stepper(net, job, job["epochs"] * per_epoch // batch, lesson)
    simulate, spec, echo = simulation(job), InputSpec(*job["size"]), job.get("echo", 1)
    for _ in range(job["epochs"]):
        drawn = lesson.rows[rng.choice(len(lesson.rows), per_epoch // echo, p=lesson.odds)]
        where = torch.from_numpy(drawn).to(device)
        for part in where.split(CHUNK):
            crops = normalised(simulate(lesson.crops[part], int(rng.integers(2**31))), spec)
            labels = lesson.labels[part]
            if teachers:
                labels = torch.lerp(labels, taught(teachers, crops, job), job.get("trust", 0.7))
            for again in range(echo):
                order = rng.permutation(len(part)) if again else np.arange(len(part))
                for some in torch.from_numpy(order).to(device).split(batch):
                    stepper.step(crops[some], labels[some], lesson.sources[part[some]])
    return stepper.average


def simulation(job: Job) -> camera.CameraSimulation:
    """The default chain, with what the job changes; None leaves a step out."""
    height, width = job["size"]
    changed = job.get("camera", {})
    steps = {}
    for name, make in tried.STEPS.items():
        if changed.get(name, {}) is None:
            continue
        own = {
            field: tuple(value) if isinstance(value, list) else value
            for field, value in changed.get(name, {}).items()
        }
        size = {"height": height, "width": width} if name == "finder" else {}
        steps[name] = make(**own, **size)
        if name == "finder":
            steps |= {
                other: made(**changed[other])
                for other, made in tried.OPTIONAL.items()
                if other in changed
            }
    return camera.CameraSimulation(steps)


@torch.no_grad()
def taught(teachers: Sequence[nn.Module], crops: Tensor, job: Job) -> Tensor:
    """What teachers say of normalised crops, on the average; they may see them larger."""
    spec = InputSpec(*job.get("teacher_size", job["size"]))
    images = scale(resize_for_teacher(crops, spec), spec)
    return torch.stack([torch.sigmoid(teacher.eval()(images)) for teacher in teachers]).mean(0)


@torch.inference_mode()
def predict(net: nn.Module, crops: Tensor, spec: InputSpec, rows: Rows) -> NDArray[np.float32]:
    """Logits of rows of crops at the net's size."""
    net.eval()
    parts = [
        closed_logits(net(scale(normalised(crops[some], spec), spec))).float()
        for some in torch.from_numpy(rows).to(crops.device).split(2048)
    ]
    return torch.cat(parts).cpu().numpy()
