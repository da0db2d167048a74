"""What other teachers would know: several nets together, and mirrored crops. Nothing is trained.

    python -m experiments.recipe.screen eyes.npz jobs.json results.jsonl --processes 2 --keep kept
    python -m experiments.recipe.teachers eyes.npz kept

The jobs are those of `jobs confirm`. Each candidate answers the people of the folds, whom its nets
have not seen, as in `confirm.py`; logits are averaged. Printed is what it gains over the large net,
which teaches now.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from blink.contract import InputSpec
from experiments.recipe import tried
from experiments.recipe.confirm import answered, print_table
from experiments.recipe.eyes import REAL, Eyes, roles
from experiments.recipe.jobs import confirm
from experiments.recipe.keeping import SEEDS, Answers, kept, kept_parser, read_answers
from experiments.recipe.training import predict

TEACHER: Final = "larger"
TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    "with 40×40": (TEACHER, "40×40"),
    "with 40×40 and standard": (TEACHER, "40×40", "standard"),
    "with eight others": (
        TEACHER,
        "40×40",
        "standard",
        "learning rate doubled",
        "24 epochs",
        "narrower finder",
        "no moving average",
        "no rendered eyes",
        "labels not softened",
    ),
}


def together(folder: Path, names: tuple[str, ...]) -> Answers:
    """The mean of the logits of several choices."""
    each = [read_answers(folder, name) for name in names]
    return {where: np.mean([one[where] for one in each], 0) for where in each[0]}


def mirrored(eyes: Eyes, folder: Path) -> Answers:
    """The mean of the teacher's logits for the crops and for their mirror images."""
    job = next(job for job in confirm()["jobs"] if job["name"] == TEACHER)
    spec = InputSpec(*job["size"])
    crops = torch.from_numpy(eyes.sized(spec.height, spec.width))
    plain = read_answers(folder, TEACHER)
    means: dict[tuple[int, str], NDArray[np.float32]] = {}
    for seed in SEEDS:
        net = tried.build(job["net"])
        weights = kept(folder, TEACHER, f"fold{seed}", seed).with_suffix(".pt")
        net.load_state_dict(torch.load(weights, weights_only=True))
        _, tests = roles(eyes, {"protocol": f"fold{seed}"})
        for archive in REAL:
            rows: NDArray[np.int64] = tests[archive]
            flipped = crops[torch.from_numpy(rows)].flip(3).contiguous()
            other = predict(net, flipped, spec, np.arange(len(rows)))
            means[seed, archive] = np.mean([plain[seed, archive], other], 0, dtype=np.float32)
    return means


def main() -> None:
    """Prints a Markdown table: the teacher, and what each candidate gains over it, in points."""
    parser = kept_parser(__doc__)
    arguments = parser.parse_args()
    eyes, folder = Eyes(arguments.eyes, {}), arguments.kept
    try:
        candidates = {"mirrored crops too": mirrored(eyes, folder)}
        candidates |= {name: together(folder, names) for name, names in TOGETHER.items()}
        teacher = read_answers(folder, TEACHER)
    except FileNotFoundError as error:
        parser.error(f"{error.filename} is missing: let screen.py finish the jobs of `confirm`")
    print_table(
        TEACHER,
        answered(eyes, teacher),
        {name: answered(eyes, found) for name, found in candidates.items()},
    )


if __name__ == "__main__":
    main()
