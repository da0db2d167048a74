"""What the documents say can be typed: each `blink` command is there, with the options it uses."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.main import get_command

from blink.cli.app import VERBS, app
from blink.cli.data import VERBS as DATA_VERBS
from blink.data.images import encode_png
from blink.data.importers.importing import Importer
from tests.data.drawing import eye

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGE = (ROOT / "docs" / "data.md").read_text("utf-8")
DOCUMENTS = sorted([ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("experiments/*/*.md")])


def commands(text: str) -> list[str]:
    """The `blink` commands in the shell blocks of a document."""
    lines = [
        line
        for language, block in BLOCK.findall(text)
        if language == "sh"
        for line in block.replace("\\\n", " ").splitlines()
    ]
    return [line for line in lines if line.startswith("blink ")]


COMMANDS = sorted({c for path in DOCUMENTS for c in commands(path.read_text("utf-8"))})


def parsed(words: list[str]) -> dict[str, Any]:
    """What the command that the words name was given; nothing is run.

    Raises:
        typer.TyperException: There is no such command, or it has no such option.
    """
    command: Any = get_command(app)
    context = command.make_context("blink", list(words))
    while hasattr(command, "resolve_command"):
        name, command, words = command.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        context = command.make_context(name, list(words), parent=context)
    given: dict[str, Any] = context.params
    return given


@pytest.mark.parametrize("command", COMMANDS)
def test_command_of_the_page_is_there_when_it_is_typed(command: str) -> None:
    assert parsed(shlex.split(command, comments=True)[1:])


@pytest.mark.parametrize("words", [["data", "paint", "a"], ["data", "card", "a", "--colour"]])
def test_parsed_refuses_when_a_command_or_an_option_is_not_there(words: list[str]) -> None:
    with pytest.raises(typer.TyperException):
        parsed(words)


def test_documents_show_every_verb_when_they_are_read() -> None:
    words = [shlex.split(command, comments=True) for command in COMMANDS]

    assert set(DATA_VERBS) <= {word[2] for word in words if word[1] == "data"}
    assert set(VERBS) - {"data"} <= {word[1] for word in words}


def test_source_of_the_page_is_imported_when_its_module_is_written(tmp_path: Path) -> None:
    (source,) = (block for language, block in BLOCK.findall(PAGE) if language == "python")
    module: dict[str, Any] = {"__name__": "lab"}
    exec(compile(source, "lab.py", "exec"), module)  # noqa: S102 - our own page
    (tmp_path / "lab" / "p07").mkdir(parents=True)
    for number, state in enumerate("cox"):
        picture = encode_png(eye(number, state == "c"))
        (tmp_path / "lab" / "p07" / f"{number:04d}_{state}.png").write_bytes(picture)

    importer: Importer = module["LabEyes"](tmp_path / "lab", spectrum="rgb")
    table = importer.write(tmp_path / "out").table

    assert list(table["label"]) == [1, 0]
    assert set(table["subject"]) == {"p07"}
    assert set(table["spectrum"]) == {"rgb"}
    assert "neither in _c nor in _o" in (tmp_path / "out" / "skipped.csv").read_text()
