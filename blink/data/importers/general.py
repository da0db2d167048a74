"""What importers of general formats share: whose data, whose eyes, which word means closed."""

import logging
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from blink.contract import CLOSED, OPEN, ConfigError, DataError
from blink.contract.attributes import VOCABULARY
from blink.data.importers.importing import Importer
from blink.data.manifest import Manifest, WriteExtraFiles
from blink.data.schema import DATASET

log = logging.getLogger(__name__)

_STATES = {"open": OPEN, "closed": CLOSED, "unsure": None}
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
"""Control characters, and bytes of a file name that are no UTF-8."""


@dataclass(frozen=True, kw_only=True)
class GeneralEyes(Importer):
    """Eyes in a format that says nothing of Blink's contracts; the user says what it leaves out.

    Raises:
        ConfigError: Nothing says whose eyes they are, or an option contradicts another.
        DataError: Nothing says whose eyes they are, and the source is missing or not safe to read.
    """

    people_in: ClassVar[str] = ""
    """The options by which the source itself names people, up to an `or `; for messages."""

    dataset: str = field(
        default="", metadata={"help": "Name of the data set; the source's own name if left out."}
    )
    licence: str = field(
        default="not stated", metadata={"help": "What the source allows, in a sentence."}
    )
    subject_from: str | None = field(
        default=None,
        metadata={
            "help": "Regular expression, searched in a picture's path, whose group (the one named "
            "`subject`, else the first) is the person. Required where the source names no person."
        },
    )
    no_subject: bool = field(
        default=False,
        metadata={
            "help": "Nobody knows whose eyes these are. The data set is marked so and may only "
            "train; `blink evaluate --judged all` judges on it, and says: people unknown."
        },
    )
    state: Mapping[str, str] = field(
        default_factory=dict,
        metadata={
            "help": "WORD=open, WORD=closed or WORD=unsure: what the source's own words mean. The "
            "words open, closed and unsure mean themselves; any other has to be named. Upper and "
            "lower case are the same."
        },
    )
    attribute: Mapping[str, str] = field(
        default_factory=dict,
        metadata={"help": "NAME=VALUE: an attribute that all crops share, such as spectrum=ir."},
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_people()
        _check_line("--dataset", self.name)
        if not re.fullmatch(DATASET, self.name):
            raise ConfigError(
                f"--dataset {self.name}: files are named after a data set, so its name holds no / "
                "or \\ and begins with no dot. Give it another one: --dataset NAME."
            )
        _check_line("--licence", self.licence)
        for name, value in self.attribute.items():
            try:
                check_attribute(name, value)
            except DataError as error:
                raise ConfigError(f"--attribute {error}.") from None
        self._labels  # noqa: B018 - a word that means two things is refused here and now
        if self.subject_from is not None:
            self._subject_pattern  # noqa: B018 - a broken expression is refused here and now

    @property
    def has_people(self) -> bool:
        """Whether the source itself says whose eyes they are."""
        return False

    @property
    def remedy(self) -> str:
        """What to do where too much of the source is bad: it is the user's own."""
        return "Mend what is bad or take it out; where a fault names an option, give that."

    @property
    def name(self) -> str:
        """Name of the data set."""
        if self.dataset:
            return self.dataset
        path = self.path.resolve() if self.path.name in ("", "..") else self.path
        is_archive = path.suffix == ".zip"  # or the folder that it was extracted to, of that name
        return (path.stem if is_archive or path.is_file() else path.name) or self.kind

    @property
    def options(self) -> dict[str, Any]:
        """All options but where the source lies; the name that it lends the data set is one."""
        return super().options | {"dataset": self.name}

    def write(self, folder: Path, finish: WriteExtraFiles | None = None) -> Manifest:
        """As that of every importer; warns of a `state` that nothing in the source is called."""
        manifest = super().write(folder, finish)
        for word, state in self.state.items():
            if word.strip().casefold() not in self._heard:
                log.warning(
                    "%s: --state %s=%s says what nothing here is called; is %r spelt as in the "
                    "source?",
                    *(self.name, word, state, word),
                )
        return manifest

    def person(self, source: str, given: str | None = None) -> str | None:
        """Whose eye it is.

        Args:
            source: Path or name of the picture.
            given: What the source itself says, where it does.

        Returns:
            None where people are unknown. Without blanks around it, and in Unicode's NFC: file
            systems and tables spell one and the same é in two ways, which would make two people of
            one.

        Raises:
            DataError: The expression finds nobody, or the source leaves the person out.
        """
        if self.no_subject:
            return None
        if self.subject_from is None:
            who, fault = given, "its person is left out"
        else:
            match = self._subject_pattern.search(source)
            who = match and match["subject" if "subject" in self._subject_pattern.groupindex else 1]
            fault = f"--subject-from {self.subject_from!r} finds no person in its path"
        who = (who or "").strip()
        if not who:
            raise DataError(fault)
        return unicodedata.normalize("NFC", who)

    def label(self, word: str) -> int | None:
        """1 closed, 0 open, None not known, from the source's own word.

        Raises:
            DataError: The word has no known meaning; no label is ever guessed.
        """
        word = word.strip()
        self._heard.add(word.casefold())
        try:
            return self._labels[word.casefold()]
        except KeyError:
            raise DataError(
                f"{word!r} is no known state of an eye; say what it means: --state {word}=open, "
                f"{word}=closed or {word}=unsure"
            ) from None

    def is_state(self, word: str) -> bool:
        """Whether the word says something about an eye."""
        return word.strip().casefold() in self._labels

    def columns(self, source: str, word: str, given: str | None = None) -> dict[str, Any]:
        """Columns of the manifest that follow from a picture's path, its label and its person.

        Raises:
            DataError: The person or the label is not known, or a name is no text.
        """
        check_text(source)
        check_text(given or "")
        return {
            **self.attribute,
            "subject": self.person(source, given),
            "label": self.label(word),
            "licence": self.licence,
        }

    @cached_property
    def _heard(self) -> set[str]:
        """The words of which `label` was asked."""
        return set()

    @cached_property
    def _labels(self) -> dict[str, int | None]:
        labels = dict(_STATES)
        for word, state in self.state.items():
            if state not in _STATES:
                raise ConfigError(f"{word}={state}: a state is one of {', '.join(_STATES)}.")
            key = word.strip().casefold()
            if labels.setdefault(key, _STATES[state]) != _STATES[state]:
                raise ConfigError(f"--state {word}={state}: {word!r} means something else already.")
        return labels

    @cached_property
    def _subject_pattern(self) -> re.Pattern[str]:
        expression = self.subject_from or ""
        try:
            pattern = re.compile(expression)
        except re.error as error:
            raise ConfigError(
                f"--subject-from {expression!r} is no regular expression ({error})."
            ) from None
        if not pattern.groups:
            raise ConfigError(
                f"--subject-from {expression!r} has no group: put the part of the path that names "
                r"the person in parentheses, as in '/(s\d+)_'."
            )
        return pattern

    def _check_people(self) -> None:
        if self.no_subject and (self.subject_from is not None or self.has_people):
            raise ConfigError("--no-subject contradicts the option that names people. Drop one.")
        if not (self.no_subject or self.subject_from is not None or self.has_people):
            with self.open():  # nobody is asked about a source that is missing
                pass
            raise ConfigError(
                f"{self.path}: whose eyes are they? Give {self.people_in}--subject-from REGEX, a "
                "part of each path that names the person. Where nobody knows, --no-subject takes "
                "them for training alone: crops of one person on both sides of a split make any "
                "figure a lie."
            )


def _check_line(option: str, text: str) -> None:
    """Refuses what cannot stand in each row of a manifest.

    Raises:
        ConfigError: Names the option.
    """
    if not text.strip():
        raise ConfigError(f"{option} is empty. Write a line of text, or leave it out.")
    try:
        check_text(text)
    except DataError as error:
        raise ConfigError(f"{option} {error}.") from None


def check_text(text: str) -> None:
    """Refuses what no table can show on one line.

    Raises:
        DataError: It holds control characters, or bytes of a file name that are no UTF-8.
    """
    if _NO_TEXT.search(text):
        raise DataError(f"{text!a} is no name: it holds control characters or is no UTF-8")


def check_attribute(name: str, value: str) -> None:
    """Refuses an attribute that a manifest does not know, and a value that it may not take.

    Raises:
        DataError: Names what is known.
    """
    if name not in VOCABULARY:
        raise DataError(f"{name}: there is no such attribute; known are {', '.join(VOCABULARY)}")
    check_text(value)
    known = VOCABULARY[name]
    if not value or (known and value not in known):
        raise DataError(f"{name}={value}: {name} is one of {', '.join(known or ('any text',))}")
