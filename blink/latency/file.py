"""What stands in a `latency.json`, as `export/benchmark.py` writes it.

The benchmark itself imports nothing of Blink, so it writes by hand what is read here; a test holds
the one against the other, and both against `docs/latency.schema.json`.
"""

import json
import stat
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, ValidationError

from blink.contract import ConfigError, atomic_file
from blink.latency.entries import Entry, GraphEntry, Machine, Method, Ratio

VERSION: Final = 2
_LARGEST: Final = 16 << 20


def _is_written_out(date: object) -> object:
    if not isinstance(date, str) or "T" not in date:  # digits alone would be read as seconds
        raise ValueError("Input should be text such as 2026-11-24T13:05:00+00:00")
    return date


Date = Annotated[AwareDatetime, BeforeValidator(_is_written_out)]


class LatencyFile(Entry):
    """All that one run of the benchmark has measured.

    Attributes:
        version: Of this schema.
        date: When it began, as ISO 8601 with a time zone; the benchmark writes UTC.
        machine: Where.
        method: How.
        empty_graph: The yardstick: one Identity node, float32 1×1×32×32.
        graphs: In the order in which they were named.
        between: Each pair of them.
        gaps: What could not be measured, and why.
    """

    version: Literal[2]
    date: Date
    machine: Machine
    method: Method
    empty_graph: GraphEntry
    graphs: tuple[GraphEntry, ...] = Field(min_length=1)
    between: tuple[Ratio, ...]
    gaps: dict[str, str]


def read_latency_file(path: Path) -> LatencyFile:
    """Reads what the benchmark wrote.

    Raises:
        ConfigError: It cannot be read, is no ordinary file or too large, is no such file, or of
            another version.
    """
    again = "Measure again with export/benchmark.py, or move it elsewhere."
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:  # a pipe would wait
            raise ConfigError(f"{path} is no file of at most {_LARGEST:,} bytes. {again}")
        return LatencyFile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise ConfigError(
            f"{path} is no latency.json of version {VERSION} ({where}: {first['msg']}). {again}"
        ) from None


def write_schema(path: Path) -> None:
    """Writes the JSON schema of the file, `docs/latency.schema.json`."""
    text = json.dumps(LatencyFile.model_json_schema(), indent=2) + "\n"
    with atomic_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
