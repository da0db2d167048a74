"""What is screened: python -m experiments.recipe.jobs ROUND > jobs.json."""

import argparse
import json
from typing import Any, Final

from blink.synthesis.elements import ELEMENTS

Job = dict[str, Any]

STANDARD: Final[Job] = {
    "layers": [[16, 2], [16, 1], [32, 2], [48, 1], [64, 1]],
    "padded": False,
    "dropout": 0.2,
}
LARGER: Final = [[32, 2], [32, 1], [64, 2], [128, 1], [128, 1], [128, 1, 4]]
LARGE: Final = [[32, 2], [32, 1], [64, 2], [96, 1], [128, 1]]
PICO: Final[Job] = {
    "layers": [[16, 3, 4], [32, 1], [32, 2], [64, 1]],
    "padded": False,
    "dropout": 0.1,
}
SHARES: Final = {"mrl": 1.0, "cew": 0.7, "rendered": 1.0}
ALL: Final = [*(f"fold{n}" for n in range(4)), "without-cew", "without-mrl", "rendered"]
WIDE: Final = {"zoom": [0.6, 1.3], "shift": 0.08, "angle": 12.0, "stretch": 1.4}
NARROW: Final = {"zoom": [0.85, 1.05], "shift": 0.02, "angle": 3.0, "stretch": 1.1}
BEFORE: Final = {"zoom": [0.7, 1.1], "shift": 0.05, "angle": 6.0, "stretch": 1.25}


def job(name: str, **options: Any) -> Job:
    """A job that differs from the defaults in its options."""
    return {"name": name, **options}


def net(layers: list[list[int]], **options: Any) -> Job:
    """The standard net with other layers."""
    return {**STANDARD, "layers": layers, **options}


# Adam's learning rate goes by the root of the batch: Malladi et al. 2022.
LARGER_BATCHES: Final = [
    job("batches of 512", batch=512, lr=0.0042),
    job("batches of 1024", batch=1024, lr=0.006),
]


def defaults(finder: Job) -> Job:
    """What all jobs of a round share."""
    return {
        "net": STANDARD,
        "size": [32, 32],
        "shares": SHARES,
        "epochs": 24,
        "draws": 20480,
        "batch": 256,
        "lr": 0.003,
        "decay": 0.02,
        "protocols": ALL,
        "camera": {"finder": finder},
    }


def on_one_pool(jobs: list[Job], crops: int = 12, **shared: Any) -> Job:
    """A round whose rendered eyes are of 1,200 people, with as many crops each."""
    pool = {"people": 1200, "crops": crops}
    return {"rendered": {"rendered": pool}, "defaults": defaults(WIDE) | shared, "jobs": jobs}


def first() -> Job:
    """Camera simulation, losses, sampling."""
    mixed = ALL[:6]
    strong = {
        "finder": BEFORE,
        "softness": {"share": 0.7, "blur": [0.3, 2.2]},
        "tone": {"share": 0.7},
        "noise": {"share": 0.6, "deviation": [1.0, 14.0]},
        "glare": {"share": 0.3},
        "occlusion": {"share": 0.35},
        "illumination": {"share": 0.5, "slope": 0.5},
    }
    soft = {"share": 0.8, "blur": [0.3, 2.5], "fewer": 0.2}
    steps = ("softness", "tone", "glare", "occlusion")
    jobs = [
        job("base", seeds=[0, 1]),
        job("large40", net=net(LARGE, padded=True), size=[40, 40]),
        job("large48", net=net(LARGE), size=[48, 48]),
        *(job(f"no-{step}", camera={"finder": BEFORE, step: None}) for step in steps),
        job("finder-wide", camera={"finder": WIDE}),
        job("finder-narrow", camera={"finder": NARROW}),
        job("soft-strong", camera={"finder": BEFORE, "softness": soft}),
        job("strong-all", camera=strong),
        job("smooth0", loss={"kind": "entropy", "smoothing": 0.0}),
        job("smooth10", loss={"kind": "entropy", "smoothing": 0.1}),
        job("gce7", loss={"kind": "generalised", "q": 0.7}),
        job("dro", loss={"kind": "robust"}, protocols=mixed),
        job("mix", net={**STANDARD, "mix": 1.0}),
        job("temper0", tempering=0.0, protocols=mixed),
        job("temper1", tempering=1.0, protocols=mixed),
    ]
    return {
        "rendered": {"rendered": {"people": 1200, "crops": 16}},
        "defaults": defaults(BEFORE),
        "jobs": jobs,
    }


