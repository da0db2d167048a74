import json
from pathlib import Path

import pytest

from blink.cli import main
from tests.evaluation.comparison.planted import Planted, crowd, errors, plant

TABLE = crowd(12, 6)


@pytest.fixture
def runs(tmp_path: Path) -> list[str]:
    return [
        str(plant(tmp_path / name, TABLE, [Planted("net", errors(TABLE, share, seed))]))
        for seed, (name, share) in enumerate((("old", 0.3), ("new", 0.1)))
    ]


def test_compare_says_the_verdict_and_leaves_page_and_json_when_runs_can_be_compared(
    tmp_path: Path, runs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    page, found = tmp_path / "page.html", tmp_path / "found.json"

    assert main(["compare", *runs, "--out", str(page), "--json", str(found)]) == 0

    said = capsys.readouterr().out
    assert said.startswith("drawn:\n  net int8 (new) has the highest balanced accuracy")
    assert said.endswith(f"Wrote {page}\nWrote {found}\n")
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert json.loads(found.read_text("utf-8"))["runs"] == runs


def test_compare_ends_with_a_message_and_no_page_when_it_cannot_be_done(
    tmp_path: Path, runs: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"

    assert main(["compare", runs[0], runs[0], "--out", str(page)]) == 1
    assert "are the same run" in capsys.readouterr().err
    assert main(["compare", *runs, "--test", "mrl", "--out", str(page)]) == 1
    assert "there are drawn." in capsys.readouterr().err
    assert not page.exists()


def test_compare_teaches_when_help_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--help"]) == 0

    said = capsys.readouterr().out
    assert "--average-seeds" in said
    assert "blink compare runs/" in said
