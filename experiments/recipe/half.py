"""What p = 0.5 is worth on an archive that was left out, and what moves it where it belongs.

    python -m experiments.recipe.jobs unseen > unseen.json
    python -m experiments.recipe.jobs alone > alone.json
    python -m experiments.recipe.screen eyes.npz unseen.json results.jsonl --keep kept
    python -m experiments.recipe.screen eyes.npz alone.json results.jsonl --keep kept
    python -m experiments.recipe.half eyes.npz kept

The decision of each net is tried at a logit of zero; after the calibration that suits the same
recipe on the other archive that it has not seen; with the statistics of batch norm taken from the
new archive (AdaBN, Li et al. 2016); halfway in probability between two Gaussians that are fitted to
the logits, of all crops and of so many that one in twenty is closed; and at the threshold that is
best for this very archive. Only the last one needs its labels.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.mixture import GaussianMixture
from torch import nn

from blink.contract import InputSpec
from blink.data.camera.normalised import normalised
from blink.models import scale
from blink.training.calibrate import equal_weights, fit_calibration
from experiments.recipe import tried
from experiments.recipe.eyes import REAL, Eyes
from experiments.recipe.jobs import STANDARD
from experiments.recipe.screen import judged, kept
from experiments.recipe.training import predict

SPEC: Final = InputSpec(32, 32)
SEEDS: Final = (0, 1)
NETS: Final = {
    "on the other archive and rendered eyes": ("32×32", "without-{archive}"),
    "on rendered eyes": ("base", "rendered"),
}
"""What a net was trained on → its job, and the protocol that leaves the archive out."""

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


def ask(net_at: Path, eyes: Eyes, crops: torch.Tensor, archive: str) -> Answer:
    """Answers of a kept net about an archive's crops."""
    rows = np.flatnonzero((eyes.datasets == archive) & ~np.isnan(eyes.labels))
    net = tried.build(STANDARD)
    net.load_state_dict(torch.load(net_at.with_suffix(".pt"), weights_only=True))
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
        norm.momentum = None  # type: ignore[assignment] # a plain mean over all parts
        norm.train()
    for part in images.split(2048):
        net(part)


def offset(answer: Answer) -> float:
    """The logit at which p is 0.5 after the calibration that suits these crops."""
    labels = answer.labels.astype(np.int64)
    names = np.full(len(labels), "all", object)
    found = fit_calibration(answer.logits.astype(np.float64), labels, equal_weights(names, labels))
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


def decided(answers: Mapping[str, Answer], archive: str) -> list[float]:
    """Balanced accuracy of one net on an archive, by each way to decide, in points."""
    here = answers[archive]
    other = next(answers[name] for name in REAL if name != archive)
    ways = (
        here.logits,
        here.logits - offset(other),
        here.adapted,
        here.logits - between(here.logits),
        here.logits - between(mostly_open(here)),
    )
    figures = [judged(archive, way.astype(np.float32), here.labels) for way in ways]
    balanced = [figure[f"{archive}/bal"] for figure in figures]
    return [100 * value for value in (*balanced, figures[0][f"{archive}/best"])]


def main() -> None:
    """Prints a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("eyes", type=Path)
    parser.add_argument("kept", type=Path, help="folder that screen.py kept nets and answers in")
    arguments = parser.parse_args()
    eyes = Eyes(arguments.eyes, {})
    crops = torch.from_numpy(eyes.sized(SPEC.height, SPEC.width))
    ways = (
        *("as it is", "the other's calibration", "AdaBN", "two Gaussians"),
        *("two Gaussians, 5 % closed", "best"),
    )
    print("| trained | archive | " + " | ".join(ways) + " |")
    print("| --- | --- |" + " ---: |" * len(ways))
    for trained, (job, protocol) in NETS.items():
        found: dict[str, list[list[float]]] = {archive: [] for archive in REAL}
        for seed in SEEDS:
            answers = {
                archive: ask(
                    kept(arguments.kept, job, protocol.format(archive=archive), seed),
                    eyes,
                    crops,
                    archive,
                )
                for archive in REAL
            }
            for archive in REAL:
                found[archive].append(decided(answers, archive))
        for archive, rows in found.items():
            cells = " | ".join(f"{value:.1f}" for value in np.mean(rows, axis=0))
            print(f"| {trained} | {archive} | {cells} |")


if __name__ == "__main__":
    main()
