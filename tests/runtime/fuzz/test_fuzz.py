import random
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from tests import crafted
from tests.runtime.fuzz import planted, wire, words
from tests.runtime.fuzz.campaign import run_campaign, told
from tests.runtime.fuzz.worker import Maker, Mutant, end, prepare, run

FEW, MANY = 300, 100_000


def test_loader_ends_in_an_answer_when_a_bundle_is_mutated(tmp_path: Path) -> None:
    with np.errstate(all="ignore"):
        found = run(1_000_000, FEW, tmp_path, aloud=False)

    assert found["faults"] == []
    assert sum(found["ends"].values()) == FEW
    assert found["ends"]["refused by us"] > FEW / 2
    assert found["ends"]["refused by golden answers"] > 0
    assert found["ends"]["as before"] > 0


@pytest.mark.long
def test_loader_ends_in_an_answer_when_100_000_bundles_are_mutated() -> None:
    outcome = run_campaign(0, MANY)

    assert outcome.faults == [], told(outcome)
    assert outcome.cases == MANY
    planned = {one.__name__ for one in (*planted.PLANTS, *wire.MUST, *words.MUST)}
    assert planned <= outcome.done.keys()
    assert min(outcome.done[name] for name in planned) > 100


@pytest.mark.parametrize("precision", crafted.FILES)
def test_maker_starts_from_a_bundle_that_runs_when_nothing_is_changed(
    tmp_path: Path, precision: str
) -> None:
    maker = Maker()
    graph, content = maker.graphs[precision], maker.contents[precision]
    prepare(tmp_path, maker, Mutant([], precision, False, graph, content), 0)

    assert end(tmp_path, content["golden"]["p_closed"][precision], 1e-6) == "as before"


@pytest.mark.parametrize("plant", planted.PLANTS)
@pytest.mark.parametrize("seed", range(3))
def test_loader_refuses_itself_when_something_forbidden_is_planted(
    tmp_path: Path, plant: planted.Plant, seed: int
) -> None:
    maker = Maker()
    model = onnx.load_from_string(maker.graphs["fp32"])
    plant(model, random.Random(seed))
    mutant = Mutant([], "fp32", True, model.SerializeToString(), maker.contents["fp32"])
    prepare(tmp_path, maker, mutant, 0)

    assert end(tmp_path, 0, 1) == "refused by us"


def test_maker_makes_the_same_mutant_when_the_seed_is_the_same() -> None:
    first, second = Maker().make(42), Maker().make(42)

    assert first == second
    assert Maker().make(43) != first


WORKER = """
import sys, os, json
for seed in range(int(sys.argv[1]), int(sys.argv[1]) + int(sys.argv[2])):
    print(seed, flush=True)
    if seed == 3:
        os.abort()
print(json.dumps({"ends": {"fine": int(sys.argv[2])}, "done": {}, "faults": []}))
"""


def test_campaign_names_the_seed_and_goes_on_when_a_mutant_ends_its_process(
    tmp_path: Path,
) -> None:
    script = tmp_path / "worker.py"
    script.write_text(WORKER)

    outcome = run_campaign(0, 6, [sys.executable, str(script)])

    assert outcome.ends == {"fine": 5, "killed": 1}
    assert [fault["seed"] for fault in outcome.faults] == [3]
    assert "python -m tests.runtime.fuzz.worker 3 1" in told(outcome)