def second() -> Job:
    """The renderer, element by element; nets by budget; teachers."""
    mixed = ALL[:6]
    taught: Job = {"teacher": net(LARGER, dropout=0.3), "teacher_size": [48, 48], "trust": 0.7}
    pico = net([[16, 3, 4], [16, 1], [16, 2], [32, 1]], dropout=0.1)
    wider = {"zoom": [0.5, 1.5], "shift": 0.1, "angle": 15.0, "stretch": 1.5}
    by_budget = {
        "n1-32-place": ([32, 32], [[16, 2], [32, 1], [32, 2], [64, 1], [96, 1, 4]]),
        "n6-48": ([48, 48], [[16, 3], [32, 2], [64, 1], [96, 1], [128, 1, 3]]),
        "n2-48": ([48, 48], [[16, 3], [32, 1], [64, 2], [96, 1, 5]]),
        "n3-32": ([32, 32], [[32, 3, 4], [32, 1], [64, 2], [96, 1, 3]]),
        "n4-24x40": ([24, 40], [[16, 2], [32, 1], [64, 2], [96, 1, 2]]),
        "n5-40": ([40, 40], [[16, 2], [32, 2], [32, 1], [64, 1], [96, 1, 4]]),
    }
    alone: Job = {"protocols": ["rendered"], "seeds": [0, 1]}
    jobs = [
        job("new-renderer"),
        job("new-large-pool", pool="large"),
        job("larger48", net=net(LARGER, dropout=0.3), size=[48, 48]),
        job("distil48", **taught),
        job("all-elements", pool="all", **alone),
        *(job(f"minus-{element}", pool=f"minus-{element}", **alone) for element in ELEMENTS),
        job("pico", net=pico, protocols=mixed),
        job("pico-wide", net=PICO, protocols=mixed),
        job("pico-distil48", net={**PICO, "dropout": 0.05}, protocols=mixed, **taught),
        *(
            job(name, net=net(layers), size=size, protocols=mixed)
            for name, (size, layers) in by_budget.items()
        ),
        job("finder-wider", camera={"finder": wider}),
        job("wide+mix", net={**STANDARD, "mix": 1.0}),
        job("wide+gce4", loss={"kind": "generalised", "q": 0.4}),
        job("epochs60", epochs=60),
        job("rendered2", shares={**SHARES, "rendered": 2.0}, protocols=mixed),
    ]
    pools: Job = {
        "rendered": {"people": 1200, "crops": 16},
        "large": {"people": 4000, "crops": 12},
        "all": {"people": 1000, "crops": 12},
    }
    for element in ELEMENTS:
        pools[f"minus-{element}"] = {"people": 1000, "crops": 12, "without": [element]}
    return {"rendered": pools, "defaults": defaults(WIDE), "jobs": jobs}


def confirm() -> Job:
    """What the standard recipe stands on, at full length: seed k is judged on fold k."""
    still = {"zoom": [1.0, 1.0], "shift": 0.0, "angle": 0.0, "stretch": 1.0}
    steps = ("illumination", "glare", "occlusion", "softness", "tone", "noise", "compression")
    larger = net(LARGER, dropout=0.3)
    taught: Job = {"taught_by": "larger", "teacher": larger, "teacher_size": [48, 48], "trust": 0.7}
    choices = [
        job("standard"),
        job("half of the people", people=0.5),
        job("no rendered eyes", no_pool=True),
        job("no camera simulation", camera={"finder": still, **dict.fromkeys(steps)}),
        job("narrower finder", camera={"finder": BEFORE}),
        job("24 epochs", epochs=24),
        job("no moving average", ema=0.0),
        job("labels not softened", loss={"kind": "entropy", "smoothing": 0.0}),
        job("crops count, not people", tempering=1.0),
        job("learning rate doubled", lr=0.006),
        job("40×40", size=[40, 40]),
        job("larger", net=larger, size=[48, 48], epochs=40),
        job("taught", **taught),
        job("taught by the teacher alone", **{**taught, "trust": 1.0}),
        job("sharpness-aware", sharpness=0.05),
        job("statistics mixed", net={**STANDARD, "mix": 1.0}),
        job("generalised entropy", loss={"kind": "generalised", "q": 0.7}),
        job("doubted labels left out", doubted_by="larger", surer=2.2),
        job("each augmented crop four times", echo=4),
        *LARGER_BATCHES,
    ]
    jobs = [
        {**choice, "protocols": [f"fold{seed}"], "seeds": [seed]}
        for choice in choices
        for seed in range(3)
    ]
    return on_one_pool(jobs, epochs=60)


