"""Who is in a data set and how often: classes, people, attributes, and what depends on what."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats.contingency import association

from blink.contract.attributes import VOCABULARY
from blink.contract.labels import NAMES
from blink.data.audit.finding import Finding, SmallTable
from blink.data.audit.label_errors import people_of
from blink.data.audit.limits import Limits
from blink.data.manifest import Manifest

DRAWS = 999
_MOST_ROWS = 12
_MOST_VALUES = 20  # an attribute of more is free text, not a group


def check_balance(manifest: Manifest, limits: Limits) -> list[Finding]:
    """Classes, people, missing attributes, and attributes from which a label follows."""
    table = manifest.table
    people = people_of(table)
    return [
        *_check_classes(table, limits),
        *_check_people(table, people, limits),
        *_check_one_class(table, people, limits),
        *_check_missing(table),
        *_check_dependence(table, people, limits),
    ]


def _check_classes(table: pd.DataFrame, limits: Limits) -> list[Finding]:
    counts = [int((table["label"] == label).sum()) for label in range(len(NAMES))]
    labelled = sum(counts)
    smaller = min(counts) / labelled if labelled else 0.0
    summary = f"{counts[0]:,} crops are open and {counts[1]:,} closed; {len(table) - labelled:,} "
    summary += "have no label."
    if smaller < limits.smaller_class:
        summary += (
            f" The smaller class makes {100 * smaller:.0f} % of the labelled crops, less than "
            f"{100 * limits.smaller_class:.0f} %."
        )
    return [
        Finding(
            name="class-balance",
            title="Classes",
            severity="warning" if smaller < limits.smaller_class else "note",
            summary=summary,
            numbers={
                "open": counts[0],
                "closed": counts[1],
                "unlabelled": len(table) - labelled,
                "smaller_share": smaller,
            },
        )
    ]


def _check_people(table: pd.DataFrame, people: pd.Series, limits: Limits) -> list[Finding]:
    known = table["subject"].notna()
    unknown = int((~known).sum())
    counts = people[known].value_counts()
    if counts.empty:
        summary = f"People unknown: of none of the {len(table):,} crops it is known whose eye it "
        summary += "is. They may train, but nobody can be tested on them."
        numbers = {"people": 0, "crops_of_unknown_people": unknown}
        return [Finding("people-balance", "People", "warning", summary, numbers)]
    largest = float(counts.iloc[0] / len(table))
    summary = (
        f"{len(counts):,} people have {counts.min():,} to {counts.max():,} crops each, half of "
        f"them {counts.median():,.0f} or fewer; the largest makes {100 * largest:.1f} % of the set."
    )
    if unknown:
        summary += f" People unknown for {unknown:,} crops, which may only train."
    closed = table["label"].groupby(people).mean()
    rows = tuple(
        (str(who), int(crops), None if pd.isna(share) else f"{100 * share:.0f} %")
        for who, crops in counts.head(_MOST_ROWS).items()
        for share in [closed[str(who)]]
    )
    return [
        Finding(
            name="people-balance",
            title="People",
            severity="warning" if unknown or largest > limits.largest_person else "note",
            summary=summary,
            numbers={
                "people": len(counts),
                "fewest": int(counts.min()),
                "median": float(counts.median()),
                "most": int(counts.max()),
                "largest_share": largest,
                "crops_of_unknown_people": unknown,
            },
            table=SmallTable(("people with most crops", "crops", "closed"), rows),
        )
    ]


def _check_one_class(table: pd.DataFrame, people: pd.Series, limits: Limits) -> list[Finding]:
    known = table["subject"].notna() & table["label"].notna()
    by_person = table.loc[known, "label"].groupby(people[known])
    closed, crops = by_person.mean().astype(float), by_person.size()
    single = closed.isin([0, 1])
    if not single.any():
        return []
    share = float(crops[single].sum() / crops.sum())
    counts = [int((closed == label).sum()) for label in range(len(NAMES))]
    largest = crops[single].sort_values(ascending=False, kind="stable").head(_MOST_ROWS)
    rows = tuple((str(w), int(n), NAMES[round(closed[str(w)])]) for w, n in largest.items())
    return [
        Finding(
            name="one-class-people",
            title="People with one class only",
            severity="warning" if share > limits.one_class_share else "note",
            summary=f"{int(single.sum()):,} of {len(crops):,} people have one class only "
            f"({counts[0]:,} only open, {counts[1]:,} only closed), with {100 * share:.0f} % of "
            "the labelled crops: a model can tell the state by the person.",
            numbers={
                "people": int(single.sum()),
                "of_people": len(crops),
                "only_open": counts[0],
                "only_closed": counts[1],
                "crops_share": share,
            },
            table=SmallTable(("the largest of them", "crops", "all"), rows),
        )
    ]


def _check_missing(table: pd.DataFrame) -> list[Finding]:
    shares = {name: float(table[name].isna().mean()) for name in (*VOCABULARY, "openness")}
    never = [name for name, share in shares.items() if share == 1]
    partly = sum(0 < share < 1 for share in shares.values())
    rows = tuple(
        (name.replace("_", " "), f"{100 * share:.0f} %", _values(table[name]))
        for name, share in shares.items()
        if share < 1
    )
    summary = f"Of {len(shares)} attributes {len(shares) - len(never) - partly} are known of every "
    summary += f"crop and {partly} of some; nothing is known of "
    summary += f"{', '.join(name.replace('_', ' ') for name in never)}."
    if not never:
        summary = summary.rpartition(";")[0] + "."
    return [
        Finding(
            name="missing-attributes",
            title="What is known",
            severity="note",
            summary=summary,
            numbers={"missing_share": shares},
            table=SmallTable(("attribute", "missing", "values"), rows) if rows else None,
        )
    ]


def _values(column: pd.Series) -> str:
    known = column.dropna()
    if known.dtype == "Float32":
        return f"{known.min():.2f} to {known.max():.2f}"
    shares = known.value_counts(normalize=True).head(6)
    return ", ".join(f"{value} {100 * share:.0f} %" for value, share in shares.items())


@dataclass(frozen=True)
class Dependence:
    """How far a label follows from an attribute.

    Attributes:
        attribute: Which.
        strength: Cramér's V: 0 not at all, 1 wholly.
        p_value: Chance of as much where attribute and label are dealt to people independently.
        closed: Share of closed eyes by value.
    """

    attribute: str
    strength: float
    p_value: float
    closed: dict[str, float]


def depend(values: pd.Series, labels: pd.Series, people: pd.Series) -> Dependence:
    """Measures how far labels follow from an attribute, with a permutation over people.

    Crops of one person are no independent draws, so chi²'s own p-value would be far too small. In
    each draw everybody keeps their labels and each of their crops draws a value from those of
    somebody else; within a person both are then independent.

    Args:
        values: The attribute, one value per crop, two or more different ones.
        labels: 0 or 1 per crop, both present.
        people: Who, per crop.
    """
    crops = pd.crosstab(people, values)
    observed = pd.crosstab(values, labels)
    strength = _cramer(observed.to_numpy())
    size = crops.to_numpy().sum(axis=1, keepdims=True)
    mix = crops.to_numpy() / size
    states = pd.crosstab(people, labels).to_numpy()
    generator = np.random.default_rng(0)
    reached = 0
    for _ in range(DRAWS):
        others = mix[generator.permutation(len(mix))]
        drawn = generator.multinomial(states, others[:, None])  # person, label, value
        reached += _cramer(drawn.sum(axis=0).T) >= strength
    closed = labels.astype(float).groupby(values).mean()
    return Dependence(
        attribute=str(values.name),
        strength=strength,
        p_value=(1 + reached) / (1 + DRAWS),
        closed={str(value): float(share) for value, share in closed.items()},
    )


def _cramer(table: NDArray[np.int64]) -> float:
    """Cramér's V of counts (values, 2)."""
    filled = table[table.sum(axis=1) > 0]
    return float(association(filled, method="cramer")) if len(filled) > 1 else 0.0


