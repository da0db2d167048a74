import copy
import json
from pathlib import Path

from blink.runs import Headline
from blink.runs.headline import read_headline
from tests.runs.folders import METRICS


def test_headline_is_of_the_main_row_when_there_are_others(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text(json.dumps(METRICS))

    assert read_headline(tmp_path) == Headline(
        "rendered", "test", "eye-pico", "int8", 0.9, 0.8, 0.95
    )


def test_headline_is_none_when_no_row_is_the_main_one(tmp_path: Path) -> None:
    content = copy.deepcopy(METRICS)
    content["tests"][0]["rows"][1]["is_main"] = False
    (tmp_path / "metrics.json").write_text(json.dumps(content))

    assert read_headline(tmp_path) is None


def test_headline_is_none_when_its_figure_is_no_number(tmp_path: Path) -> None:
    text = json.dumps(METRICS).replace('"value": 0.9,', '"value": "good",')
    (tmp_path / "metrics.json").write_text(text)

    assert read_headline(tmp_path) is None
