import json
from pathlib import Path

import pytest

from blink.cli import main
from blink.runtime import Bundle
from tests.evaluation.advice.test_footprint import SLOW, copy

ROOT = Path(__file__).parents[2]


@pytest.fixture
def place(bundle: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bundle with a latency beside it; the project's folder is at hand."""
    monkeypatch.chdir(ROOT)
    return copy(bundle, tmp_path, SLOW)


def test_advise_says_where_and_writes_json_when_asked(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "advice.json"

    status = main(["advise", "--target", "wink_dating", str(place), "--json", str(out)])

    said = capsys.readouterr().out
    assert status == 0
    assert "ADVICE  in the page: drawn int8" in said
    assert f"Wrote {out}" in said
    content = json.loads(out.read_text("utf-8"))
    (advice,) = content["advice"]
    assert (advice["target"], advice["place"]) == ("wink_dating", "page")
    assert [option["place"] for option in advice["options"]] == ["page", "device", "server"]
    assert advice["footprint"]["cpu"] == "CPU 0"
    assert content["assumed"]["round_trip_ms"] == 60


def test_advise_measures_nothing_when_the_answer_would_lie_in_a_bundle(
    bundle: Bundle, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(place / "advice.json")

    assert main(["advise", "--target", "wink_dating", str(bundle.folder), "--json", out]) == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "advice.json would lie in a bundle's folder" in shown.err


def test_advise_takes_prices_when_a_file_names_some(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prices = tmp_path / "ours.yaml"
    prices.write_text("browser_slowdown: 500\nusers: 7\n")

    words = ["advise", "--target", "wink_dating", str(place), "--prices", str(prices)]
    assert main(words) == 0

    said = capsys.readouterr().out
    assert "ADVICE  on the device: drawn int8" in said
    assert "users                     7" in said


def test_advise_ends_with_two_when_no_place_fits(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = (ROOT / "conf" / "target" / "iris_login.yaml").read_text("utf-8")
    mine = tmp_path / "mine.yaml"
    tight = target.replace("latency_ms: 8", "latency_ms: 0.01").replace("iris_login", "mine", 1)
    mine.write_text(tight, "utf-8")

    assert main(["advise", "--target", str(mine), str(place)]) == 2
    assert "ADVICE  nowhere as things stand: drawn int8" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("prices", "message"),
    [
        ("cpu_hours: 3\n", "cpu_hours: is not known; did you mean `cpu_hour`?"),
        ("busy_share: 0\n", "busy_share: should be greater than 0; found 0"),
        ("- 3\n", "ours.yaml holds a list; a table of fields is needed."),
    ],
)
def test_advise_says_what_is_wrong_when_prices_are(
    place: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    prices: str,
    message: str,
) -> None:
    (tmp_path / "ours.yaml").write_text(prices)

    words = ["advise", "--target", "dry_eye", str(place), "--prices", str(tmp_path / "ours.yaml")]
    assert main(words) == 1
    assert message in capsys.readouterr().err


def test_advise_asks_for_a_bundle_when_none_is_released(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    target = ROOT / "conf" / "target" / "dry_eye.yaml"
    assert main(["advise", "--target", str(target)]) == 1
    assert "Name the folder of one." in capsys.readouterr().err