def _check_dependence(table: pd.DataFrame, people: pd.Series, limits: Limits) -> list[Finding]:
    found = []
    for name in ("dataset", *VOCABULARY):
        known = table["label"].notna() & table[name].notna()
        values, labels = table.loc[known, name], table.loc[known, "label"]
        if labels.nunique() == 2 and 2 <= values.nunique() <= _MOST_VALUES:
            found.append(depend(values, labels, people[known]))
    if not found:
        return []
    found.sort(key=lambda one: -one.strength)
    strong = [
        one
        for one in found
        if one.strength >= limits.dependence and one.p_value <= limits.dependence_p
    ]
    summary = f"Attributes that vary: {len(found)}; that go with the label: {len(strong)}"
    if strong:
        listed = ", ".join(f"{one.attribute} (V {one.strength:.2f})" for one in strong)
        summary += f", {listed}. A model can learn them instead of lids"
    return [
        Finding(
            name="attribute-dependence",
            title="Attributes that go with the label",
            severity="warning" if strong else "note",
            summary=f"{summary}.",
            numbers={
                one.attribute: {
                    "cramers_v": one.strength,
                    "p_value": one.p_value,
                    "closed": one.closed,
                }
                for one in found
            },
            table=SmallTable(
                ("attribute", "Cramér's V", "p over people", "closed by value"),
                tuple(
                    (
                        one.attribute.replace("_", " "),
                        f"{one.strength:.2f}",
                        f"{one.p_value:.3f}",
                        ", ".join(f"{v} {100 * s:.0f} %" for v, s in one.closed.items()),
                    )
                    for one in found
                ),
            ),
        )
    ]
