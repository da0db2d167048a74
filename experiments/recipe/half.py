"""What p = 0.5 is worth on an archive that was left out, and what moves it where it belongs.

    python -m experiments.recipe.jobs unseen > unseen.json
    python -m experiments.recipe.jobs alone > alone.json
    python -m experiments.recipe.screen eyes.npz unseen.json results.jsonl --keep kept
    python -m experiments.recipe.screen eyes.npz alone.json results.jsonl --keep kept
    python -m experiments.recipe.half eyes.npz kept

The decision of each net is tried at a logit of zero; after the calibration that suits the same
recipe on the other archive that it has not seen, or rendered people, as they are or as a camera
with few pixels shows them; with the statistics of batch norm taken from the new archive (AdaBN, Li
et al. 2016); halfway in probability between two Gaussians that are fitted to
the logits, of all crops and of so many that one in twenty is closed; and at the threshold that is
best for this very archive. Only the last one needs its labels.
"""

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

import cv2
import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture
from torch import nn

from blink.contract import InputSpec
from blink.data.camera.normalised import normalised
from blink.models import scale
from blink.runtime.preprocessing import pixels
from blink.synthesis.portrait import sample_portrait
from blink.training.calibrate import equal_weights, fit_calibration
from experiments.recipe import tried
from experiments.recipe.eyes import REAL, Eyes
from experiments.recipe.jobs import STANDARD
from experiments.recipe.keeping import kept, kept_parser
from experiments.recipe.screen import judged
from experiments.recipe.training import predict

SPEC: Final = InputSpec(32, 32)
SEEDS: Final = (0, 1)
NETS: Final = {
    "on the other archive and rendered eyes": ("32×32", "without-{archive}"),
    "on rendered eyes": ("base", "rendered"),
}
"""What a net was trained on → its job, and the protocol that leaves the archive out."""

FEW_PIXELS: Final = 24
"""Side of CEW's crops."""
_WORLD: Final = 77
"""Seed of people whom no net was trained on."""

Floats = NDArray[np.floating]


class Answer(NamedTuple):
    """What a net says of an archive that it has not seen.

    Attributes:
        logits: (N,) as the net was trained.
        adapted: (N,) with batch norm's statistics of these very crops.
        labels: (N,), 1 closed.
    """

    logits: Floats
    adapted: Floats
    labels: Floats


class Strangers(NamedTuple):
    """Rendered people whom no net was trained on.

    Attributes:
        views: How a camera shows them → crops at the net's size, uint8 (N, 1, H, W).
        labels: (N,), 1 closed.
    """

    views: dict[str, torch.Tensor]
    labels: Floats


def meet_strangers(people: int = 300, crops: int = 10) -> Strangers:
    """Draws them as they are, and with few pixels."""
    portraits = [
        sample_portrait(number, crop, _WORLD) for number in range(people) for crop in range(crops)
    ]
    portraits = [portrait for portrait in portraits if portrait.label is not None]
    plain, coarse = [], []
    for portrait in portraits:
        picture = portrait.take()
        small = cv2.resize(picture, (FEW_PIXELS, FEW_PIXELS), interpolation=cv2.INTER_AREA)
        plain.append(pixels(picture, SPEC)[..., 0])
        coarse.append(pixels(np.asarray(small, np.uint8), SPEC)[..., 0])
    views = {
        "rendered people": torch.from_numpy(np.stack(plain)[:, None]),
        "rendered people, 24 pixels": torch.from_numpy(np.stack(coarse)[:, None]),
    }
    return Strangers(views, np.array([portrait.label for portrait in portraits], np.float32))


def open_net(at: Path) -> nn.Module:
    """A kept net."""
    net = tried.build(STANDARD)
    net.load_state_dict(torch.load(at.with_suffix(".pt"), weights_only=True))
    return net


def ask(net: nn.Module, eyes: Eyes, crops: torch.Tensor, archive: str) -> Answer:
    """Answers of a net about an archive's crops; its batch norms are then the archive's."""
    rows = np.flatnonzero((eyes.datasets == archive) & ~np.isnan(eyes.labels))
    logits = predict(net, crops, SPEC, rows)
    take_statistics(net, scale(normalised(crops[torch.from_numpy(rows)], SPEC), SPEC))
    return Answer(logits, predict(net, crops, SPEC, rows), eyes.labels[rows])


