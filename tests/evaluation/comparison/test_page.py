import json
import re
from pathlib import Path

import numpy as np
import pytest

from blink.data.manifest import Manifest
from blink.evaluation.comparison import (
    EntryRules,
    Judged,
    Places,
    compare,
    describe_comparison,
    read_judged,
    write_comparison,
)
from blink.evaluation.comparison.page import render_comparison
from tests.evaluation.comparison.planted import Planted, crowd, errors, plant
from tests.evaluation.drawn import draw_manifest, predict

PEOPLE = 12


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    return draw_manifest(tmp_path / "cache" / "eyes", [0, 1] * 48, PEOPLE, glasses=["no", "yes"])


@pytest.fixture
def runs(tmp_path: Path, manifest: Manifest) -> list[Judged]:
    table = predict(manifest, [0.5] * 96)
    return [
        read_judged(
            plant(
                tmp_path / name,
                table,
                [Planted("<net>", errors(table, share, seed))],
                data=manifest.fingerprint,
            )
        )
        for seed, (name, share) in enumerate((("old", 0.2), ("new", 0.1)))
    ]


def words_of(page: str) -> str:
    body = page.split("<main", 1)[1].split("<script>", 1)[0]
    return re.sub(r"\s+", " ", re.sub(r"<script.*?</script>|<[^>]+>", " ", body, flags=re.DOTALL))


def test_write_comparison_shows_pictures_when_the_cache_has_the_data(
    tmp_path: Path, runs: list[Judged]
) -> None:
    found = compare(runs, EntryRules())
    write_comparison(tmp_path / "page.html", found, Places((), tmp_path / "cache"))

    page = (tmp_path / "page.html").read_text("utf-8")
    (pair,) = found.test_sets[0].pairs.all
    assert pair.first_wrong
    assert page.count('<img src="data:image/png') == min(pair.first_wrong, 12) + min(
        pair.second_wrong, 12
    )
    assert "blink data show" in page
    assert "<net>" not in page
    assert not re.search(r'(src|href)="(http|//)', page)
    said = words_of(page)
    for part in ("Everybody", "What quality costs", "Better, or noise?", "Group by group"):
        assert part in said


def test_render_comparison_names_ids_and_says_so_when_the_pictures_are_not_found(
    tmp_path: Path, runs: list[Judged]
) -> None:
    found = compare(runs, EntryRules())

    page = render_comparison(found, Places((), tmp_path / "nothing"))

    assert '<img src="data:' not in page
    assert "The data set with the pictures was not found; --data FOLDER names it." in re.sub(
        r" +", " ", words_of(page)
    )
    apart = found.test_sets[0].disagreement
    assert apart is not None
    assert apart.first_wrong["id"].iloc[0] in page


def test_render_comparison_takes_pictures_from_where_the_user_says(
    tmp_path: Path, runs: list[Judged], manifest: Manifest
) -> None:
    page = render_comparison(
        compare(runs, EntryRules()), Places((manifest.folder,), tmp_path / "no")
    )

    assert '<img src="data:image/png' in page


def test_render_comparison_folds_pairs_when_there_are_twenty_rows(tmp_path: Path) -> None:
    table = crowd(PEOPLE, 4, glasses=["no", "yes"] * (2 * PEOPLE))
    rows = [Planted(f"n{seed}", errors(table, 0.2, seed), is_main=not seed) for seed in range(20)]
    found = compare([read_judged(plant(tmp_path / "run", table, rows))], EntryRules(), draws=200)

    page = render_comparison(found, Places((), tmp_path))

    (test,) = found.test_sets
    assert len(test.pairs.all) == 20 * 19 // 2
    opened, folded = page.split("The other pairs", 1)
    assert test.best is not None
    central = {test.baseline.title, test.best.title}
    lines = opened.split("Pairs on the same people", 1)[1].split("<tbody", 1)[1].count("<tr")
    assert lines == (19 if len(central) == 1 else 19 + 18)
    assert "Everybody against everybody" not in page
    assert "Shown are the baseline and the best 4 of 19 others" in words_of(page)
    assert folded


def test_render_comparison_stands_when_nobody_has_a_number(tmp_path: Path) -> None:
    table = crowd(2, 3).assign(label=1)
    rows = [Planted("net", errors(table, 0.5, 1), p50_us=None)]

    found = compare([read_judged(plant(tmp_path / "a", table, rows))], EntryRules())

    said = words_of(render_comparison(found, Places((), tmp_path)))
    assert "Nobody has a balanced accuracy here: no open eyes." in said
    assert "No latency was measured." in said
    assert "There is nobody to compare net int8 with." in said


def test_describe_comparison_is_json_with_the_numbers_of_the_page_when_written(
    runs: list[Judged],
) -> None:
    found = compare(runs, EntryRules())

    told = json.loads(json.dumps(describe_comparison(found), allow_nan=False))

    (test,) = told["tests"]
    assert test["baseline"] == "<net> int8 (old)"
    assert test["n"] == 96
    assert test["people"] == PEOPLE
    assert {one["title"] for one in test["contestants"]} == {"<net> int8 (old)", "<net> int8 (new)"}
    (pair,) = test["pairs"]
    accuracies = {
        one["title"]: one["metrics"]["balanced_accuracy"]["value"] for one in test["contestants"]
    }
    assert np.isclose(
        pair["gain"]["difference"]["value"], accuracies[pair["first"]] - accuracies[pair["second"]]
    )
    assert [group["value"] for group in test["groups"]] == ["no", "yes"]
    assert test["fronts"]["size"]
