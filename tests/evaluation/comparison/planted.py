"""Run folders with planted predictions: who is better than whom is known beforehand."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.evaluation.comparison import Judged, read_judged
from blink.evaluation.predictions import write_predictions
from blink.runs import METRICS_VERSION
from tests.evaluation.drawn import predictions

Wrong = NDArray[np.bool_]


@dataclass(frozen=True)
class Planted:
    """A row of a run; it errs on the given crops."""

    name: str
    wrong: Wrong
    kind: str = "net"
    precision: str = "int8"
    is_main: bool = True
    size_bytes: int = 1000
    p50_us: float | None = 10.0
    cpu: str = "a CPU"
    accuracy: float | None = 0.9
    ratio: float | None = 2.0

    def described(self) -> dict[str, Any]:
        latency = {"p50_us": self.p50_us, "p99_us": 99.0, "cpu": self.cpu}
        latency |= {"ratio_to_empty_graph": self.ratio}
        accuracy = {"value": self.accuracy, "low": None, "high": None, "gap": "planted"}
        return {
            "name": self.name,
            "kind": self.kind,
            "precision": self.precision,
            "parameters": 7,
            "size_bytes": self.size_bytes,
            "latency": None if self.p50_us is None else latency,
            "is_main": self.is_main,
            "evaluation": {
                "operating_point": {"threshold": 0.5, "rule": "by hand"},
                "scores": {
                    "n": 8,
                    "people": 2,
                    "unknown": 0,
                    "metrics": {"balanced_accuracy": accuracy},
                },
            },
        }


def crowd(people: int = 40, each: int = 40, first: int = 0, **columns: Any) -> pd.DataFrame:
    """Crops of so many people, half of them closed, of which nothing was predicted yet."""
    labels = [number % 2 for number in range(people * each)]
    whose = [f"p{number // each:02}" for number in range(people * each)]
    table = predictions(labels, [0.5] * len(labels), whose, **columns)
    return table.assign(id=[f"crop-{first + number:05}" for number in range(len(labels))])


def errors(table: pd.DataFrame, share: float, seed: int) -> Wrong:
    """Such a share of the crops, drawn at random."""
    return np.random.default_rng(seed).random(len(table)) < share


def plant(
    folder: Path,
    table: pd.DataFrame,
    rows: Sequence[Planted],
    *,
    test: str = "drawn",
    protocol: str = "subject-disjoint: 40 of 80 people were never trained on",
    data: str = "0123abcd",
    facts: dict[str, str] | None = None,
) -> Path:
    """Writes a run folder that was judged on one test set; a further call adds another."""
    for row in rows:
        closed = table["label"].fillna(0).to_numpy(bool)
        score = np.where(closed ^ row.wrong, 0.9, 0.1).astype(np.float32)
        path = folder / "predictions" / f"{row.name}-{row.precision}-on-{test}.parquet"
        write_predictions(path, table.assign(p_closed=score))
    metrics = folder / "metrics.json"
    content: dict[str, Any] = {
        "version": METRICS_VERSION,
        "title": folder.name,
        "made": "2026-11-24T13:05:00+00:00",
        "facts": facts or {},
        "tests": json.loads(metrics.read_text())["tests"] if metrics.is_file() else [],
    }
    described = [row.described() for row in rows]
    content["tests"].append({"name": test, "protocol": protocol, "data": data, "rows": described})
    metrics.write_text(json.dumps(content))
    return folder


def two_runs(folder: Path, first: Wrong, second: Wrong, table: pd.DataFrame) -> list[Judged]:
    """Two runs of one net each, `old` and `new`."""
    return [
        read_judged(plant(folder / name, table, [Planted(name, wrong)]))
        for name, wrong in (("old", first), ("new", second))
    ]
