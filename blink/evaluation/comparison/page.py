from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path

from markupsafe import Markup

from blink import pages
from blink.contract.wording import plural
from blink.evaluation import wording
from blink.evaluation.comparison import words
from blink.evaluation.comparison.by_cpu import line_up_cpus
from blink.evaluation.comparison.comparing import Comparison, TestSetComparison
from blink.evaluation.comparison.disagreement_pictures import (
    Places,
    collect_pictures,
    find_manifest,
)
from blink.evaluation.comparison.results import Pair
from blink.evaluation.comparison.tables import (
    cpus_table,
    groups_table,
    matrix_table,
    pairs_table,
    standings_table,
    transfers_table,
)
from blink.evaluation.comparison.trade_off import (
    TradeOff,
    draw_trade_off,
    trade_latency,
    trade_size,
)
from blink.pages import Picture, Table

MOST_IN_MATRIX = 12
"""Of more models than this no matrix is drawn: nobody reads it."""

MOST_PAIRS = 12
"""More pairs than this are folded, but for those with the baseline and the best."""


@dataclass(frozen=True)
class Section:
    """A test set and what its part of the page shows.

    Attributes:
        test: What was found.
        headline: In half a line.
        verdict: In sentences.
        behind: Whose crops these are, in a sentence.
        standings: Everybody.
        charts: Quality against what it costs.
        cpus: Everybody on each CPU; None where there are not two of them.
        unread: Latencies beside bundles that could not be read, a sentence each.
        pairs: The pairs that stand open.
        others: The rest, folded; None where there is none.
        matrix: Everybody against everybody; None where that would be too much.
        groups: A table for each attribute.
        pictures: Of what the first alone and the second alone gets wrong; None without a manifest.
    """

    test: TestSetComparison
    headline: str
    verdict: Sequence[str]
    behind: str
    standings: Table
    charts: Sequence[Markup]
    cpus: Table | None
    unread: Sequence[str]
    pairs: Table | None
    others: Table | None
    matrix: Table | None
    groups: Sequence[Table]
    pictures: tuple[Sequence[Picture], Sequence[Picture]] | None


def write_comparison(path: Path, comparison: Comparison, places: Places) -> None:
    """Writes one HTML page that needs nothing but itself.

    Raises:
        DataError: A data set that was named is missing or damaged.
        StorageError: The disk is full.
    """
    pages.write_page(path, render_comparison(comparison, places))


def render_comparison(comparison: Comparison, places: Places) -> str:
    """The page's text. The same comparison gives the same page."""
    return pages.render(
        "blink.evaluation.comparison",
        "comparison.html.j2",
        {"probability": wording.probability, "count": wording.count, "plural": plural},
        comparison=comparison,
        sections=[_compose(test, places) for test in comparison.test_sets],
        transfers=transfers_table(comparison.transfers) if comparison.transfers else None,
    )


def _compose(test: TestSetComparison, places: Places) -> Section:
    open_pairs, others = _sort_pairs(test)
    manifest = find_manifest(test.inputs, places) if test.disagreement else None
    by_cpu = line_up_cpus(test.inputs.models)
    return Section(
        test=test,
        headline=words.tell_headline(test),
        verdict=words.tell_verdict(test),
        behind=_tell_behind(test),
        standings=standings_table(test),
        charts=[
            _draw(trade, test)
            for trade in (trade_latency(test.standings), trade_size(test.standings))
        ],
        cpus=cpus_table(test, by_cpu) if len(by_cpu.cpus) > 1 else None,
        unread=by_cpu.remarks,
        pairs=pairs_table(open_pairs) if open_pairs else None,
        others=pairs_table(others) if others else None,
        matrix=matrix_table(test) if 2 < len(test.compared) <= MOST_IN_MATRIX else None,
        groups=[
            groups_table(test, list(groups))
            for _, groups in groupby(test.groups, attrgetter("attribute"))
        ],
        pictures=collect_pictures(test.disagreement, manifest)
        if test.disagreement and manifest
        else None,
    )


def _draw(trade: TradeOff, test: TestSetComparison) -> Markup:
    if not trade.points:
        return Markup('<p class="empty">{}</p>').format(trade.remark)
    return draw_trade_off(trade, test.baseline.title)


def _sort_pairs(test: TestSetComparison) -> tuple[list[Pair], list[Pair]]:
    """Those to be read, seen from whoever is better, and those to be folded."""
    turned = [_from_the_better(pair) for pair in test.pairs.all]
    if len(turned) <= MOST_PAIRS:
        return turned, []
    central = {one.title for one in (test.baseline, test.best) if one}
    opened = [pair for pair in turned if central & {pair.first, pair.second}]
    return opened, [pair for pair in turned if pair not in opened]


def _from_the_better(pair: Pair) -> Pair:
    value = pair.gain.difference.value
    return pair.turned() if value is not None and value < 0 else pair


def _tell_behind(test: TestSetComparison) -> str:
    inputs = test.inputs
    sample = inputs.sample
    crops = plural(len(sample.closed), "crop", "crops")
    told = f"{crops} of {wording.owners(sample.known, sample.unknown)}."
    if inputs.unlabelled:
        told += f" {wording.count(inputs.unlabelled)} more without a label do not count."
    return f"{told} {wording.sentence(inputs.protocol)}"
