"""What the documents say can be done: its targets, files, options and links are there."""

import ast
import re
import shlex
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from textwrap import dedent

import pytest
from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf import OmegaConf

ROOT = Path(__file__).parents[1]
CONF = ROOT / "conf"

FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
HTML = re.compile(r"<(?:img|a)\b[^>]*?\b(?:src|href)=\"([^\"]+)\"")
TARGET = re.compile(r"^([a-z][a-z-]*(?: [a-z][a-z-]*)*):(?!=)", re.MULTILINE)
MAKE = re.compile(r"\bmake ([a-z][a-z-]*)")
PROGRAMS = ("python ", "make ", ".venv/bin/python ")
"""What `blink` is asked for is checked in tests/cli/test_pages.py."""

UNTRACKED = {"data", "cache", "runs", "build", "dist", "wandb"}


def documents() -> list[Path]:
    """Every Markdown file of the project."""
    tops = [p for p in ROOT.iterdir() if not p.name.startswith(".") and p.name not in UNTRACKED]
    return sorted(f for p in tops for f in (p.rglob("*.md") if p.is_dir() else [p]) if is_md(f))


def is_md(path: Path) -> bool:
    return path.suffix == ".md"


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(text: str, *languages: str) -> list[str]:
    """Contents of the fenced blocks in one of these languages."""
    return [dedent(content) for language, content in FENCE.findall(text) if language in languages]


def commands(text: str) -> Iterator[str]:
    """Commands in shell blocks and spans, lines joined, prompts and remarks left out."""
    for block in blocks(text, "", "sh", "bash", "console"):
        for line in block.replace("\\\n", " ").splitlines():
            command = re.sub(r"^\$ |\s#.*$|^#.*$", "", line).strip()
            if command.startswith(PROGRAMS):
                yield command
    for span in SPAN.findall(FENCE.sub("", text)):
        if span.startswith(PROGRAMS):
            yield span


def code(text: str) -> Iterator[str]:
    """Everything that is set as code: spans and shell blocks."""
    yield from SPAN.findall(FENCE.sub("", text))
    yield from blocks(text, "", "sh", "bash", "console")


def targets() -> set[str]:
    """Targets of the Makefile."""
    found = TARGET.findall((ROOT / "Makefile").read_text())
    return {target for line in found for target in line.split()}


def faults(command: str) -> list[str]:
    """What a command names that is not there: make targets, files, modules, options of conf/."""
    program, *words = shlex.split(command)
    if program == "make":
        missing = [f"target {w}" for w in words if "=" not in w and w not in targets()]
        words = [inner for w in words if w.startswith("ARGS=") for inner in w[5:].split()]
        return missing + missing_options(words)
    if words[:1] == ["-m"]:
        missing = [f"module {w}" for w in words[1:2] if not is_program(w)]
    else:
        scripts = [w for w in words[:1] if w.endswith(".py")]
        missing = [f"file {script}" for script in scripts if not (ROOT / script).is_file()]
    return missing + missing_options(words)


def is_program(module: str) -> bool:
    """Whether `python -m` finds it: in the project, or installed."""
    place = ROOT / module.replace(".", "/")
    if place.with_suffix(".py").is_file() or (place / "__main__.py").is_file():
        return True
    top = module.partition(".")[0]
    return not (ROOT / top).is_dir() and find_spec(top) is not None


def missing_options(words: list[str]) -> list[str]:
    """Overrides `group=option` whose group is a folder of conf/ that has no such file.

    Options in capitals stand for whatever the reader chooses.
    """
    missing = []
    for word in words:
        group, _, options = word.lstrip("+~").partition("=")
        if not (group and options and (CONF / group).is_dir()):
            continue
        chosen = [option for option in options.split(",") if not option.isupper()]
        missing += [f"{group}={o}" for o in chosen if not (CONF / group / f"{o}.yaml").is_file()]
    return missing


def composition(command: str) -> tuple[str, list[str]]:
    """The config that a command composes, "" for none, and its overrides; of choices the first."""
    program, *words = shlex.split(command)
    if program == "make":
        words = ["train.py", *(o for w in words if w.startswith("ARGS=") for o in w[5:].split())]
    config = {("train.py",): "train", ("-m", "blink.sweep"): "sweep"}
    overrides = [word for word in words if "=" in word]
    if "-m" in words[1:]:
        overrides = [word.partition(",")[0] for word in overrides]
    return config.get(tuple(words[:1])) or config.get(tuple(words[:2]), ""), overrides


def uncomposed(command: str) -> str:
    """Why Hydra refuses a command that sets what lies within an option; "" where it does not."""
    config, overrides = composition(command)
    if not config or not any("." in word.partition("=")[0] for word in overrides):
        return ""
    try:
        compose(config, overrides)
    except HydraException as error:
        return str(error)
    return ""


