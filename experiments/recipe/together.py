"""What the nets of several seeds know together, beside what each knows alone.

    python -m experiments.recipe.jobs short > jobs.json
    python -m experiments.recipe.screen eyes.npz jobs.json short.jsonl --keep kept
    python -m experiments.recipe.together eyes.npz kept

The mean of their logits, for every job of the round that has more than one seed, in points.
"""

import numpy as np

from experiments.recipe.eyes import Eyes, roles
from experiments.recipe.jobs import short
from experiments.recipe.keeping import kept, kept_parser
from experiments.recipe.screen import expanded, judged
from experiments.recipe.table import in_points


def main() -> None:
    """Prints a row for each job, protocol and archive: alone (the mean), and together."""
    parser = kept_parser(__doc__)
    arguments = parser.parse_args()
    eyes, asked = Eyes(arguments.eyes, {}), short()
    seeds: dict[tuple[str, str], list[int]] = {}
    for job in expanded(asked):
        seeds.setdefault((job["name"], job["protocol"]), []).append(job["seed"])
    print("| job | judged on | nets | alone | together |\n| --- | --- | ---: | ---: | ---: |")
    for (name, protocol), own in seeds.items():
        if len(own) == 1:
            continue
        said = []
        for seed in own:
            path = kept(arguments.kept, name, protocol, seed).with_suffix(".npz")
            if not path.exists():
                parser.error(f"{path} is missing: let screen.py finish the jobs of `short`")
            with np.load(path) as answers:
                said.append(dict(answers))
        for archive, rows in roles(eyes, {"protocol": protocol})[1].items():
            each = [answers[archive] for answers in said]
            labels = eyes.labels[rows]
            alone = np.mean([[*judged(archive, one, labels).values()] for one in each], axis=0)
            both = judged(archive, np.mean(each, axis=0), labels).values()
            cells = f"{in_points(alone)} | {in_points(both)}"
            print(f"| {name} | {archive} | {len(own)} | {cells} |")


if __name__ == "__main__":
    main()
