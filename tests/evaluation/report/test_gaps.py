"""What the page says where a number cannot be had."""

from dataclasses import replace
from pathlib import Path

import pytest

from blink.data.manifest import write_manifest
from tests.data.drawing import rows
from tests.evaluation.assessed import study
from tests.evaluation.drawn import make_test_set
from tests.evaluation.report.test_page import NO_MISTAKES, NOBODY, single, text_of


def test_render_report_says_why_when_there_is_one_person(tmp_path: Path) -> None:
    text = text_of(single(tmp_path / "data", [1, 0], [0.9, 0.1], 1))
    assert "one person" in text
    assert "No labelled crop was called wrongly." in text
    assert "Latency was not measured in this run." in text
    assert "Nothing is known about these crops" in text
    assert "Nothing was noted down." in text
    assert "SHIP" not in text


@pytest.mark.parametrize(("label", "gap"), [(1, "no open eyes"), (0, "no closed eyes")])
def test_render_report_says_why_when_there_is_one_class(
    tmp_path: Path, label: int, gap: str
) -> None:
    text = text_of(single(tmp_path / "data", [label] * 4, [0.9, 0.8, 0.2, 0.1], 4))
    assert f"No curve: {gap}." in text
    assert "there are none" in text


def test_render_report_says_why_when_nothing_has_a_label(tmp_path: Path) -> None:
    text = text_of(single(tmp_path / "data", [None, None], [0.9, 0.1], 2))
    assert "No curve: no labelled crops." in text
    assert "No diagram: no labelled crops." in text
    assert "no call can be right or wrong" in text
    assert "2 more without a label do not count" in text


def test_render_report_says_people_unknown_and_counts_looks_when_it_is_so(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path / "data", rows("drawn", {None: [0, 1] * 4}))
    test = make_test_set(manifest, [("net", "net", [0.2, 0.9] * 3 + [0.7, 0.4])])
    looked = study(replace(test, looks=14), populations=NOBODY, mistakes=NO_MISTAKES)
    text = text_of(looked)
    assert "8 crops (4 closed, 4 open) of people unknown." in text
    assert "People unknown for 8 crops" in text
    assert "95 % interval over crops" in text
    assert "This test set has been looked at 14 times." in text