def alone() -> Job:
    """From rendered eyes alone, with the renderer's fifth version."""
    mixed, generalised = {**STANDARD, "mix": 1.0}, {"kind": "generalised", "q": 0.4}
    jobs = [
        job("base", seeds=[0, 1]),
        job("epochs40", epochs=40, seeds=[0, 1]),
        job("mix", net=mixed),
        job("gce4", loss=generalised),
        job("mix+gce4", net=mixed, loss=generalised),
        job("pico", net=PICO, seeds=[0, 1]),
        job("24×24", net={**STANDARD, "padded": True}, size=[24, 24], seeds=[0, 1]),
    ]
    return on_one_pool(jobs, crops=16, protocols=["rendered"])


def unseen() -> Job:
    """The standard net and a finer input on an archive that it has not seen."""
    softer = {"finder": WIDE, "softness": {"share": 0.75, "blur": [0.3, 2.4], "fewer": 0.2}}
    jobs = [
        job("32×32"),
        job("40×40", size=[40, 40]),
        job("40×40, softer", size=[40, 40], camera=softer),
        job("each augmented crop four times", echo=4),
        *LARGER_BATCHES,
    ]
    return on_one_pool(jobs, protocols=["without-cew", "without-mrl"], seeds=[0, 1])


def sources() -> Job:
    """Sensors left out; an adversary; no rendered eyes."""
    folds, unseen = [f"fold{n}" for n in range(3)], ["without-cew", "without-mrl"]
    unseen += [f"sensor-{name}" for name in ("RealSense SR300", "IDS", "Aptina")]
    adversary = {"net": {**STANDARD, "adversary": 1.0}, "loss": {"kind": "adversarial"}}
    jobs = [
        job("base"),
        job("adversary", **adversary),
        job("no rendered eyes", no_pool=True, protocols=unseen),
    ]
    return on_one_pool(jobs, protocols=[*folds, *unseen])


def shapes() -> Job:
    """Textures that lie, flat minima: what may carry from rendered eyes and to other archives."""
    whole = {"finder": WIDE, "convolved": {}}
    half = {"finder": WIDE, "convolved": {"most": 0.5}}
    jobs = [
        job("base"),
        job("random convolutions", camera=whole),
        job("random convolutions, half", camera=half),
        job("constant rate, averaged", flat=True),
        job("sharpness-aware", sharpness=0.05, seeds=[0, 1]),
    ]
    return on_one_pool(jobs, protocols=["rendered", "without-cew", "without-mrl"])


def short() -> Job:
    """From rendered eyes alone: few epochs, what else keeps a net from fitting, nets together."""
    two, four = {"seeds": [0, 1]}, {"seeds": [0, 1, 2, 3]}
    loss = {"kind": "generalised", "q": 0.4}
    taught = {"taught_by": "10 epochs", "teacher_seeds": four["seeds"], "teacher": STANDARD}
    left_out = {"pool": "twelve", "protocols": ["without-cew", "without-mrl"]}
    jobs = [
        job("10 epochs", **four),
        job("5 epochs", epochs=5, **two),
        job("24 epochs", epochs=24, seeds=[0, 1, 2]),
        job("pico", net=PICO, **four),
        job("mix+gce4", net={**STANDARD, "mix": 1.0}, loss=loss, **four),
        *(job(f"weight decay ×{n}", decay=0.02 * n, **two) for n in (15, 100)),
        job("smoothing of 10 %", loss={"kind": "entropy", "smoothing": 0.1}, **two),
        job("dropout of a half", net={**STANDARD, "dropout": 0.5}, **two),
        job("learning rate doubled", lr=0.0084, **two),
        job("learning rate halved", lr=0.0021, **two),
        job("sharpness-aware", sharpness=0.05, **two),
        job("taught by four, 24 epochs", epochs=24, trust=1.0, **taught, **two),
        job("taught by four, 60 epochs", epochs=60, trust=1.0, **taught),
        job("archive left out", epochs=24, **left_out, **four),
    ]
    pools = {name: {"people": 1200, "crops": n} for name, n in (("rendered", 16), ("twelve", 12))}
    brief = {"epochs": 10, "batch": 512, "lr": 0.0042, "protocols": ["rendered"]}
    return {"rendered": pools, "defaults": {**defaults(WIDE), **brief}, "jobs": jobs}


ROUNDS: Final = {
    "first": first,
    "second": second,
    "alone": alone,
    "confirm": confirm,
    "unseen": unseen,
    "sources": sources,
    "shapes": shapes,
    "short": short,
}


def main() -> None:
    """Prints the jobs of a round."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("round", choices=ROUNDS)
    print(json.dumps(ROUNDS[parser.parse_args().round](), indent=1))


if __name__ == "__main__":
    main()
