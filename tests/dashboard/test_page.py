import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dash import no_update
from flask.testing import FlaskClient

from blink.dashboard.callbacks.choices import keep, settings_of
from blink.dashboard.callbacks.comparison import Matches, answer
from blink.dashboard.callbacks.table import beats, status
from blink.dashboard.callbacks.views import (
    HIDDEN,
    Weights,
    show_curves,
    show_importance,
    show_parallel,
    show_slices,
    show_trade_off,
)
from blink.dashboard.judgement import Estimate
from blink.dashboard.listed_run import ListedRun
from blink.dashboard.page import make_page, policy
from blink.dashboard.shelf import Shelf
from blink.dashboard.views import comparison, run, table
from blink.runs import State
from tests.dashboard.run_folders import Made, close, write_run
from tests.evaluation.comparison.planted import Planted, crowd, errors, plant


@pytest.fixture
def entries(shelf: Shelf) -> list[ListedRun]:
    return list(shelf.look().entries)


def words(part: Any) -> str:
    """All text of a part and of what is in it."""
    if isinstance(part, str):
        return part
    if isinstance(part, list | tuple):
        return " ".join(map(words, part))
    return words(getattr(part, "children", None) or "")


def _json(part: Any) -> Any:
    return part.to_plotly_json()


def test_page_needs_nothing_from_elsewhere_when_it_is_asked_for(shelf: Shelf) -> None:
    page = make_page(shelf)
    client: FlaskClient = page.server.test_client()

    text = client.get("/").text

    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', text)
    allowed = policy(page)
    assert "unsafe-eval" not in allowed
    assert "http" not in allowed
    assert client.get("/_dash-layout").status_code == 200
    assert client.get("/_dash-dependencies").status_code == 200


def test_status_counts_states_when_there_are_runs(shelf: Shelf) -> None:
    assert status(shelf.look()) == (
        "61 runs: 1 running, 47 finished, 3 failed, 3 stopped, 3 pruned, 4 crashed"
    )


def test_beats_go_by_the_file_systems_clock_when_this_machines_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_run(tmp_path, Made("2026-11-20/07-00-00-pico-0001", State.RUNNING))
    last = (folder / "heartbeat").stat().st_mtime - 4000
    os.utime(folder / "heartbeat", (last, last))
    monkeypatch.setattr("time.time", lambda: 0.0)

    assert beats(Shelf(tmp_path).look()) == {
        "2026-11-20/07-00-00-pico-0001": pytest.approx(4000, abs=100)
    }


def test_rows_hold_figures_of_one_data_set_and_settings_when_asked_for(
    entries: list[ListedRun],
) -> None:
    rows = {row["id"]: row for row in table.rows(entries, "cew", ["optim.optimizer.lr"])}

    row = rows["2026-11-10/07-00-05-pico-0000"]
    assert (row["accuracy"], row["interval"]) == (pytest.approx(90.57), "88.6 to 92.1")
    assert (row["latency"], row["size"], row["parameters"]) == (17.3, 37.0, 9_870)
    assert row["set:optim.optimizer.lr"] == 0.001
    failed = next(row for row in rows.values() if row["state"] == "failed")
    assert (failed["accuracy"], failed["epoch"]) == (None, 7)
    assert (row["seconds"], row["took"]) == (372.0, "6 min 12 s")
    assert failed["reason"] == "loss is NaN at epoch 7, step 512"
    heads = [column["headerName"] for column in table.columns(entries, "cew", ["model"])]
    assert heads[:5] == ["Run", "State", "Study", "Bal. acc. on cew, %", "95 % interval"]
    assert heads[-1] == "model"


def test_cards_tell_how_far_a_run_is_when_it_is_running(shelf: Shelf) -> None:
    found = words(table.running(shelf.look().entries, beats(shelf.look())))

    assert "epoch 7 of 20" in found
    assert "heartbeat" in found
    assert "val/balanced_accuracy 0.8" in found


def test_nothing_says_what_to_do_when_there_are_no_runs(tmp_path: Path) -> None:
    assert "make train" in words(table.nothing([], tmp_path))


def test_choice_is_kept_when_it_is_still_there() -> None:
    assert keep("b", ["a", "b"]) is no_update
    assert keep("gone", ["a", "b"]) == "a"
    assert keep(None, ["a", "b"], "b") == "b"
    assert keep(None, []) is None


def test_settings_to_choose_are_those_that_differ_when_runs_do(entries: list[ListedRun]) -> None:
    assert settings_of(entries) == ["model", "optim.optimizer.lr", "model.dropout", "seed"]


def test_views_say_what_is_missing_when_no_run_has_it() -> None:
    curves = show_curves([], [], "", "light", None)
    parallel = show_parallel([], [], "", "light", None, None)
    importance = show_importance(Weights(), [], [], "", "light")
    trade_off = show_trade_off([], [], "", "light", "latency")
    slices = show_slices([], [], "", "light")

    for shown in (curves, parallel, importance, trade_off, slices):
        assert shown[-1] == HIDDEN
        assert len(words(shown[1])) > 40


def test_views_show_the_chosen_runs_when_some_are(entries: list[ListedRun]) -> None:
    judged = [entry for entry in entries if entry.judgements]

    curves = show_curves(entries, judged[:2], "mrl", "light", "val/loss")
    usual = show_curves(entries, [], "mrl", "light", "val/loss")
    slices = show_slices(entries, judged[:2], "mrl", "dark")
    parallel = show_parallel(entries, judged[:3], "mrl", "light", None, None)

    assert [line.name for line in curves[0].data] == [entry.title for entry in judged[:2]]
    assert [line.name for line in usual[0].data] == [
        f"{entry.title} (running)" for entry in entries if entry.state is State.RUNNING
    ]
    assert len(slices[0].data) == 2
    assert len(parallel[0].data) == 3
    assert curves[-1] == {"height": "420px"}


