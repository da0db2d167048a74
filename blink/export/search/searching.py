"""Candidates made, judged, measured, and one of them chosen."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray

from blink.export.exportable import Exportable
from blink.export.parity import Answers, Validation, mean_change, run_onnx, run_onnx_whole
from blink.export.search.candidate import Candidate, Learning, LeftOut, Recipe, Source
from blink.export.search.choice import Choice, RankedCandidate, choose
from blink.export.search.finish import finish
from blink.export.search.gate import GateResult
from blink.export.search.opencv import read_by_opencv
from blink.export.search.plan import Plan
from blink.export.search.sensitivity import LayerSensitivity, sensitivity
from blink.export.search.table import tell
from blink.latency import Benchmark, GraphLatency, measure_graphs
from blink.latency.slot import give_way
from blink.target import Target

_FEW: Final = 64
"""Crops on which latencies are measured and OpenCV is tried."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Material:
    """What a search is made on.

    Attributes:
        validation: Crops of validation people; they judge.
        calibration: Crops of training people, uint8 (N, C, H, W); None for no int8.
        learning: For quantisation-aware training; None for none.
    """

    validation: Validation
    calibration: NDArray[np.uint8] | None = None
    learning: Learning | None = None


@dataclass(frozen=True)
class Found:
    """What ships, and what is told of it.

    Attributes:
        chosen: The precision of the chosen candidate.
        graphs: Precision → ONNX file, the chosen one first.
        told: `export` of `bundle.json`: choice, reason, table, sensitivity, OpenCV.
    """

    chosen: str
    graphs: Mapping[str, bytes]
    told: dict[str, Any]


def search(
    exportable: Exportable,
    plan: Plan,
    material: Material,
    *,
    target: Target | None = None,
    benchmark: Benchmark | None = None,
) -> Found:
    """Makes a plan's candidates, and chooses the best of them for a target.

    Args:
        exportable: The intelligence; of a heuristic there is fp32 alone.
        plan: Which candidates, and by what they are chosen.
        material: What they are made of and judged on.
        target: Whose limits count; None for none.
        benchmark: Measures them on the CPU at hand; None where it is not at hand, so that size
            decides.

    Raises:
        ExportError: The net has nothing to quantise.
        BlinkError: The benchmark failed.
    """
    making = _Making(exportable, plan, material)
    making.make()
    candidates = making.candidates
    entries = _measure(list(candidates.values()), plan, material, benchmark)
    choice = choose(entries, None if target is None else target.environment, plan.margin)
    graphs = _ships(choice, candidates)
    fp32 = next(iter(candidates.values()))
    opencv = read_by_opencv(fp32.data, material.validation.crops[:_FEW], making.fp32[0][:_FEW])
    told = tell(entries, choice, making.left_out, _layers(plan, making), opencv)
    told["target"] = None if target is None else target.name
    if choice.quantised is None and any(one.precision == "int8" for one in candidates.values()):
        log.warning("No int8 of %s passes the gate, so none ships.", exportable.name)
    return Found(candidates[choice.chosen].precision, graphs, told)


class _Making:
    """Candidates in the making: each recipe may look at those before it."""

    def __init__(self, exportable: Exportable, plan: Plan, material: Material) -> None:
        self._plan, self._material = plan, material
        self._threshold = exportable.operating_point.threshold
        calibration = material.calibration
        self.source = Source(
            exportable=exportable,
            calibration=np.empty(0, np.uint8) if calibration is None else calibration,
            validation=material.validation,
            judge=self._judge,
            measure_layers=self._measure_layers,
            learning=material.learning,
        )
        self.candidates: dict[str, Candidate] = {}
        self.left_out: dict[str, str] = {}
        self.fp32: list[Answers] = []

    def make(self) -> None:
        """Makes all that the plan asks for and that this intelligence can have."""
        for recipe in self._recipes():
            give_way()
            found = recipe.make(self.source, self.candidates)
            if isinstance(found, LeftOut):
                self.left_out[recipe.name] = found.why
                continue
            model = finish(found, self._material.validation.crops)
            data: bytes = model.SerializeToString(deterministic=True)
            answers = run_onnx_whole(data, self._material.validation.crops)
            if not self.candidates:
                self.fp32 = answers
            changed = self._changed_by_kernels(recipe, data, answers[0])
            self.candidates[recipe.name] = Candidate(recipe, data, self._compare(answers), changed)

    def _recipes(self) -> Sequence[Recipe]:
        if self.source.exportable.kind == "heuristic":
            return self._plan.recipes[:1]
        can_round = self._material.calibration is not None
        return [one for one in self._plan.recipes if can_round or one.precision != "int8"]

    def _judge(self, data: bytes) -> GateResult:
        return self._compare(run_onnx_whole(data, self._material.validation.crops))

    def _compare(self, answers: list[Answers]) -> GateResult:
        moved = mean_change(self.fp32[1], answers[1]) if len(answers) > 1 else None
        gate = self._plan.gate
        validation, threshold = self._material.validation, self._threshold
        return gate.judge(self.fp32[0], answers[0], validation, threshold, moved)

    def _changed_by_kernels(self, recipe: Recipe, data: bytes, here: Answers) -> float:
        if recipe.precision != "int8":
            return 0.0
        if recipe.base is not None:  # the same kernels, which cannot be kept from being used
            return self.candidates[recipe.base].changed_by_kernels
        defined = run_onnx(data, self._material.validation.crops, is_fused=False)
        return float(np.mean((here >= self._threshold) != (defined >= self._threshold)))

    def _measure_layers(self, model: onnx.ModelProto) -> Sequence[LayerSensitivity]:
        return sensitivity(
            model, self.source.calibration, self._material.validation, self._threshold
        )


def _measure(
    candidates: Sequence[Candidate], plan: Plan, material: Material, benchmark: Benchmark | None
) -> list[RankedCandidate]:
    """Latencies of those that pass the gate, side by side; a single one needs no comparison."""
    passing = {one.name: one.data for one in candidates if one.judgement.passed}
    latencies: Mapping[str, GraphLatency] = {}
    if benchmark is not None and len(passing) > 1:
        crops = material.validation.crops[:_FEW]
        latencies = measure_graphs(benchmark, passing, crops)
    return [RankedCandidate(one, latencies.get(one.name)) for one in candidates]


def _ships(choice: Choice, candidates: Mapping[str, Candidate]) -> dict[str, bytes]:
    """Precision → file: the chosen one, fp32, and the best quantised one."""
    fp32 = next(iter(candidates))
    names = [choice.chosen, fp32, *([choice.quantised] if choice.quantised else [])]
    return {candidates[name].precision: candidates[name].data for name in names}


def _layers(plan: Plan, making: _Making) -> Sequence[LayerSensitivity]:
    source = making.source
    if not plan.lists_sensitivity or source.exportable.kind == "heuristic":
        return []
    return source.sensitivity if len(source.calibration) else []
