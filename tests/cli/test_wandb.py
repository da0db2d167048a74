import json
from pathlib import Path
from typing import Any

import pytest
import wandb

from blink.cli import main
from blink.evaluation.publication.board import Board


def test_workspace_prints_all_views_when_the_run_is_dry(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["--entity", "a-team", "--data", "mrl", "--data", "cew", "--dry-run"]
    assert main(["wandb", "workspace", *words]) == 0

    made = json.loads(capsys.readouterr().out)

    sections = made["workspace"]["spec"]["section"]["panelBankConfig"]["sections"]
    assert [section["name"] for section in sections] == [
        "Leaderboard",
        "Pareto",
        "Searches",
        "Slices",
        "Learning curves",
        "Trust and mistakes",
    ]
    assert all(section["panels"] for section in sections)
    best = {"section": "summary", "name": "test/mrl/balanced_accuracy"}
    grids = [b["metadata"] for b in made["report"]["spec"]["blocks"] if b["type"] == "panel-grid"]
    for runs in [made["workspace"]["spec"]["section"], *grids]:
        assert runs["runSets"][0]["sort"] == {"keys": [{"key": best, "ascending": False}]}
    said = json.dumps(made["report"])
    for name in ("mrl", "cew"):
        assert f"test/{name}/balanced_accuracy" in said
    assert (made["workspace"]["entity"], made["workspace"]["project"]) == ("a-team", "blink")


def test_workspace_says_how_to_log_in_when_nobody_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> Any:
        raise wandb.errors.UsageError("No API key configured.")

    monkeypatch.setattr(wandb, "Api", refuse)

    assert main(["wandb", "workspace", "--entity", "a-team"]) == 1

    said = capsys.readouterr().err
    assert "W&B made nothing in a-team/blink: No API key configured." in said
    assert "wandb login" in said


def test_workspace_prints_the_addresses_when_wandb_made_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class View:
        def __init__(self, url: str) -> None:
            self.url = url

        def save(self) -> "View":
            return self

    monkeypatch.setattr(wandb, "Api", lambda: None)
    monkeypatch.setattr(Board, "workspace", lambda _board: View("https://w"))
    monkeypatch.setattr(Board, "report", lambda _board: View("https://r"))

    assert main(["wandb", "workspace", "--entity", "a-team"]) == 0

    assert capsys.readouterr().out.split() == ["https://w", "https://r"]
