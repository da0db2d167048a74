"""One process of the fuzzing: makes mutants by their seeds and sees how each ends.

`python -m tests.runtime.fuzz.worker FIRST COUNT` prints the number of each mutant before it
is loaded, so that whoever reads along knows which one ended the process, and a summary at the end.
"""

import copy
import faulthandler
import hashlib
import json
import random
import sys
import tempfile
import traceback
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime as ort

from blink.contract import BundleError
from blink.runtime import Detector
from blink.runtime.bundle import CARD, FILE
from blink.runtime.entries import MODEL
from tests import crafted
from tests.runtime.fuzz import drift, planted, wire, words

SECONDS: Final = 60
"""A mutant that takes longer hangs; a loaded bundle takes some thousandths."""

TOLERANCE: Final = {"fp32": 1e-4, "fp16": 1e-4, "int8": 0.01}
_MEMORY: Final = 8 << 30


@dataclass
class Mutant:
    """A changed bundle: what was done, to which precision, and whether it has to be refused."""

    done: list[str]
    precision: str
    must: bool
    graph: bytes
    content: crafted.Content
    text: str | None = None


class Maker:
    """Makes mutants of the crafted bundle; one seed, one mutant."""

    def __init__(self) -> None:
        self.graphs = {f: crafted.model(f).SerializeToString() for f in crafted.FILES}
        self.contents = {}
        for precision, graph in self.graphs.items():
            files = {CARD: crafted.CARD_TEXT, MODEL: graph}
            self.contents[precision] = crafted.entries({precision: graph}) | {
                "precision": precision,
                "precisions": {precision: MODEL},
                "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
            }

    def make(self, seed: int) -> Mutant:
        """The mutant of a seed; never the bundle as it was."""
        rng = random.Random(seed)
        precision = rng.choice(list(self.graphs))
        mutant = Mutant([], precision, False, self.graphs[precision], {})
        while not self._is_other(mutant):
            mutant = Mutant([], precision, False, self.graphs[precision], {})
            mutant.content = copy.deepcopy(self.contents[precision])
            kind = rng.random()
            if kind < 0.72:
                self._change_graph(mutant, rng)
            elif kind < 0.86:
                self._change_bytes(mutant, rng)
            else:
                self._change_words(mutant, rng)
        return mutant

    def _is_other(self, mutant: Mutant) -> bool:
        same = mutant.graph == self.graphs[mutant.precision]
        return bool(mutant.done) and not (
            same and mutant.text is None and mutant.content == self.contents[mutant.precision]
        )

    def _change_graph(self, mutant: Mutant, rng: random.Random) -> None:
        model = onnx.load_from_string(mutant.graph)
        steps: list[Any] = [rng.choice(drift.DRIFTS) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
        if not steps or rng.random() < 0.4:
            steps = [*steps[:1], rng.choice(planted.PLANTS)]
            mutant.must = True
        try:
            for step in steps:
                mutant.done.append(step.__name__)
                step(model, rng)
            mutant.graph = model.SerializeToString()
        except Exception:  # whatever `onnx` makes of it: the first change left nothing to change
            mutant.done = []

    def _change_bytes(self, mutant: Mutant, rng: random.Random) -> None:
        mutant.must = rng.random() < 0.4
        step = rng.choice(wire.MUST if mutant.must else wire.MAY)
        data = bytearray(mutant.graph)
        step(data, rng)
        mutant.graph, mutant.done = bytes(data), [step.__name__]

    def _change_words(self, mutant: Mutant, rng: random.Random) -> None:
        choice = rng.random()
        if choice < 0.15:
            mutant.text, mutant.done = "", ["text"]
            return
        mutant.must = choice < 0.5
        step = rng.choice(words.MUST if mutant.must else words.MAY)
        step(mutant.content, rng)
        mutant.done = [step.__name__]


def end(folder: Path, answers: Any, tolerance: float) -> str:
    """How a bundle ends: `refused` or `as before`; anything else is a fault."""
    try:
        detector = Detector.load(folder)
        detector.verify()
    except BundleError as error:
        return "refused by " + _refuser(str(error))
    difference = np.abs(detector.run(crafted.golden()) - answers).max()
    return "as before" if difference <= 2 * tolerance else f"accepted, {difference} off"


def _refuser(message: str) -> str:
    if "ONNX Runtime" in message and "golden" not in message:
        return "ONNX Runtime"
    return "golden answers" if "golden answers on this" in message else "us"


def run(first: int, count: int, folder: Path, aloud: bool = True) -> dict[str, Any]:
    """Runs mutants.

    Args:
        first: The first one's seed.
        count: How many.
        folder: Where to write them, one after the other.
        aloud: Whether each seed is printed before it is loaded.

    Returns:
        `ends`, how many ended how; `faults`, what must not be; `done`, how often each change.
    """
    maker = Maker()
    ends: Counter[str] = Counter()
    done: Counter[str] = Counter()
    faults = []
    for seed in range(first, first + count):
        if aloud:
            sys.stdout.write(f"{seed}\n")
            sys.stdout.flush()
        mutant = maker.make(seed)
        answers = maker.contents[mutant.precision]["golden"]["p_closed"][mutant.precision]
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        try:
            prepare(folder, maker, mutant, seed)
            found = end(folder, answers, TOLERANCE[mutant.precision])
        except Exception:
            found = "not a BundleError: " + traceback.format_exc(limit=-4)
        faulthandler.cancel_dump_traceback_later()
        ends[found.split(":")[0].split(",")[0]] += 1
        done.update(mutant.done)
        wrong = not found.startswith(("refused", "as before"))
        if wrong or (mutant.must and not found.startswith("refused")):
            faults.append({"seed": seed, "done": mutant.done, "must": mutant.must, "end": found})
    return {"ends": dict(ends), "done": dict(done), "faults": faults}


def prepare(folder: Path, maker: Maker, mutant: Mutant, seed: int) -> None:
    """The mutant alone lies in the folder, its hashes right but for what was done to them."""
    for path in folder.iterdir():
        path.unlink()
    (folder / CARD).write_bytes(crafted.CARD_TEXT)
    (folder / MODEL).write_bytes(mutant.graph)
    if mutant.graph != maker.graphs[mutant.precision]:
        mutant.content["files"][MODEL] = hashlib.sha256(mutant.graph).hexdigest()
    crafted.seal(folder, mutant.content)
    if mutant.text is not None:
        text = words.text((folder / FILE).read_text(), random.Random(seed))
        (folder / FILE).write_bytes(text.encode(errors="surrogatepass"))


def main() -> None:
    """Runs a stretch of seeds in a process that may not take all of the memory."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    faulthandler.enable()
    ort.set_default_logger_severity(4)
    with tempfile.TemporaryDirectory(prefix="blink-fuzz-") as folder:
        found = run(int(sys.argv[1]), int(sys.argv[2]), Path(folder))
        sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
