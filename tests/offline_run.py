"""What W&B wrote offline, read back: the very records that `wandb sync` sends to a server.

W&B offers no reader in Python. The file is a log in LevelDB's format (blocks of 32 KiB; each piece
has a checksum, a length and a kind) of protocol buffers, after a header of seven bytes.
"""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wandb.proto import wandb_internal_pb2

_Record: Any = wandb_internal_pb2.Record  # type: ignore[attr-defined] # made when it is imported
_HEADER, _BLOCK = b":W&B\xe1\xbe\x00", 32 * 1024
_WHOLE, _FIRST, _LAST = 1, 2, 4


@dataclass(frozen=True)
class Artifact:
    """What a run used or made.

    Attributes:
        type: `dataset`, `model`.
        metadata: What is known of it.
        files: Name within it → where `wandb sync` will look for it.
    """

    type: str
    metadata: dict[str, Any]
    files: dict[str, Path]


@dataclass(frozen=True)
class OfflineRun:
    """A run as a server would get it.

    Attributes:
        name: As shown.
        group: Of runs that belong together.
        job_type: What it does.
        notes: What it is to find out.
        tags: As they stand at its end.
        config: Key → value.
        history: Key → values, in order of the steps.
        summary: Key → last value.
        system: Names of what was measured of the machine.
        artifacts: Name → as it was logged.
        exit_code: How it ended; None where nobody said.
    """

    name: str
    group: str
    job_type: str
    notes: str
    tags: tuple[str, ...]
    config: dict[str, Any]
    history: dict[str, list[Any]]
    summary: dict[str, Any]
    system: set[str]
    artifacts: dict[str, Artifact]
    exit_code: int | None


def read_offline_run(folder: Path) -> OfflineRun:
    """Reads the one offline run below a run's folder."""
    (path,) = folder.glob("wandb/offline-run-*/run-*.wandb")
    records = list(_records(path.read_bytes()))
    run = [record.run for record in records if record.HasField("run")][-1]
    history: dict[str, list[Any]] = {}
    config: dict[str, Any] = {}
    summary: dict[str, Any] = {}
    for record in records:
        config |= _values(record.config.update)
        summary |= _values(record.summary.update)
        for key, value in _values(record.history.item).items():
            history.setdefault(key, []).append(value)
    exits = [record.exit.exit_code for record in records if record.HasField("exit")]
    return OfflineRun(
        name=run.display_name,
        group=run.run_group,
        job_type=run.job_type,
        notes=run.notes,
        tags=tuple(run.tags),
        config=config,
        history=history,
        summary=summary,
        system={item.key for record in records for item in record.stats.item},
        artifacts={
            one.artifact.name: _artifact(one.artifact)
            for one in records
            if one.HasField("artifact")
        },
        exit_code=exits[-1] if exits else None,
    )


def _artifact(record: Any) -> Artifact:
    files = {one.path: Path(one.local_path) for one in record.manifest.contents}
    return Artifact(record.type, json.loads(record.metadata or "{}"), files)


def _values(items: Any) -> dict[str, Any]:
    return {
        item.key or "/".join(item.nested_key): json.loads(item.value_json or "null")
        for item in items
    }


def _records(data: bytes) -> Iterator[Any]:
    assert data.startswith(_HEADER)
    at, begun = len(_HEADER), b""
    while at < len(data):
        if (room := _BLOCK - at % _BLOCK) < 7:  # too little for the head of a piece
            at += room
            continue
        checksum, length, kind = data[at : at + 4], data[at + 4 : at + 6], data[at + 6]
        end = at + 7 + int.from_bytes(length, "little")
        piece = data[at + 7 : end]
        assert zlib.crc32(bytes([kind]) + piece) == int.from_bytes(checksum, "little")
        at, begun = end, piece if kind in (_WHOLE, _FIRST) else begun + piece
        if kind in (_WHOLE, _LAST):
            yield _Record.FromString(begun)
