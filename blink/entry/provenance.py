"""Where a run's results come from, in words that lead back to them."""

import json
from typing import Any

from omegaconf import DictConfig, OmegaConf

from blink.data.manifest import Manifest
from blink.data.schema import ATTRIBUTES
from blink.data.split import Split

_MOST_NAMES = 12


def describe_origin(cfg: DictConfig, manifest: Manifest, split: Split) -> dict[str, Any]:
    """What a bundle says of its own making, see `blink.export.export_bundle`."""
    unknown = [name for name in ATTRIBUTES if manifest.table[name].isna().all()]
    return {
        "licence": cfg.data.licence,
        "limits": [
            *cfg.data.caveats,
            *(
                [f"Not known of its people, hence not measured: {', '.join(unknown)}."]
                if unknown
                else []
            ),
        ],
        "question": cfg.question,
        "data": f"{', '.join(manifest.table['dataset'].unique())} ({manifest.fingerprint})",
        "split": split.fingerprint,
        "held_out": {
            str(name): _people(list(group["subject"]))
            for name, group in split.table[split.table["role"] == "test"].groupby("dataset")
        },
        "seed": cfg.seed,
        "commit": cfg.made_by.commit,
    }


def describe_run(cfg: DictConfig, origin: dict[str, Any]) -> dict[str, str]:
    """What the report says of how to repeat the run."""
    facts = {"command": cfg.made_by.command, **origin, "config": OmegaConf.to_yaml(cfg)}
    return {key: v if isinstance(v, str) else json.dumps(v) for key, v in facts.items()}


def _people(names: list[str]) -> str:
    named = f": {', '.join(sorted(names))}" if len(names) <= _MOST_NAMES else ""
    return f"{len(names)} people{named}"
