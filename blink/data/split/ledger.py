"""How often a test set was looked at: a line for each look."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from blink.contract import DataError, StorageError, atomic_file
from blink.contract.record import Record


@dataclass(frozen=True, slots=True)
class Visitor(Record):
    """Who looks.

    Attributes:
        when: ISO 8601.
        run: Name of the run's folder, which is unlike any other's.
        name: What the run is called.
        command: What started it.
        commit: Of the code.
    """

    when: str
    run: str
    name: str
    command: str
    commit: str


@dataclass(frozen=True, slots=True)
class Look(Record):
    """One time that the answers on a test set were seen.

    Attributes:
        when: See `Visitor`.
        run: See `Visitor`.
        name: See `Visitor`.
        command: See `Visitor`.
        commit: See `Visitor`.
        test_set: Which part of the split was looked at: the name of its data set.
        split: Fingerprint of the split.
        bundles: Who was judged: name → hash of its files.
    """

    when: str
    run: str
    name: str
    command: str
    commit: str
    test_set: str
    split: str
    bundles: Mapping[str, str]

    def is_again(self, other: "Look") -> bool:
        """Whether both saw the same answers: a run that was resumed and judged once more.

        The very same bundles of one run on one test set tell nobody anything new. If a byte of a
        bundle differs, it is another look.
        """
        mine, others = (
            (look.run, look.test_set, look.split, dict(look.bundles)) for look in (self, other)
        )
        return mine == others


@dataclass(frozen=True)
class Ledger:
    """The looks at a test set, one line of JSON each, hash-chained.

    Every line holds the hash of itself and of the line before, so that a line that was changed, or
    taken from the middle, is noticed; the end can be cut by whoever owns the file. It is written
    whole under a lock: a killed process leaves no half line, and two processes lose none.

    Attributes:
        path: The file.
        subject: What is counted: fingerprint of a sealed split, or the name of a test set; stands
            in the first line.
        must_exist: Whether a missing file is a fault, as it is beside a sealed split; otherwise the
            first look makes it.
    """

    path: Path
    subject: str
    must_exist: bool = False

    def start(self, when: str, looks: Sequence[Look] = ()) -> None:
        """Writes the first line and the looks that are counted on, all at once.

        A ledger of the same subject without a look is gone on with: a start that was interrupted
        before anything was sealed can be made again.

        Args:
            when: ISO 8601.
            looks: Of an older ledger, oldest first.

        Raises:
            DataError: There is a ledger with looks already, or another's, or a damaged one.
            StorageError: The folder cannot be written.
        """
        with self._locked():
            if self.path.exists() and (there := self.looks()):
                raise DataError(
                    f"{self.path} is there already and holds {len(there)} looks: this test set is "
                    "being counted. Put the sealed split back that it belongs to."
                )
            lines = self._lines() if self.path.exists() else [self._first(when)]
            for look in looks:
                lines.append(_chained(look.to_dict(), lines[-1]["chain"]))
            self._write(lines)

    def record(self, look: Look) -> int:
        """Adds a look, unless it `is_again` one that stands there.

        Returns:
            How often the look's test set has been looked at, this look included.

        Raises:
            DataError: The ledger is missing though it must exist, was changed, or is another's.
            StorageError: The disk is full.
        """
        with self._locked():
            lines = self._lines() or [self._first(look.when)]
            looks = _looks(lines)
            if not any(look.is_again(older) for older in looks):
                looks.append(look)
                self._write([*lines, _chained(look.to_dict(), lines[-1]["chain"])])
        return sum(one.test_set == look.test_set for one in looks)

    def looks(self) -> list[Look]:
        """All looks, oldest first.

        Raises:
            DataError: See `record`.
        """
        return _looks(self._lines())

    def _first(self, when: str) -> dict[str, Any]:
        return _chained({"looks_at": self.subject, "since": when}, "")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = FileLock(self.path.with_name(f".{self.path.name}.lock"))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
        except OSError as error:
            raise StorageError(
                f"Could not write to {self.path.parent} ({error.strerror}), so looks at the test "
                "people cannot be counted. Name a folder that can be written."
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _write(self, lines: list[dict[str, Any]]) -> None:
        with atomic_file(self.path) as temporary:
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            temporary.write_text(text, encoding="utf-8", newline="\n")

    def _lines(self) -> list[dict[str, Any]]:
        """Every line, checked; none where there is no file and none must be."""
        try:
            text = self.path.read_text(encoding="utf-8")
            # Not by `splitlines`: a command may hold what else parts lines in Unicode.
            parts = text.removesuffix("\n").split("\n")
            lines: list[dict[str, Any]] = [json.loads(part) for part in parts]
            chains = ["", *(line["chain"] for line in lines)]
            whole = [line == _chained(line, c) for line, c in zip(lines, chains, strict=False)]
        except FileNotFoundError:
            if self.must_exist:
                raise DataError(
                    f"{self.path} is missing, but the split beside it is sealed: how often its "
                    "test people were looked at is not known any more. Put the ledger back; if it "
                    "is lost, make another split with other test people."
                ) from None
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise DataError(f"{self.path} is no ledger, or a damaged one ({error}).") from error
        if not lines or not all(whole):
            number = whole.index(False) + 1 if lines else 1
            raise DataError(
                f"{self.path} was changed: line {number} does not follow from the one before. A "
                "look was removed or altered. Put the original back."
            )
        if lines[0].get("looks_at") != self.subject:
            raise DataError(
                f"{self.path} counts looks at {lines[0].get('looks_at')}, not at {self.subject}: "
                "the split was changed after it was sealed, or the ledger is another's."
            )
        return lines


def _looks(lines: list[dict[str, Any]]) -> list[Look]:
    return [
        Look.from_dict({key: value for key, value in line.items() if key != "chain"})
        for line in lines[1:]
    ]


def _chained(line: Mapping[str, Any], before: str) -> dict[str, Any]:
    """The line with the hash of itself and of the chain before it."""
    content = {key: value for key, value in line.items() if key != "chain"}
    text = before + json.dumps(content, sort_keys=True)
    return content | {"chain": hashlib.sha256(text.encode()).hexdigest()[:16]}
