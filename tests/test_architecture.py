"""The rules of docs/design.md that a machine can check, read off the source itself."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "blink"

ORDER = (
    ("early",),
    ("contract",),
    ("runtime",),
    ("torchvision_mend",),
    ("latency", "pages", "runs", "target"),
    ("data", "heuristics", "models"),
    ("synthesis", "training"),
    ("export",),
    ("evaluation",),
    ("entry",),
    ("sweep", "dashboard"),
    ("cli",),
)
"""Rooms from the ground up; those of one floor do not know each other."""

FLOOR = {room: floor for floor, rooms in enumerate(ORDER) for room in rooms}
FOREIGN = {
    "contract": {"numpy"},
    "runtime": {"numpy", "onnxruntime", "cv2", "cryptography"},  # the last where keys are trusted
}
"""All that these rooms may import from outside of Blink and the standard library."""

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "misc", "common"}
NOT_OURS = {"data", "cache", "runs", "build", "dist", "wandb", "__pycache__", "blink.egg-info"}
READABLE = {"", ".py", ".md", ".toml", ".yaml", ".json", ".j2", ".css", ".js", ".csv", ".ipynb"}


def modules(folder: Path = PACKAGE) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def room_of(module: Path) -> str:
    """The room a file stands in: its folder below blink/, or its own name."""
    return module.relative_to(PACKAGE).with_suffix("").parts[0]


def imports(source: str) -> Iterator[str]:
    """Full names of everything that is imported, within functions too: `a.b` and, of `a`, `a.b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def faults(room: str, source: str) -> list[str]:
    """What a module of this room imports although it stands on the same floor or above."""
    others = {name.split(".")[1] for name in imports(source) if name.startswith("blink.")}
    return sorted(o for o in others - {room} if FLOOR.get(o, len(ORDER)) >= FLOOR[room])


def outside(source: str) -> set[str]:
    """Packages that are neither Blink's own nor the standard library's."""
    packages = {name.split(".")[0] for name in imports(source)}
    return packages - {"blink"} - sys.stdlib_module_names


def our_files() -> Iterator[Path]:
    """Every text file of the project, as git would see it in a fresh clone."""
    for path in sorted(ROOT.iterdir()):
        hidden = path.name.startswith(".") and path.name not in {".ci", ".gitignore"}
        if hidden and path.name != ".pre-commit-config.yaml":
            continue
        if path.name not in NOT_OURS:
            files = path.rglob("*") if path.is_dir() else [path]
            yield from (f for f in files if f.is_file() and f.suffix in READABLE)


def test_rooms_are_known_when_they_stand_in_the_package() -> None:
    unknown = {room_of(m) for m in modules()} - FLOOR.keys() - {"__init__", "__main__"}

    assert not unknown, f"say in ORDER and in docs/design.md where {sorted(unknown)} stand"


@pytest.mark.parametrize(
    ("room", "source", "expected"),
    [
        ("data", "from blink.contract import Crop", []),
        ("data", "from blink import contract", []),
        ("data", "from blink.data.images import decode", []),
        ("data", "from blink.models import EyeNet", ["models"]),
        ("data", "from blink import evaluation", ["evaluation"]),
        ("runtime", "def late():\n    import blink.export.bundle", ["export"]),
        ("contract", "import blink.attic", ["attic"]),
    ],
)
def test_faults_finds_imports_from_above_when_they_are_written_in_any_way(
    room: str, source: str, expected: list[str]
) -> None:
    assert faults(room, source) == expected


@pytest.mark.parametrize("room", sorted(FLOOR))
def test_room_imports_only_rooms_below_when_read_from_source(room: str) -> None:
    found = {
        str(module.relative_to(ROOT)): wrong
        for module in modules()
        if room_of(module) == room
        if (wrong := faults(room, module.read_text(encoding="utf-8")))
    }

    assert found == {}


@pytest.mark.parametrize("room", sorted(FOREIGN))
def test_base_room_imports_only_what_ships_when_read_from_source(room: str) -> None:
    used = set().union(
        *(outside(module.read_text(encoding="utf-8")) for module in modules(PACKAGE / room))
    )

    assert "numpy" in used
    assert used <= FOREIGN[room]


def test_evaluation_knows_no_model_when_read_from_source() -> None:
    sources = [module.read_text(encoding="utf-8") for module in modules(PACKAGE / "evaluation")]
    rooms = {name.split(".")[1] for s in sources for name in imports(s) if name[:6] == "blink."}

    assert "contract" in rooms
    assert not rooms & {"models", "heuristics", "training"}
    assert not set().union(*map(outside, sources)) & {"torch", "lightning", "torchvision"}


def test_models_are_plain_torch_when_read_from_source() -> None:
    used = set().union(
        *(outside(m.read_text(encoding="utf-8")) for m in modules(PACKAGE / "models"))
    )

    assert "torch" in used
    assert not used & {"lightning", "hydra", "omegaconf", "wandb"}


def test_files_have_at_most_300_lines_when_they_are_python_and_not_copied_alone() -> None:
    ours = [f for f in our_files() if f.suffix == ".py"]
    lengths = {
        str(f.relative_to(ROOT)): len(f.read_text(encoding="utf-8").splitlines()) for f in ours
    }

    assert lengths["tests/test_architecture.py"] > 100
    assert {name: n for name, n in lengths.items() if n > 300} == {
        # One file that is copied to the target: it cannot import the rest of itself.
        "export/benchmark.py": lengths["export/benchmark.py"]
    }


def test_types_are_checked_when_a_file_is_python() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    checked = [ROOT / name for name in settings["tool"]["mypy"]["files"]]
    ours = [f for f in our_files() if f.suffix == ".py"]

    assert [f for f in ours if not {f, *f.parents} & {*checked}] == []


def test_train_reads_top_to_bottom_when_it_has_under_80_lines() -> None:
    assert len((ROOT / "train.py").read_text(encoding="utf-8").splitlines()) < 80


def test_files_are_named_for_an_idea_when_they_are_ours() -> None:
    names = {part for f in our_files() for part in f.relative_to(ROOT).with_suffix("").parts}

    assert "test_architecture" in names
    assert not names & EMPTY_NAMES


def test_place_of_archives_stands_in_the_makefile_alone_when_all_files_are_read() -> None:
    place = "/".join(("..", "shared"))

    found = [str(f.relative_to(ROOT)) for f in our_files() if place in f.read_text("utf-8")]

    assert found == ["Makefile"]