def opening(path: Path) -> str:
    """The comment that a config opens with, in one line, Hydra's directives left out."""
    lines = []
    for line in path.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            break
        if not line.startswith("# @package"):
            lines.append(line.removeprefix("#").strip())
    return " ".join(lines).strip()


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("make test", []),
        ("make bliss", ["target bliss"]),
        ("make train ARGS='model=standard'", []),
        ("make train ARGS='model=bliss seed=1'", ["model=bliss"]),
        ("python train.py model=standard,bliss seed=0", ["model=bliss"]),
        ("python train.py experiment=NAME +debug=fast", []),
        ("python bliss.py", ["file bliss.py"]),
        ("python -m benchmarks.models pico", []),
        ("python -m blink.sweep sweep=tiny,bliss", ["sweep=bliss"]),
        ("python -m blink.bliss", ["module blink.bliss"]),
        ("python -m blink.contract", ["module blink.contract"]),
        ("python -m bliss", ["module bliss"]),
        ("python -m pytest -m long", []),
    ],
)
def test_faults_names_what_is_missing_when_a_command_is_read(
    command: str, expected: list[str]
) -> None:
    assert faults(command) == expected


def test_commands_are_found_when_a_block_has_prompts_and_remarks() -> None:
    text = "```bash\n$ make train  # all of it\n# python no.py\npython train.py \\\n  seed=1\n```\n"
    text += "Beside `seed` there is `make test`.\n"

    assert list(commands(text)) == ["make train", "python train.py    seed=1", "make test"]


@pytest.mark.parametrize("document", documents(), ids=name)
def test_commands_of_document_name_what_is_there_when_read(document: Path) -> None:
    text = document.read_text("utf-8")

    assert {c: wrong for c in commands(text) if (wrong := faults(c))} == {}
    assert {t for piece in code(text) for t in MAKE.findall(piece)} <= targets()


@pytest.mark.long  # each is composed, a fifth of a second
def test_settings_of_documents_are_there_when_a_command_changes_them() -> None:
    found = {c for document in documents() for c in commands(document.read_text("utf-8"))}

    with initialize_config_dir(str(CONF), version_base="1.3"):
        assert uncomposed("python train.py data.lauder.seed=1").startswith("Could not override")
        assert {c: wrong for c in sorted(found) if (wrong := uncomposed(c))} == {}


@pytest.mark.parametrize("document", documents(), ids=name)
def test_examples_of_document_can_be_parsed_when_they_are_shown(document: Path) -> None:
    text = document.read_text("utf-8")

    for block in blocks(text, "python", "py"):
        assert ast.parse(block).body
    for block in blocks(text, "yaml"):
        assert OmegaConf.create(block)


@pytest.mark.parametrize("document", documents(), ids=name)
def test_links_of_document_resolve_when_they_are_relative(document: Path) -> None:
    text = FENCE.sub("", document.read_text("utf-8"))
    found = {link.partition("#")[0] for link in LINK.findall(text) + HTML.findall(text)}
    ours = {link for link in found if link and not re.match(r"[a-z]+:", link)}

    assert {link for link in ours if not (document.parent / link).exists()} == set()


def test_readme_names_the_two_commands_when_a_stranger_opens_it() -> None:
    pieces = list(code((ROOT / "README.md").read_text("utf-8")))

    assert any("make train" in piece for piece in pieces)
    assert any("make test" in piece for piece in pieces)


def test_experiments_open_with_their_question_when_they_are_read() -> None:
    found = {path.name: opening(path) for path in sorted((CONF / "experiment").glob("*.yaml"))}

    assert found
    firsts = {name: re.split(r"(?<=[.?!])\s", text)[0] for name, text in found.items()}
    assert {name: first for name, first in firsts.items() if not first.endswith("?")} == {}


def test_lab_book_has_an_answer_when_it_has_a_folder() -> None:
    inside = (ROOT / "experiments").iterdir()
    folders = [path for path in inside if path.is_dir() and path.name != "__pycache__"]

    assert folders
    assert [f.name for f in folders if not (f / "README.md").is_file()] == []


def test_design_names_every_room_when_it_stands_in_the_package() -> None:
    rooms = {path.parent.name for path in (ROOT / "blink").glob("*/__init__.py")}
    text = (ROOT / "docs" / "design.md").read_text("utf-8")
    drawing = re.search(r"^    blink/\n((?: {6}.*\n)+)", text, re.MULTILINE)

    assert "runtime" in rooms
    assert drawing
    assert set(re.findall(r"^ {6}(\w+)/ ", drawing[1], re.MULTILINE)) == rooms
