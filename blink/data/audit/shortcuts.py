"""Whether what says nothing of the lids predicts the label all the same."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blink.data.audit.finding import SEVERITIES, Exhibit, Finding, Severity, SmallTable
from blink.data.audit.folds import FOLDS
from blink.data.audit.limits import Limits
from blink.data.audit.nuisance_score import NuisanceScore, score_nuisances
from blink.data.audit.pictures import Pictures
from blink.data.manifest import Manifest

TOGETHER = "all together"
_BLOCKS = 1000
_SHOWN = 8


def check_shortcuts(manifest: Manifest, pictures: Pictures, limits: Limits) -> list[Finding]:
    """One finding a data set, and one of all together where there are several.

    Crops without a label are left out. People are kept whole; crops of people not known are dealt
    out by their content, and the finding says so.
    """
    table = manifest.table
    features = pictures.nuisances.assign(
        sensor=table["sensor"].to_numpy(object),
        source=table["dataset"].to_numpy(object),
    )
    known = table["label"].notna().to_numpy()
    scopes = {
        str(name): known & (table["dataset"] == name).to_numpy(bool) for name in manifest.datasets
    }
    if len(scopes) > 1:
        scopes["all data sets"] = known
    return [
        _check(scope, np.flatnonzero(chosen), table, features, limits)
        for scope, chosen in scopes.items()
    ]


def _check(
    scope: str,
    rows: NDArray[np.int64],
    table: pd.DataFrame,
    features: pd.DataFrame,
    limits: Limits,
) -> Finding:
    name, title = f"shortcuts-{scope.replace(' ', '-')}", f"Shortcuts in {scope}"
    chosen = table.iloc[rows]
    label = chosen["label"].to_numpy(np.int64)
    group = _groups(chosen)
    fewest = min(int((label == 0).sum()), int((label == 1).sum()))
    if min(len(np.unique(group)), fewest) < FOLDS:
        few = f"Not looked for: {len(np.unique(group))} people and {fewest} crops of the rarer "
        return Finding(name, title, "note", f"{few}class are too few for {FOLDS} folds.")
    numbers = _numbers(features.iloc[rows])
    if numbers.empty:
        return Finding(name, title, "note", "Not looked for: no nuisance varies.")
    scores = {str(name): score_nuisances(numbers[[name]], label, group) for name in numbers}
    scores[TOGETHER] = score_nuisances(numbers, label, group)
    severities = {column: _severity(score, limits) for column, score in scores.items()}
    ranked = sorted(scores, key=lambda column: -scores[column].auc)
    return Finding(
        name,
        title,
        min(severities.values(), key=SEVERITIES.index),
        _summary(scores, severities, bool(chosen["subject"].isna().any())),
        {column: _facts(scores[column]) | {"severity": severities[column]} for column in ranked},
        _exhibits(scores, severities, rows),
        SmallTable(
            ("Nuisance", "AUC", "95 % from", "to", "Certain crops", "of these right", "Verdict"),
            tuple(_line(column, scores[column], severities[column]) for column in ranked),
        ),
    )


def _groups(chosen: pd.DataFrame) -> NDArray[np.int64]:
    """People as numbers; of people not known, blocks of crops, equal pictures in one."""
    blocks = chosen["content_hash"].map(lambda text: f"?{int(text, 16) % _BLOCKS}")
    person = chosen["dataset"] + "/" + chosen["subject"]
    return np.asarray(pd.factorize(person.fillna(blocks), sort=True)[0], np.int64)


def _numbers(features: pd.DataFrame) -> pd.DataFrame:
    """Nuisances that vary, as numbers: names by rank, a null is one of its own."""
    columns = {
        str(name): values.astype(np.float64)
        if pd.api.types.is_numeric_dtype(values)
        else pd.Series(pd.factorize(values, sort=True)[0], values.index, np.float64)
        for name, values in features.items()
    }
    return pd.DataFrame({name: v for name, v in columns.items() if v.nunique() > 1})


def _severity(score: NuisanceScore, limits: Limits) -> Severity:
    gives_away = (
        score.certain >= limits.certain_share
        and score.purity >= limits.certain_purity
        and score.people >= limits.certain_people
    )
    if gives_away or (
        score.auc >= limits.shortcut_failure and score.low >= limits.shortcut_warning
    ):
        return "failure"
    return "warning" if score.auc >= limits.shortcut_warning and score.low > 0.5 else "note"


def _summary(
    scores: dict[str, NuisanceScore], severities: dict[str, Severity], unknown: bool
) -> str:
    """The strongest nuisance, then all together, then what gives labels away."""
    single = max((name for name in scores if name != TOGETHER), key=lambda name: scores[name].auc)
    parts = [
        f"{single.replace('_', ' ').capitalize()} alone predicts the label with an AUC of "
        f"{_interval(scores[single])}, all together with {_interval(scores[TOGETHER])}."
    ]
    parts += [
        f"{name.replace('_', ' ').capitalize()} decides {scores[name].certain:.1%} of the crops, "
        f"of {scores[name].people} people, and is right on {scores[name].purity:.1%} of them."
        for name, severity in severities.items()
        if severity == "failure" and name != TOGETHER and scores[name].certain > 0
    ]
    if unknown:
        parts.append("People unknown: their crops were dealt out one by one, which flatters.")
    return " ".join(parts)


def _interval(score: NuisanceScore) -> str:
    return f"{score.auc:.2f} ({score.low:.2f} to {score.high:.2f})"


def _facts(score: NuisanceScore) -> dict[str, float | int | str]:
    names = ("auc", "low", "high", "certain", "purity", "people")
    return {name: getattr(score, name) for name in names}


def _line(
    name: str, score: NuisanceScore, severity: Severity
) -> tuple[str | int | float | None, ...]:
    values = (score.auc, score.low, score.high, score.certain, score.purity)
    return (name.replace("_", " "), *(round(value, 3) for value in values), severity)


def _exhibits(
    scores: dict[str, NuisanceScore], severities: dict[str, Severity], rows: NDArray[np.int64]
) -> tuple[Exhibit, ...]:
    """For each nuisance that is accused, the crops that it calls most surely."""
    shown = []
    for name, score in scores.items():
        if severities[name] != "note":
            order = np.argsort(score.score, kind="stable")
            for state, places in (("closed", order[::-1]), ("open", order)):
                chosen = tuple(map(int, rows[places[:_SHOWN]]))
                shown.append(Exhibit(chosen, f"Called {state} by {name.replace('_', ' ')}"))
    return tuple(shown)
