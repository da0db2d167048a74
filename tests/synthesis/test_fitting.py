import json
import sys
from pathlib import Path

import numpy as np
import pytest

from blink.synthesis.__main__ import main
from blink.synthesis.fitting import project
from blink.synthesis.tilt import read_tilt
from blink.synthesis.traits import PERSON_TRAITS, SHOT_TRAITS
from tests.synthesis.test_compare import write_archives


def test_project_finds_the_tilt_that_made_the_weights() -> None:
    traits = np.random.default_rng(0).normal(5, 2, (4000, 2))
    weights = np.exp(0.5 * (traits[:, 0] - 5) / 2)
    found = project(("asked", "left"), traits, weights)
    assert found["asked"]["mean"] == pytest.approx(5, abs=0.1)
    assert found["asked"]["scale"] == pytest.approx(2, abs=0.1)
    assert found["asked"]["wanted"] == pytest.approx(0.5, abs=0.05)  # of a normal density
    assert found["asked"]["theta"] == pytest.approx(0.5 / 1.02, abs=0.05)
    assert found["left"]["theta"] == pytest.approx(0, abs=0.05)


def test_project_asks_for_nothing_when_all_weights_are_equal_or_a_trait_never_varies() -> None:
    traits = np.random.default_rng(1).normal(0, 1, (100, 2))
    traits[:, 1] = 3
    even = project(("first", "fixed"), traits, np.full(100, 0.7))
    assert even["first"]["theta"] == pytest.approx(0, abs=1e-4)
    assert project(("first", "fixed"), traits, traits[:, 0] ** 2)["fixed"]["theta"] == 0


def test_project_stays_finite_when_all_weight_lies_at_one_end() -> None:
    traits = np.tile([-1.0, 1.0], 50)[:, None]
    found = project(("end",), traits, (traits[:, 0] > 0).astype(float))
    assert found["end"]["wanted"] == 1
    assert found["end"]["theta"] == pytest.approx(1.96, abs=0.01)  # tanh θ + 0.02 θ = 1


def test_fit_writes_what_can_be_read_when_archives_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_archives(tmp_path)
    out = tmp_path / "fit.json"
    arguments = ["fit", str(out), "--data", str(tmp_path), "--to", "cew", "--crops", "20"]
    monkeypatch.setattr(sys, "argv", ["blink.synthesis", *arguments])
    assert main() == 0
    fit, tilt = json.loads(out.read_text()), read_tilt(out)
    assert tilt.fitted_to == ("cew",)
    assert dict(tilt.people).keys() == PERSON_TRAITS.keys()
    assert dict(tilt.shots).keys() == SHOT_TRAITS.keys()
    assert fit["crops"] == 20
    assert 1 <= fit["effective"] <= 20
    assert fit["auc"]["before"] > 0.9  # white and black squares
    assert all("reached" in of for of in fit["shots"].values())
    assert str(out) in capsys.readouterr().out


def test_fit_is_refused_when_its_name_is_no_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["fit", str(tmp_path / "fit.txt"), "--data", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["blink.synthesis", *arguments])
    assert main() == 1
    assert "ends in .json" in capsys.readouterr().err
