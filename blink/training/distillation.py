"""Learning from larger nets what the labels do not say, or say wrongly."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from blink.contract import ConfigError, InputSpec
from blink.contract.record import is_number
from blink.data.batch import Batch
from blink.data.camera.normalised import normalised
from blink.data.datamodule import EyeDataModule
from blink.runtime import Bundle, Detector, load_bundle
from blink.training.loss import Loss


class Distilled:
    """Gives teachers a share in every label, then has another loss compare.

    Teachers are bundles, the very files that ship, and see the very crop that the net sees, as the
    camera simulation left it. A crop without a label is learnt from them alone. Source: Hinton et
    al. 2015; that both see the same view of a picture: Beyer et al. 2022.

    Args:
        loss: Compares the net's answers with the labels that come of it.
        teachers: Folders of bundles; what they say is averaged. Where none is named, the other loss
            is left as it is.
        trust: Distillation weight: the teachers' share of the target, 0 to 1; 0 is the label alone.
        precision: Which of their precisions answers; the chosen one, mostly the fastest, where None
            is named.
        threads: Of ONNX Runtime for each teacher.

    Raises:
        ConfigError: The trust is no share, or one folder stands where a list belongs.
        BundleError: A bundle is missing or damaged.
    """

    def __init__(
        self,
        loss: Loss,
        teachers: Sequence[str | Path] | None,
        trust: float = 0.7,
        precision: str | None = None,
        threads: int = 1,
    ) -> None:
        if not (is_number(trust) and 0 <= trust <= 1):
            raise ConfigError(f"Teachers have the trust {trust!r}; name a share from 0 to 1.")
        if isinstance(teachers, str):
            raise ConfigError(
                f"The teachers are {teachers!r}; name a list of folders, in brackets: "
                f"optim.loss.teachers=[{teachers}]."
            )
        self._loss, self._trust = loss, trust
        bundles = [load_bundle(Path(folder)) for folder in teachers or ()]
        self._detectors = [Detector(one, precision, threads=threads) for one in bundles]
        self.teachers: Sequence[Bundle] = [*bundles, *loss.teachers]
        self.learns_openness = loss.learns_openness

    def __call__(self, logits: Tensor, batch: Batch) -> Tensor:
        """See `Loss`."""
        if not self._detectors:
            return self._loss(logits, batch)
        taught = self.answers(batch.pixels).to(batch.labels.device)
        known = ~torch.isnan(batch.labels)
        blended = torch.lerp(batch.labels, taught, self._trust)
        return self._loss(logits, batch._replace(labels=torch.where(known, blended, taught)))

    def __deepcopy__(self, memo: object) -> Self:
        """Itself: whoever copies a net that trains, as its moving average does, copies no teachers.

        Nothing in it is trained.
        """
        return self

    def answers(self, pixels: Tensor) -> Tensor:
        """What the teachers say of normalised crops, on the average.

        Args:
            pixels: uint8 (N, C, H, W).

        Returns:
            p_closed, float (N,), on the CPU.
        """
        crops = pixels.cpu()
        said = [
            torch.from_numpy(detector.run(resize_for_teacher(crops, detector.bundle.spec).numpy()))
            for detector in self._detectors
        ]
        return torch.stack(said).mean(0)


def check_teachers(teachers: Sequence[Bundle], data: EyeDataModule) -> None:
    """Refuses teachers that cannot teach this pupil.

    They must have held out the very people who validate and test here, since what a teacher has
    seen of them would leak into the pupil; and they are given its very pixels, see
    `resize_for_teacher`.

    Raises:
        ConfigError: Names the first teacher who held out others, or who sees another colour or
            normalisation.
    """
    ours = data.split.held_out_hash
    for teacher in teachers:
        if teacher.provenance.get("held_out_people") != ours:
            raise ConfigError(
                f"{teacher.folder} was trained on {teacher.provenance.get('data', '(unknown)')}, "
                "and did not hold out the very people who validate and test here. A teacher must "
                "not know them: train one with the same `data`, as experiment=large does, and name "
                "its bundle in optim.loss.teachers; or learn without one: optim.loss.teachers=[]."
            )
        for name in ("colour", "normalisation"):
            seen, wanted = getattr(teacher.spec, name), getattr(data.spec, name)
            if seen != wanted:
                raise ConfigError(
                    f"The {name} of {teacher.folder} is {seen!r}, that of the net which it shall "
                    f"teach is {wanted!r}. Name a teacher whose input differs in its size alone."
                )


def resize_for_teacher(crops: Tensor, spec: InputSpec) -> Tensor:
    """Normalised crops at a teacher's size: means over areas where no side grows, else bilinear.

    Args:
        crops: uint8 (N, C, H, W), normalised.
        spec: What the teacher sees; its colour and normalisation are those of the crops.

    Returns:
        uint8 (N, C, height, width), normalised again, on the same device.
    """
    if tuple(crops.shape[1:]) == spec.shape:
        return crops
    shrinks = crops.shape[2] >= spec.height and crops.shape[3] >= spec.width
    size = (spec.height, spec.width)
    resized = interpolate(crops.float(), size, mode="area" if shrinks else "bilinear")
    return normalised(resized.round().clamp(0, 255).to(torch.uint8), spec)