def test_parallel_says_what_is_missing_when_no_judged_run_has_a_balanced_accuracy(
    entries: list[ListedRun],
) -> None:
    blank = [_without_accuracy(entry) for entry in entries if entry.judgements][:2]
    one = next(entry for entry in entries if entry.judgements)

    nothing = show_parallel(blank, [], "mrl", "light", None, None)
    mixed = show_parallel([*blank, one], [], "mrl", "light", None, None)

    assert "has a balanced accuracy on mrl" in words(nothing[1])
    assert nothing[2] == HIDDEN
    assert {point[0] for line in mixed[0].data for point in line.customdata} == {one.id}


def _without_accuracy(entry: ListedRun) -> ListedRun:
    blank = tuple(replace(one, accuracy=Estimate(gap="one class")) for one in entry.judgements)
    return replace(entry, judgements=blank)


def test_run_shows_all_that_is_known_when_its_page_is_opened(tmp_path: Path) -> None:
    folder = write_run(tmp_path, Made("2026-11-20/07-00-00-pico-0001"))
    (folder / "mistakes" / "mrl").mkdir(parents=True)
    (folder / "mistakes" / "mrl" / "01-small-crops.png").write_bytes(b"png")
    entry = Shelf(tmp_path).look().entries[0]

    parts = run.render(entry, entry.id, "light")
    found, links = words(parts), json.dumps(parts, default=_json)

    for told in ("Is pico enough?", "92.0 (90.0 to 93.5)", "mrl: small crops", "Training ends."):
        assert told in found
    assert f"/files/{entry.id}/-/report.html" in links
    assert f"/files/{entry.id}/-/mistakes/mrl/01-small-crops.png" in links
    assert "no run gone" in words(run.render(None, "gone", "light"))


def test_run_shows_the_last_words_of_a_trial_when_it_was_killed(tmp_path: Path) -> None:
    folder = write_run(tmp_path, Made("sweeps/rates/trials/00007-seed0", State.CRASHED))
    (folder / "train.log").write_text("Training begins.\n")
    bar = "".join(f"\r{share} %" for share in range(3000))
    folder.with_name("00007-seed0.out").write_text(f"Imports\r\n{bar}\nKilled")
    (entry,) = Shelf(tmp_path).look().entries

    found = words(run.render(entry, entry.id, "light"))

    assert "The end of train.log Training begins." in found
    assert found.endswith("The end of 00007-seed0.out 2999 %\nKilled")


def test_run_says_why_nothing_is_known_when_its_folder_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_run(tmp_path, Made("2026-11-20/07-00-00-pico-0001"))
    close(folder, monkeypatch)
    (entry,) = Shelf(tmp_path).look().entries

    found = words(run.render(entry, entry.id, "light"))

    assert found == f"pico 0001   unreadable {folder}/status.json: Permission denied"


def test_comparison_tells_the_paired_difference_when_runs_judged_the_same_people(
    tmp_path: Path,
) -> None:
    people = crowd(12, 6)
    folders = [
        plant(tmp_path / name, people, [Planted("net", errors(people, share, seed))])
        for seed, (name, share) in enumerate((("old", 0.3), ("new", 0.1)))
    ]

    told, figure, style, pairs = answer(Matches(), folders, "drawn", "light")

    assert "net int8 (new) is better than the baseline" in words(told)
    assert "more than noise" in words(told)
    assert style == {"height": "154px"}
    assert len(figure.data[0].x) == 1
    assert "net int8 (old) against net int8 (new) −23.6" in words(pairs)
    assert "worse 20 / 3" in words(pairs)


def test_comparison_says_why_not_when_runs_cannot_be_compared(tmp_path: Path) -> None:
    folders = [write_run(tmp_path, Made(name)) for name in ("a", "b")]

    told, _, style, _ = answer(Matches(), folders, "nobody", "light")

    assert "None of these was judged on 'nobody'" in words(told)
    assert style == HIDDEN
    entries = Shelf(tmp_path).look().entries
    assert "Tick two" in words(comparison.words(entries[:1], "mrl"))
    assert "blink compare" in words(comparison.words(entries, "mrl"))
    assert "too many pairs" in words(comparison.words([*entries] * 5, "mrl"))
    assert "of one data set" in words(comparison.words(entries, "mean of mrl, cew"))


def test_comparison_says_why_not_when_each_run_left_out_other_people(tmp_path: Path) -> None:
    folders = []
    for number, name in enumerate(("old", "new")):
        table = crowd(4, 4, first=100 * number)
        row = Planted("net", errors(table, 0.2, number))
        protocol = "cross-dataset: trained on nothing of this data set."
        folders.append(plant(tmp_path / name, table, [row], protocol=protocol))

    told, _, style, pairs = answer(Matches(), folders, "drawn", "light")

    assert "Nothing can be compared. drawn:" in words(told)
    assert "cannot stand beside" in words(told)
    assert (style, pairs) == (HIDDEN, [])


def test_comparison_takes_no_figures_of_validation_people_when_others_are_of_test_people(
    tmp_path: Path,
) -> None:
    write_run(tmp_path, Made("2026-11-20/07-00-00-pico-0001"))
    write_run(tmp_path, Made("sweeps/rates/trials/00007-seed0", people="val"))
    entries = Shelf(tmp_path).look().entries

    assert comparison.missing(entries, "mrl").startswith("rates 00007-seed0 was not judged on mrl:")
    assert comparison.missing(entries, "mrl (validation people)").startswith("pico 0001 was not")
    assert comparison.missing([entries[0]] * 2, entries[0].judgements[0].on) == ""
