"""What a comparison found, in sentences."""

from blink.contract.wording import kilobytes, percent
from blink.evaluation import wording
from blink.evaluation.comparison.comparing import TestSetComparison
from blink.evaluation.comparison.inputs import ComparedModel
from blink.evaluation.comparison.results import Pair
from blink.evaluation.comparison.standings import Standing
from blink.evaluation.statistics import Estimate


def tell_headline(test: TestSetComparison) -> str:
    """The whole comparison in half a line."""
    if test.best is None or test.rival is None:
        return "Nothing to decide"
    pair = test.pairs.of(test.rival.title, test.baseline.title)
    return {
        "better": f"{pair.first} is better than the baseline",
        "worse": f"The baseline, {pair.second}, is the best{_among(test)}",
        "noise": "No difference to the baseline that is more than noise",
        "the same answers": "The same calls on every crop",
        "too few people to say": "Too few people to say which is better",
    }[pair.gain.call]


def tell_verdict(test: TestSetComparison) -> list[str]:
    """Which is best, whether that is more than noise, and what it costs."""
    best, baseline, rival = test.best, test.baseline, test.rival
    if best is None:
        return [f"Nobody has a balanced accuracy here: {baseline.accuracy.gap}."]
    is_baseline = best is baseline
    told = [
        f"{best.title}{', the baseline,' if is_baseline else ''} has the highest balanced "
        f"accuracy{_among(test)}: {percent(best.accuracy.value)} % "
        f"({wording.percent_interval(best.accuracy)})."
    ]
    if rival is None:
        return [*told, "There is nothing to compare it with."]
    told.append(tell_pair(test.pairs.of(rival.title, baseline.title)))
    told.append(_tell_price(best.model, (rival if is_baseline else baseline).model))
    heuristic = test.heuristic
    if heuristic is not None and heuristic not in (rival, baseline):
        told.append(_tell_heuristic(test, best, heuristic))
    return told


def _among(test: TestSetComparison) -> str:
    """Who is better may stand among those that were not compared in pairs."""
    are_all = len(test.standings) == len(test.compared)
    return "" if are_all else " of those compared in pairs"


def _tell_heuristic(test: TestSetComparison, best: Standing, heuristic: Standing) -> str:
    return f"Against the best heuristic: {tell_pair(test.pairs.of(best.title, heuristic.title))}"


def _tell_price(one: ComparedModel, other: ComparedModel) -> str:
    told = f"{one.title} takes {_price(one)}; {other.title} {_price(other)}."
    if one.cpus and other.cpus and one.cpus != other.cpus:
        return f"{told} Their latencies were measured on different CPUs and say nothing together."
    return told


def _price(one: ComparedModel) -> str:
    size = f"{kilobytes(one.size_bytes)} kB"
    if one.p50_us is None:
        return f"{size}, latency not measured"
    return f"{size} and {wording.microseconds(one.p50_us)} µs"


def tell_pair(pair: Pair) -> str:
    """Such as `A is 0.3 points better than B: noise (95 % −0.5 to +1.1).`, in one sentence."""
    gain, value = pair.gain, pair.gain.difference.value
    if gain.call == "the same answers":
        return f"{pair.first} and {pair.second} make the same calls on every crop."
    if value is None:
        return f"{pair.first} and {pair.second} cannot be compared: {gain.difference.gap}."
    told = f"{pair.first} is {tell_points(value)} {pair.second}"
    if gain.p is None and gain.call == "noise":
        return f"{told}: of each person they get as much right."
    if gain.p is None:
        return f"{told}, and nobody can say whether that is noise ({gain.difference.gap})."
    interval = tell_interval(gain.difference)
    if gain.call == "noise":
        return f"{told}: {_tell_noise(pair)} (95 % {interval})."
    return f"{told}: more than noise (95 % {interval}, p {wording.p_value(gain.p)})."


def tell_points(value: float) -> str:
    """0.0031 → `0.3 points better than`."""
    size = abs(100 * value)
    if not size:
        return "as good as"
    said = "less than 0.1" if size < 0.05 else f"{size:.1f}"
    return f"{said} points {'better' if value > 0 else 'worse'} than"


def tell_interval(estimate: Estimate) -> str:
    """`−0.5 to +1.1`, in points."""
    return f"{wording.points(estimate.low)} to {wording.points(estimate.high)}"


def _tell_noise(pair: Pair) -> str:
    low, high = pair.gain.difference.low or 0.0, pair.gain.difference.high or 0.0
    if low * high > 0:
        return f"noise, as so many pairs were looked at, p {wording.p_value(pair.gain.p)}"
    return "noise"
