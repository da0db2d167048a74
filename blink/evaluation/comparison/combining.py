"""The rows of runs become the models of one test set, each with a title of its own."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from blink.contract import DataError
from blink.evaluation.comparison.answers import Answers
from blink.evaluation.comparison.inputs import ComparedModel, ComparisonInput
from blink.evaluation.comparison.judged import JudgedRow, JudgedTest
from blink.evaluation.wording import sentence


@dataclass(frozen=True)
class EntryRules:
    """How the rows of runs become the models that are compared.

    Attributes:
        average_seeds: Whether runs of one configuration that differ in their seed are averaged.
        all_rows: Whether every row is compared with every other, not only what the runs are about.
    """

    average_seeds: bool = False
    all_rows: bool = False


def combine_runs(answers: Sequence[Answers], rules: EntryRules) -> ComparisonInput:
    """Lines up the rows of runs that judged the same crops.

    A row that answers as another run's of the same name, to the last bit, is shown once, unless
    runs are about it: heuristics fitted to the same people are such.

    Raises:
        DataError: Two runs to be averaged have the same seed.
    """
    entered = [
        (_to_model(one, row, is_lead=row.is_main or rules.all_rows or len(answers) == 1), one, row)
        for one in answers
        for row in one.test.rows
    ]
    if rules.average_seeds:
        models = _average(entered)
    else:
        models = _merge([model for model, _, _ in entered])
    main = next((n for n, (_, _, row) in enumerate(entered) if row.is_main), 0)
    baseline = next(c for c in models if _stems_from(c, entered[main][0]))
    ordered = [baseline, *(one for one in models if one is not baseline)]
    first = answers[0]
    return ComparisonInput(
        name=first.test.on,
        protocol=" ".join(_protocol([one.test for one in answers])),
        data=tuple(dict.fromkeys(one.test.data for one in answers)),
        crops=first.crops,
        unlabelled=first.unlabelled,
        models=tuple(_tell_apart(ordered)),
    )


def _protocol(tests: Sequence[JudgedTest]) -> list[str]:
    """Sentences: who was held out, as the first says it, and what others say of themselves."""
    told, *others = (re.split(r"(?<=[.])\s+", sentence(one.protocol)) for one in tests)
    own = dict.fromkeys(each for other in others for each in other[1:] if each not in told)
    return told + [each for each in own if not each.startswith("This test set ")]


def _to_model(answers: Answers, row: JudgedRow, *, is_lead: bool) -> ComparedModel:
    return ComparedModel(
        title=row.title,
        name=row.name,
        kind=row.kind,
        precision=row.precision,
        runs=(str(answers.judged.folder),),
        parameters=row.parameters,
        size_bytes=row.size_bytes,
        latencies=(row.latency,) if row.latency else (),
        is_lead=is_lead,
        p_closed=answers.p_closed[row.title][None],
        thresholds=np.array([row.evaluation.operating_point.threshold]),
    )


def _stems_from(model: ComparedModel, one: ComparedModel) -> bool:
    return model.title == one.title and one.runs[0] in model.runs


def _merge(models: Sequence[ComparedModel]) -> list[ComparedModel]:
    kept: list[ComparedModel] = []
    for one in models:
        twin = next((n for n, other in enumerate(kept) if _are_twins(one, other)), None)
        if twin is None:
            kept.append(one)
        else:
            kept[twin] = replace(kept[twin], runs=kept[twin].runs + one.runs)
    return kept


def _are_twins(one: ComparedModel, other: ComparedModel) -> bool:
    return (
        not one.is_lead
        and not other.is_lead
        and (one.title, one.kind, one.size_bytes) == (other.title, other.kind, other.size_bytes)
        and np.array_equal(one.thresholds, other.thresholds)
        and np.array_equal(one.p_closed, other.p_closed)
    )


def _average(entered: Sequence[tuple[ComparedModel, Answers, JudgedRow]]) -> list[ComparedModel]:
    groups: dict[object, list[tuple[ComparedModel, Answers]]] = defaultdict(list)
    for number, (model, answers, row) in enumerate(entered):
        known = answers.judged.configuration
        groups[(row.title, row.kind, known) if known else number].append((model, answers))
    return [_averaged(group) for group in groups.values()]


def _averaged(group: Sequence[tuple[ComparedModel, Answers]]) -> ComparedModel:
    seeds = Counter(answers.judged.seed for _, answers in group)
    seed, times = seeds.most_common(1)[0]
    if times > 1:
        twice = [str(answers.judged.given) for _, answers in group if answers.judged.seed == seed]
        raise DataError(
            f"{' and '.join(twice)} have the same configuration and the same seed ({seed}): they "
            "are no two seeds to be averaged. Name one of them."
        )
    models = [model for model, _ in group]
    measured = all(one.latencies for one in models)
    return replace(
        models[0],
        runs=tuple(run for one in models for run in one.runs),
        size_bytes=max(one.size_bytes for one in models),
        latencies=tuple(latency for one in models for latency in one.latencies) if measured else (),
        is_lead=any(one.is_lead for one in models),
        p_closed=np.concatenate([one.p_closed for one in models]),
        thresholds=np.concatenate([one.thresholds for one in models]),
    )


def _tell_apart(models: Sequence[ComparedModel]) -> list[ComparedModel]:
    """Gives those of one title the shortest end of their run's path that tells them apart."""
    titles = Counter(one.title for one in models)
    labels = _shortest_labels([one.runs[0] for one in models])
    return [
        replace(one, title=f"{one.title} ({labels[one.runs[0]]})") if titles[one.title] > 1 else one
        for one in models
    ]


def _shortest_labels(runs: Sequence[str]) -> dict[str, str]:
    distinct = list(dict.fromkeys(runs))
    for shorten in (_short_id, _folder_name):
        labels = {run: shorten(run) for run in distinct}
        if len(set(labels.values())) == len(distinct):
            return labels
    return {run: run for run in distinct}


def _short_id(run: str) -> str:
    return _folder_name(run).rpartition("-")[2]


def _folder_name(run: str) -> str:
    return Path(run).resolve().name
