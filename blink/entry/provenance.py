"""Where a run's results come from, in words that lead back to them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from blink.data.manifest import Manifest
from blink.data.schema import ATTRIBUTES
from blink.data.split import Split
from blink.data.split.ledger import Visitor
from blink.entry.run_folder import started_at
from blink.runtime import Bundle


def describe_origin(
    cfg: DictConfig, manifest: Manifest, split: Split, teachers: Sequence[Bundle] = ()
) -> dict[str, Any]:
    """What a bundle says of its own making, see `blink.export.export_bundle`.

    What its teachers may be used for, if that is something else, belongs to its licence, since what
    they know went into its weights.
    """
    known = _known_attributes(manifest)
    unknown = [name for name in ATTRIBUTES if name not in known]
    own = cfg.data.licence or f"Weights from data under: {'; '.join(manifest.licences)}."
    said = [(teacher.name, teacher.provenance["licence"]) for teacher in teachers]
    others = dict.fromkeys(f"Taught by {name}: {text}" for name, text in said if text != own)
    hashes: dict[str, list[str]] = {}
    for teacher in teachers:  # two of one recipe have one name
        hashes.setdefault(teacher.name, []).append(teacher.sha256[:12])
    return {
        "licence": " ".join([own, *others]),
        "limits": [
            *cfg.data.caveats,
            *(
                [f"Not known of its people, hence not measured: {', '.join(unknown)}."]
                if unknown
                else []
            ),
        ],
        "question": cfg.question,
        "data": f"{', '.join(manifest.datasets)} ({manifest.fingerprint})",
        "split": f"LEAKY {split.fingerprint}" if split.is_leaky else split.fingerprint,
        "held_out": split.held_out,
        **{
            f"{role}_people": {
                name: split.people_hash(name, role)
                for name in manifest.datasets
                if split.people(name, role)
            }
            for role in ("val", "test")
        },
        "held_out_people": split.held_out_hash,
        **(
            {"teachers": {name: ", ".join(each) for name, each in hashes.items()}} if hashes else {}
        ),
        "seed": cfg.seed,
        "commit": cfg.made_by.commit,
    }


def describe_run(cfg: DictConfig, origin: dict[str, Any]) -> dict[str, str]:
    """What the report says of how to repeat the run."""
    facts = {"command": cfg.made_by.command, **origin, "config": OmegaConf.to_yaml(cfg)}
    return {key: v if isinstance(v, str) else json.dumps(v) for key, v in facts.items()}


def describe_visitor(cfg: DictConfig, folder: Path) -> Visitor:
    """Who looks at the test people: this run, for their ledgers."""
    return Visitor(started_at(), folder.name, cfg.name, cfg.made_by.command, cfg.made_by.commit)


def _known_attributes(manifest: Manifest) -> set[str]:
    """The attributes that are known of any crop."""
    known: set[str] = set()
    for batch in manifest.batches(ATTRIBUTES):
        known |= {name for name in ATTRIBUTES if batch[name].null_count < len(batch)}
    return known