@torch.no_grad()
def take_statistics(net: nn.Module, images: torch.Tensor) -> None:
    """Batch norm's means and variances become those of the images, float (N, C, H, W)."""
    norms = [one for one in net.modules() if isinstance(one, nn.BatchNorm2d)]
    net.eval()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # a plain mean over all parts
        norm.train()
    for part in images.split(2048):
        net(part)


def offset(logits: Floats, is_closed: Floats) -> float:
    """The logit at which p is 0.5 after the calibration that suits these crops."""
    labels = is_closed.astype(np.int64)
    names = np.full(len(labels), "all", object)
    found = fit_calibration(logits.astype(np.float64), labels, equal_weights(names, labels))
    return -found.offset * found.temperature


def mostly_open(answer: Answer, closed: float = 0.05) -> Floats:
    """Logits of all open eyes and of so few closed ones as a stream mostly has."""
    is_closed = answer.labels == 1
    wanted = round(closed / (1 - closed) * (~is_closed).sum())
    drawn = np.random.default_rng(0).choice(answer.logits[is_closed], wanted, replace=False)
    return np.concatenate([answer.logits[~is_closed], drawn])


def between(logits: Floats) -> float:
    """Where two Gaussians over the logits are equally likely, between their means."""
    mixture = GaussianMixture(2, random_state=0).fit(logits[:, None])
    low, high = np.sort(mixture.means_[:, 0])
    places = np.linspace(low, high, 1001)
    upper = int(mixture.means_[:, 0].argmax())
    return float(places[np.abs(mixture.predict_proba(places[:, None])[:, upper] - 0.5).argmin()])


def decided(
    answers: Mapping[str, Answer], archive: str, offsets: Mapping[str, float]
) -> dict[str, float]:
    """Balanced accuracy of one net on an archive, by each way to decide, in points."""
    here = answers[archive]
    other = next(answers[name] for name in REAL if name != archive)
    ways = {
        "as it is": here.logits,
        "the other's calibration": here.logits - offset(other.logits, other.labels),
        **{name: here.logits - moved for name, moved in offsets.items()},
        "AdaBN": here.adapted,
        "two Gaussians": here.logits - between(here.logits),
        "two Gaussians, 5 % closed": here.logits - between(mostly_open(here)),
    }
    figures = {
        way: judged(archive, logits.astype(np.float32), here.labels) for way, logits in ways.items()
    }
    found = {way: figure[f"{archive}/bal"] for way, figure in figures.items()}
    found["best"] = figures["as it is"][f"{archive}/best"]
    return {way: 100 * value for way, value in found.items()}


def main() -> None:
    """Prints a Markdown table."""
    arguments = kept_parser(__doc__).parse_args()
    eyes = Eyes(arguments.eyes, {})
    crops = torch.from_numpy(eyes.sized(SPEC.height, SPEC.width))
    strangers = meet_strangers()
    everybody = np.arange(len(strangers.labels))
    rows = []
    for trained, (job, protocol) in NETS.items():
        for archive, seed in product(REAL, SEEDS):
            places = {
                name: kept(arguments.kept, job, protocol.format(archive=name), seed)
                for name in REAL
            }
            offsets = {
                name: offset(
                    predict(open_net(places[archive]), view, SPEC, everybody), strangers.labels
                )
                for name, view in strangers.views.items()
            }
            answers = {name: ask(open_net(at), eyes, crops, name) for name, at in places.items()}
            found = decided(answers, archive, offsets)
            rows.append({"trained": trained, "archive": archive, **found})
    table = pd.DataFrame(rows).groupby(["trained", "archive"], sort=False).mean()
    print("| trained | archive | " + " | ".join(table.columns) + " |")
    print("| --- | --- |" + " ---: |" * len(table.columns))
    for (trained, archive), row in table.iterrows():  # type: ignore[misc] # of the two that it is grouped by
        cells = " | ".join(f"{value:.1f}" for value in row)
        print(f"| {trained} | {archive} | {cells} |")


if __name__ == "__main__":
    main()
