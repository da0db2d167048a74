"""The numbers of a comparison's page as JSON."""

from typing import Any

from blink.evaluation.comparison import words
from blink.evaluation.comparison.by_cpu import ByCpu, line_up_cpus
from blink.evaluation.comparison.comparing import Comparison, TestSetComparison
from blink.evaluation.comparison.standings import Standing
from blink.evaluation.comparison.trade_off import trade_latency, trade_size


def describe_comparison(comparison: Comparison) -> dict[str, Any]:
    """What the page shows, JSON-ready; None is a number that cannot be had.

    Returns:
        `runs`, the baseline first; `tests`, each with its headline, verdict, contestants, pairs,
        groups (accuracies and gains in the order of `shown`), fronts and disagreements;
        `transfers`; `left_out`.
    """
    return {
        "runs": [str(one.given) for one in comparison.judged],
        "tests": [_describe_test(test) for test in comparison.test_sets],
        "transfers": [one.to_dict() for one in comparison.transfers],
        "left_out": list(comparison.left_out),
    }


def _describe_test(test: TestSetComparison) -> dict[str, Any]:
    inputs, apart = test.inputs, test.disagreement
    by_cpu = line_up_cpus(inputs.models)
    return {
        "name": inputs.name,
        "protocol": inputs.protocol,
        "n": len(inputs.crops),
        "people": inputs.sample.known,
        "unknown": inputs.sample.unknown,
        "baseline": test.baseline.title,
        "headline": words.tell_headline(test),
        "verdict": words.tell_verdict(test),
        "contestants": [_describe_standing(one, by_cpu) for one in test.standings],
        "looks": test.pairs.looks,
        "pairs": [pair.to_dict() | {"words": words.tell_pair(pair)} for pair in test.pairs.all],
        "shown": [one.title for one in test.shown],
        "groups": [group.to_dict() for group in test.groups],
        "fronts": {
            "latency": list(trade_latency(test.standings).front),
            "size": list(trade_size(test.standings).front),
        },
        "disagreement": apart
        and {
            "first": apart.first.title,
            "second": apart.second.title,
            "only_first_wrong": list(apart.first_wrong["id"]),
            "only_second_wrong": list(apart.second_wrong["id"]),
        },
    }


def _describe_standing(standing: Standing, by_cpu: ByCpu) -> dict[str, Any]:
    one = standing.model
    return {
        "title": one.title,
        "kind": one.kind,
        "precision": one.precision,
        "runs": list(one.runs),
        "seeds": one.seeds,
        "is_lead": one.is_lead,
        "parameters": one.parameters,
        "size_bytes": one.size_bytes,
        "p50_us": one.p50_us,
        "p99_us": one.p99_us,
        "cpus": list(one.cpus),
        "by_cpu": {cpu: times.to_dict() for cpu, times in by_cpu.times[one.title].items()},
        "metrics": {name: estimate.to_dict() for name, estimate in standing.metrics.items()},
    }
