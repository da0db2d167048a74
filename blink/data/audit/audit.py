"""The whole audit of a data set: every check, one verdict, and a list of corrections."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from blink.data.audit.alike import check_alike
from blink.data.audit.balance import check_balance
from blink.data.audit.duplicates import check_duplicates, near_duplicates
from blink.data.audit.finding import SEVERITIES, Finding, Severity
from blink.data.audit.label_errors import Suspects, check_label_errors, find_label_errors
from blink.data.audit.limits import Limits
from blink.data.audit.pictures import look
from blink.data.audit.roles import check_roles
from blink.data.audit.shortcuts import check_shortcuts
from blink.data.audit.swapped import REASON
from blink.data.audit.unusable import check_unusable
from blink.data.history.corrections import Correction
from blink.data.manifest import Manifest
from blink.data.split import Split


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Attributes:
        manifest: Fingerprint of the manifest that was looked at.
        split: Fingerprint of the split, None where none was given.
        limits: The thresholds that it was held to.
        crops: Number of crops.
        datasets: Names of the data sets.
        findings: The worst severity first, then in the order of the checks.
        corrections: What it suggests to relabel or to drop, the surest first.
    """

    manifest: str
    split: str | None
    limits: Limits
    crops: int
    datasets: tuple[str, ...]
    findings: tuple[Finding, ...]
    corrections: tuple[Correction, ...]

    @property
    def verdict(self) -> Literal["failure", "passed"]:
        """A failure if any finding is one."""
        return "failure" if self.count("failure") else "passed"

    def count(self, severity: Severity) -> int:
        """Number of findings of a severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def to_json(self) -> dict[str, Any]:
        """JSON-ready values, pictures and tables left out."""
        return {
            "fingerprint": self.manifest,
            "split": self.split,
            "verdict": self.verdict,
            "crops": self.crops,
            "datasets": list(self.datasets),
            "limits": self.limits.to_dict(),
            "corrections": len(self.corrections),
            "findings": [
                {
                    "name": finding.name,
                    "title": finding.title,
                    "severity": finding.severity,
                    "summary": finding.summary,
                    "numbers": finding.numbers,
                }
                for finding in self.findings
            ],
        }


def audit(manifest: Manifest, split: Split | None = None, limits: Limits | None = None) -> Audit:
    """Looks at every picture and every row of a data set.

    Takes memory for all of its thumbnails, a few kilobytes a crop, and some 70 bytes for each pair
    of near-duplicates: of 3,000 frames of a camera that stands still that can be 4.5 million pairs.

    Args:
        manifest: The data set.
        split: Of it, see `open_split`; without one, nothing is said of leaks.
        limits: The thresholds; the stated ones if left out.

    Raises:
        DataError: A picture cannot be decoded, or the split is another manifest's.
    """
    held_to = limits or Limits()
    pictures = look(manifest)
    near = near_duplicates(manifest, pictures, held_to)
    suspects = find_label_errors(manifest, pictures, held_to)
    findings = [
        *(check_roles(manifest, split, near, held_to) if split else []),
        *check_duplicates(manifest, near),
        *check_alike(manifest),
        *check_shortcuts(manifest, pictures, held_to),
        *check_unusable(manifest, pictures, held_to),
        *check_label_errors(manifest, suspects, held_to),
        *check_balance(manifest, held_to),
    ]
    return Audit(
        manifest=manifest.fingerprint,
        split=split.fingerprint if split else None,
        limits=held_to,
        crops=len(manifest),
        datasets=manifest.datasets,
        findings=tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))),
        corrections=tuple(suggest_corrections(manifest, suspects)),
    )


def open_split(path: Path, manifest: Manifest) -> Split:
    """Reads a split that may leak, which `Split.read` would refuse: to find that is the audit's.

    Raises:
        DataError: It is missing, damaged, of another manifest, leaves somebody out, or gives a
            role that there is not.
    """
    split = Split.parse(path)
    split.check_roles(manifest, str(path))
    return split


def suggest_corrections(manifest: Manifest, suspects: Suspects | str) -> list[Correction]:
    """Drops for one picture with two labels, then the other label for likely label errors.

    All labels of people whose open and closed look swapped come before single ones. Labels of
    people whom the classifier cannot judge are left alone.
    """
    table = manifest.table
    conflicting = table.groupby("content_hash")["label"].transform("nunique") > 1
    found = [
        _correct(table, int(row), "drop", None, "the same picture also has the other label")
        for row in conflicting.to_numpy().nonzero()[0]
    ]
    if isinstance(suspects, str):
        return found
    swapped = [int(row) for rows in suspects.swapped.values() for row in rows]
    single = [int(row) for row in suspects.rows[suspects.judged]]
    reasons = dict.fromkeys(swapped, REASON) | dict.fromkeys(single, "likely label error")
    for row, reason in reasons.items():
        if not conflicting.iloc[row]:
            closed = float(suspects.p_closed[row])
            score = closed if table["label"].iloc[row] == 1 else 1 - closed
            found.append(_correct(table, row, "relabel", score, reason))
    return found


def _correct(
    table: pd.DataFrame,
    row: int,
    action: Literal["relabel", "drop"],
    score: float | None,
    reason: str,
) -> Correction:
    crop = table.iloc[row]
    given = None if pd.isna(crop["label"]) else int(crop["label"])
    return Correction(
        id=str(crop["id"]),
        given=given,
        suggested=1 - given if action == "relabel" and given is not None else None,
        action=action,
        score=score,
        reason=reason,
        dataset=str(crop["dataset"]),
        subject=None if pd.isna(crop["subject"]) else str(crop["subject"]),
        row=row,
    )
