"""A pickle runs code when it is read: nothing that comes from somebody else is one."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = (*sorted((ROOT / "blink").rglob("*.py")), ROOT / "train.py", ROOT / "export/benchmark.py")
PIPES = {"blink/data/workers.py"}
"""Speak with processes that they started themselves, over pipes."""
SNAPSHOTS = {"blink/sweep/journal.py"}
"""Read back what only this user can have written: a file that others own or may write is left."""

PICKLERS = {"pickle", "_pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


def faults(source: str) -> Iterator[str]:
    """What reads a pickle, or might: imports, and loads that do not say that they do not."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names}
            yield from (f"import {name}" for name in sorted(names & PICKLERS))
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module.split(".")[0] in PICKLERS:
                yield f"from {node.module} import"
        elif isinstance(node, ast.Call):
            yield from _call(node)


def _call(node: ast.Call) -> Iterator[str]:
    name = ast.unparse(node.func)
    said = {word.arg: ast.unparse(word.value) for word in node.keywords}
    if name in ("torch.load", "torch.jit.load") and said.get("weights_only") != "True":
        yield f"{name} without weights_only=True"
    if name.endswith("load_from_checkpoint") and said.get("weights_only") != "True":
        yield f"{name} without weights_only=True"
    if said.get("allow_pickle", "False") != "False":
        yield f"{name} with allow_pickle"
    if name.rpartition(".")[2] in ("read_pickle", "to_pickle"):
        yield name
    if name.endswith("trainer.fit") and "ckpt_path" in said and said.get("weights_only") != "True":
        yield f"{name} without weights_only=True"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import pickle", ["import pickle"]),
        ("from joblib import load", ["from joblib import"]),
        ("torch.load(path)", ["torch.load without weights_only=True"]),
        ("torch.load(path, weights_only=False)", ["torch.load without weights_only=True"]),
        ("torch.load(path, weights_only=True)", []),
        ("np.load(path, allow_pickle=True)", ["np.load with allow_pickle"]),
        ("np.load(path)", []),
        ("pd.read_pickle(path)", ["pd.read_pickle"]),
        (
            "Net.load_from_checkpoint(path)",
            ["Net.load_from_checkpoint without weights_only=True"],
        ),
        (
            "trainer.fit(net, ckpt_path=path)",
            ["trainer.fit without weights_only=True"],
        ),
    ],
)
def test_faults_finds_pickles_when_they_are_read_in_any_way(
    source: str, expected: list[str]
) -> None:
    assert list(faults(source)) == expected


def test_nothing_reads_a_pickle_when_all_sources_are_searched() -> None:
    found = {
        str(path.relative_to(ROOT)): wrong
        for path in OURS
        if (wrong := list(faults(path.read_text(encoding="utf-8"))))
    }

    assert len(OURS) > 200
    assert found.keys() == PIPES | SNAPSHOTS
