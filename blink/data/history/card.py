import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pyarrow import parquet

from blink.contract import DataError, atomic_file
from blink.contract.attributes import VOCABULARY
from blink.data.history.facts import Facts, count
from blink.data.history.versions import UNRECORDED, Version, lineage_of
from blink.data.manifest import FILE as MANIFEST
from blink.data.manifest import Manifest, read_manifest
from blink.pages import cell, environment

CARD: Final = "DATASET_CARD.md"
"""Beside the manifest: what a stranger has to know of the data set."""
AUDIT: Final = "audit.json"
"""Beside the manifest: what an audit found; missing where there was none."""

_SHOWN = 8  # values of a column; the rest are counted
_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"))


def card_of(manifest: Manifest) -> str:
    """What `write_card` writes, for somewhere else than beside the manifest."""
    return _written(manifest, count(manifest))


def write_card(folder: Path, fingerprint: str | None = None) -> list[Facts]:
    """Writes `DATASET_CARD.md` beside a manifest, from the manifest, its version and its audit.

    Args:
        folder: The data set.
        fingerprint: The manifest's, where `write_manifest`'s `finish` knows it already.

    Returns:
        What was counted, one for each data set.

    Raises:
        DataError: It is no data set, or `version.json` or `audit.json` beside it is damaged.
        StorageError: The disk is full.
    """
    if fingerprint is None:
        manifest = read_manifest(folder)
    else:
        rows = parquet.read_metadata(folder / MANIFEST).num_rows
        manifest = Manifest(folder, fingerprint, rows)
    facts = count(manifest)
    with atomic_file(folder / CARD) as temporary:
        temporary.write_text(_written(manifest, facts), encoding="utf-8", newline="\n")
    return facts


def _written(manifest: Manifest, facts: list[Facts]) -> str:
    lineage = lineage_of(manifest)
    audit = _audit(manifest.folder / AUDIT)
    crops = sum(f.crops for f in facts)
    return (
        environment("blink.data.history", _FILTERS, html=False)
        .get_template("card.md.j2")
        .render(
            title=" + ".join(f.name for f in facts),
            crops=crops,
            people=sum(f.people for f in facts),
            unknown=sum(f.unknown for f in facts),
            size_category=next((name for most, name in _SIZES if crops < most), "n>1M"),
            licences=list(dict.fromkeys(name for f in facts for name in f.values["licence"])),
            facts=facts,
            attributes=list(VOCABULARY),
            audit=audit,
            faults=[f for f in audit["findings"] if f["severity"] != "note"] if audit else [],
            version=lineage.head,
            lineage=lineage.versions,
            unrecorded=[v.id for v in lineage.versions if v.operation == UNRECORDED],
            commands=[command for v in reversed(lineage.versions) if (command := _command(v))],
        )
    )


def _audit(path: Path) -> dict[str, Any] | None:
    """What the audit found, in so far as the card shows it; None where there was none."""
    try:
        found = json.loads(path.read_text("utf-8"))
        keys = ("title", "severity", "summary")
        findings = [{key: str(finding[key]) for key in keys} for finding in found["findings"]]
        return {key: str(found[key]) for key in ("fingerprint", "verdict")} | {"findings": findings}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path} is no audit, or a damaged one ({error!r}). Delete it and run "
            "`blink data audit` again."
        ) from error


def _command(version: Version) -> str | None:
    """How to make a version of its parents, folders named by version; None where nobody knows."""
    match version.operation:
        case "import":
            options = {k: v for k, v in version.options.items() if k not in ("kind", "importer")}
            words = ["import", str(version.options["kind"]), "SOURCE", *_words(options)]
        case "merge":
            words = ["merge", *version.parents]
        case "relabel":
            words = ["relabel", *version.parents, "CORRECTIONS"]
            words += ["--drop"] if version.options.get("drop") else []
        case _:
            return None
    return shlex.join(["blink", "data", *words, "--out", version.id])


def _words(options: Mapping[str, Any]) -> list[str]:
    """Options as they are given at a prompt; false, null and empty ones are left out."""
    words: list[str] = []
    for name, value in options.items():
        option = f"--{name.replace('_', '-')}"
        if isinstance(value, dict):
            words += [word for key, entry in value.items() for word in (option, f"{key}={entry}")]
        elif isinstance(value, list):
            words += [word for entry in value for word in (option, str(entry))]
        elif value is True:
            words.append(option)
        elif value is not None and value is not False and value != "":  # but 0 is a value
            words += [option, str(value)]
    return words


def _people(facts: Facts) -> str:
    if not facts.people:
        return "unknown"
    return f"{facts.people:,}" + (f" + {facts.unknown:,} crops unknown" if facts.unknown else "")


def _spread(spread: tuple[int, int, int] | None) -> str:
    return "–" if spread is None else ", ".join(f"{number:,}" for number in spread)


def _percent(part: int, whole: int) -> str:
    """A share; never 0 % of something, nor 100 % of less than all."""
    rounded = f"{100 * part / whole:.0f}"
    if rounded == "0" and part:
        return "<1 %"
    return ">99 %" if rounded == "100" and part < whole else f"{rounded} %"


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({_percent(part, whole)})" if part else "0"


def _listed(values: Mapping[str | None, int], whole: int) -> str:
    """Values and their shares, the most frequent first."""
    known = {cell(value): n for value, n in values.items() if value is not None}
    shown = [f"{value} {_percent(n, whole)}" for value, n in list(known.items())[:_SHOWN]]
    more = len(known) - len(shown)
    return ", ".join(shown) + (f", and {more:,} more values" if more else "")


def _never(facts: Facts) -> list[str]:
    """Attributes that are known of no crop."""
    names = [n for n in VOCABULARY if facts.values[n].get(None, 0) == facts.crops]
    return names + ([] if facts.openness else ["openness"])


_FILTERS: Final = {
    f.__name__.lstrip("_"): f for f in (cell, _people, _spread, _share, _percent, _listed, _never)
}
