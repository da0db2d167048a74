"""What `bundle.json` has to say: every entry, its type and what stands in it.

`docs/bundle.schema.json` says the same for other readers.
"""

import hashlib
import json
from pathlib import Path
from typing import Any, Final

from blink.contract.errors import BundleError
from blink.contract.labels import NAMES
from blink.runtime.expected import (
    Check,
    EntryError,
    anything,
    choice,
    either,
    line,
    listed,
    mapping,
    null_or,
    number,
    record,
    text,
    truth,
    whole,
)
from blink.runtime.strict_json import read_json

FILE: Final = "bundle.json"
SCHEMA: Final = 2
CARD: Final = "MODEL_CARD.md"
MODEL: Final = "model.onnx"
PRECISIONS: Final = ("fp32", "fp16", "int8")
"""Precisions that a bundle may hold."""

AGAIN: Final = "Copy the bundle again, whole, or export it again."
"""The way out of a file that is not as it was exported: most of them were cut short by a copy."""

_READERS: Final = {1: "Blink 0.1"}
FILE_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
"""Pattern of the names of a bundle's files: no path, nothing hidden."""
_NAME: Final = r"[^./\\][^/\\]*"
"""Pattern of a bundle's name: what is kept of a bundle is named after it, and lies nowhere else."""

_FREE: Final = mapping(text(most=1000), anything)
_INTERVAL: Final = record({"value": number(), "low": number(), "high": number()})
_SPAN: Final = record(  # no interval holds over fewer than ten people
    {"value": number(), "low": null_or(number()), "high": null_or(number())}
)
_CANDIDATE: Final = record(
    {
        "name": text(),
        "precision": choice(*PRECISIONS),
        "recipe": text(most=2000),
        "size_bytes": whole(0),
        "nodes": whole(0),
        "opset": whole(0),
        "ratio_to_empty_graph": null_or(_INTERVAL),
        "peak_memory_bytes": null_or(whole(0)),
        "balanced_accuracy": number(0, 1),
        "difference": _SPAN,
        "changed_decisions": number(0),
        "largest_difference": number(0),
        "passed": truth,
        "ships_as": null_or(text()),
        "why": text(most=2000),
    }
)
_EXPORT: Final = record(
    {
        "chosen": text(),
        "reason": text(most=2000),
        "target": null_or(text()),
        "measured_on": null_or(text()),
        "table": listed(_CANDIDATE, most=200),
        "left_out": listed(record({"name": text(), "why": text(most=2000)}), most=200),
        "sensitivity": listed(
            record(
                {
                    "layer": text(),
                    "balanced_accuracy_lost": number(),
                    "largest_difference": number(0),
                }
            ),
            most=2000,
        ),
        "opencv_dnn": record(
            {
                "loads": truth,
                "largest_difference": null_or(number(0)),
                "why": null_or(text(most=2000)),
            }
        ),
    }
)
_EMPTY: Final = record({})
_ANSWERS: Final = mapping(choice(*PRECISIONS), listed(number(0, 1), most=64))
ENTRIES: Final[dict[str, Check]] = {
    "schema": whole(SCHEMA),
    "name": line(_NAME, least=1),
    "kind": choice("net", "heuristic"),
    "precision": choice(*PRECISIONS),
    "precisions": mapping(choice(*PRECISIONS), text(pattern=FILE_NAME + r"\.onnx")),
    "input_spec": _FREE,  # these three are read by the contract's own records
    "calibration": _FREE,
    "operating_point": _FREE,
    "labels": listed(text(), most=2),
    "provenance": _FREE,
    "metrics": _FREE,
    "golden": record(
        {"crops": text(most=1 << 24), "p_closed": _ANSWERS},
        optional={"openness": _ANSWERS},
    ),
    "export": either(_EMPTY, _EXPORT),
    "inspection": _FREE,
    "files": mapping(text(pattern=FILE_NAME), text(pattern="[0-9a-f]{64}")),
    "sha256": text(pattern="[0-9a-f]{64}"),
}
"""Key → what has to stand there."""


def digest(content: dict[str, Any]) -> str:
    """SHA-256 of `bundle.json`'s content, its own entry `sha256` left out."""
    rest = {key: value for key, value in content.items() if key != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def read_entries(data: bytes, path: Path) -> dict[str, Any]:
    """Reads `bundle.json`.

    Args:
        data: Its bytes.
        path: Where it lies, for messages.

    Returns:
        Its entries, each checked by itself and against the others.

    Raises:
        BundleError: It is no JSON, of another schema, changed, or an entry is not as it has to be.
    """
    content: dict[str, Any]
    try:
        content = read_json(data)
    except ValueError as error:
        raise BundleError(f"{path} is no JSON ({error}). {AGAIN}") from None
    _check_schema(path, content)
    if content.keys() != ENTRIES.keys():
        odd = sorted(content.keys() ^ ENTRIES.keys())
        raise BundleError(
            f"{path} has entries that this version does not know, or lacks some: {odd[:5]}. {AGAIN}"
        )
    if digest(content) != content["sha256"]:
        raise BundleError(f"{path} was changed after the export. {AGAIN}")
    try:
        for key, check in ENTRIES.items():
            check(content[key], key)
        _check_together(content)
    except EntryError as error:
        raise BundleError(f"{path}: {error}. {AGAIN}") from None
    return content


def _check_schema(path: Path, content: Any) -> None:
    found = content.get("schema") if isinstance(content, dict) else None
    if type(found) is int and found == SCHEMA:
        return
    if type(found) is int and found in _READERS:
        raise BundleError(
            f"{path} has schema {found}, which {_READERS[found]} reads; this version reads "
            f"{SCHEMA}. Use it with {_READERS[found]}, or train and export it again with this "
            "version: python train.py, with the config of its run."
        )
    if type(found) is int and found > SCHEMA:
        raise BundleError(
            f"{path} has schema {found}, which a newer version of Blink reads; this one reads "
            f"{SCHEMA}. Upgrade Blink, or export the bundle with this version."
        )
    raise BundleError(f"{path} has schema {str(found)[:40]!r}; this version reads {SCHEMA}.")


def _check_together(content: dict[str, Any]) -> None:
    """What entries say of each other."""
    if content["labels"] != list(NAMES):
        raise EntryError(f"labels are {content['labels']}, not {list(NAMES)}")
    named, chosen = content["precisions"], content["precision"]
    if named.get(chosen) != MODEL:
        raise EntryError(f"the chosen precision, {chosen}, is not in {MODEL}")
    if sorted([*named.values(), CARD]) != sorted(content["files"]):
        raise EntryError(
            f"files are {sorted(content['files'])[:9]}, which are not those of its precisions and "
            f"{CARD}"
        )
    golden = content["golden"]
    counts = set()
    for output in golden.keys() - {"crops"}:
        answers = golden[output]
        if answers.keys() != named.keys():
            raise EntryError(f"golden answers are of {sorted(answers)}, not of {sorted(named)}")
        counts |= {len(values) for values in answers.values()}
    if len(counts) != 1 or 0 in counts:
        raise EntryError("golden answers are none, or more of one precision than of another")
    if not content["provenance"].get("licence"):
        raise EntryError("provenance does not say the licence")
