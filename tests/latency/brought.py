"""What a target would have measured of a bundle, made up."""

import json
from pathlib import Path
from typing import Any

from blink.runtime import Bundle
from tests.export.measured import graph, measured, script


def sha256_of(bundle: Bundle, precision: str) -> str:
    return str(script().digest(bundle.path(precision).read_bytes()))


def from_target(folder: Path, bundle: Bundle, name: str = "t.json", **changes: Any) -> Path:
    """What the target has measured of both precisions, or what it says otherwise."""
    own = [graph(f"drawn {p}", sha256=sha256_of(bundle, p)) for p in ("fp32", "int8")]
    path = folder / name
    path.write_text(json.dumps(measured(*own, cpu="ARM Cortex-A72 (r0p3)") | changes))
    return path
