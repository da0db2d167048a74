import json
import re
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from blink.contract import DataError
from blink.data.history.card import AUDIT, CARD, card_of, write_card
from blink.data.history.facts import count
from blink.data.history.versions import record_version
from blink.data.manifest import Manifest, merge, write_manifest
from blink.data.row import Row
from tests.data.drawing import rows

OPTIONS = {
    "kind": "folder",
    "importer": 1,
    "dataset": "a|b",
    "no_subject": False,
    "subject_from": r"(p\d+)/",
    "seed": 0,
    "state": {"Zu": "closed"},
}


def crops(dataset: str) -> list[Row]:
    """Seven crops: two people, one of them always closed, and one crop of nobody known."""
    drawn = rows(dataset, {"p1": [0, 1, 1, None], "p2": [1, 1], "p3": [0]})
    drawn[0] |= {"glasses": "yes", "openness": 0.75}
    drawn[1] |= {"glasses": "no", "openness": 0.25}
    drawn[6]["subject"] = None
    return drawn


def described(folder: Path, dataset: str = "a|b") -> Manifest:
    def finish(place: Path, fingerprint: str) -> None:
        record_version(place, fingerprint, "import", OPTIONS)
        write_card(place, fingerprint)

    return write_manifest(folder / dataset, crops(dataset), finish)


def leave_audit(manifest: Manifest, fingerprint: str) -> None:
    findings = [
        {"name": "x", "title": "Twins", "severity": "warning", "summary": "Two\ncrops.", "n": 2},
        {"name": "y", "title": "Classes", "severity": "note", "summary": "Two."},
    ]
    content = {"findings": findings, "fingerprint": fingerprint, "verdict": "passed"}
    (manifest.folder / AUDIT).write_text(json.dumps(content))


def test_count_tallies_one_data_set_when_people_are_partly_known(tmp_path: Path) -> None:
    (facts,) = count(described(tmp_path))

    assert (facts.crops, facts.people, facts.unknown) == (7, 2, 1)
    assert facts.labels == {"open": 2, "closed": 4, "unlabelled": 1}
    assert facts.spread == (2, 2, 4)
    assert facts.one_sided == 1
    assert facts.size("width") == (24, 24, 24)
    assert facts.values["glasses"] == {None: 5, "no": 1, "yes": 1}
    assert (facts.openness, facts.with_openness) == ((0.25, 0.75), 2)


def test_count_keeps_data_sets_apart_when_they_are_merged(tmp_path: Path) -> None:
    parts = [described(tmp_path, name) for name in ("b", "a")]

    both = count(merge(tmp_path / "both", parts))

    assert [f.name for f in both] == ["b", "a"]
    assert [f.to_json() for f in both] == [count(part)[0].to_json() for part in parts]


def test_facts_are_json_when_they_are_asked_for(tmp_path: Path) -> None:
    facts = count(described(tmp_path))[0].to_json()

    assert json.loads(json.dumps(facts, allow_nan=False))["attributes"]["glasses"] == {
        "missing": 5,
        "no": 1,
        "yes": 1,
    }


def test_card_tells_a_stranger_what_it_is_when_a_data_set_is_written(tmp_path: Path) -> None:
    card = (described(tmp_path).folder / CARD).read_text("utf-8")

    for sentence in (
        "7 crops of eyes of 2 people, from 1 data set.",
        "Nobody knows whose eyes 1 of the crops are.",
        "| a\\|b | 7 | 2 + 1 crops unknown | 2, 2, 4 | 1 | 2 (29 %) | 4 (57 %) | 1 (14 %) |",
        "| glasses | 71 % | no 14 %, yes 14 % |",
        "| openness | 71 % | 0.25 to 0.75 |",
        "- **a\\|b:** drawn (7 crops)",
        "Not audited: run `blink data audit`",
        "blink data import folder SOURCE --dataset 'a|b' --seed 0 --state Zu=closed "
        "--subject-from '(p\\d+)/' --out ",
    ):
        assert sentence in card
    assert "| glasses | 100 %" not in card


def test_card_opens_with_valid_yaml_when_a_data_set_is_written(tmp_path: Path) -> None:
    card = (described(tmp_path).folder / CARD).read_text("utf-8")

    front = OmegaConf.create(card.split("---\n")[1])
    assert front.pretty_name == "a|b"
    assert front.license == "other"
    assert front.size_categories == ["n<1K"]


def test_card_holds_no_html_when_names_and_licences_do(tmp_path: Path) -> None:
    named = [row | {"licence": "<i>free</i>"} for row in crops("<img src=x>")]
    parts = [write_manifest(tmp_path / "a", named), described(tmp_path, "b")]
    manifest = merge(tmp_path / "both", parts)
    findings = [{"title": "<u>", "severity": "warning", "summary": "Of <script>."}]
    content = {"findings": findings, "fingerprint": manifest.fingerprint, "verdict": "warning"}
    (manifest.folder / AUDIT).write_text(json.dumps(content))

    body = card_of(manifest).split("---\n", 2)[2]

    assert "# &lt;img src=x> + b\n" in body
    assert "### &lt;img src=x>\n" in body
    assert "- **&lt;img src=x>:** &lt;i>free&lt;/i> (7 crops)" in body
    assert not re.search("<[a-z/]", body)


@pytest.mark.parametrize("is_stale", [False, True])
def test_card_shows_faults_when_the_data_set_was_audited(tmp_path: Path, is_stale: bool) -> None:
    manifest = described(tmp_path)
    leave_audit(manifest, "0" * 16 if is_stale else manifest.fingerprint)

    write_card(manifest.folder)

    card = (manifest.folder / CARD).read_text("utf-8")
    assert "Verdict of the audit: **passed**." in card
    assert "- **Twins** (warning): Two crops." in card
    assert ("Audited before it changed" in card) is is_stale
    assert "holds 1 further notes" in card
    assert "Classes" not in card
    assert "Not audited" not in card


def test_write_card_refuses_when_the_audit_is_damaged(tmp_path: Path) -> None:
    manifest = described(tmp_path)
    (manifest.folder / AUDIT).write_text('{"findings": 3}')

    with pytest.raises(DataError, match=r"audit\.json is no audit"):
        write_card(manifest.folder)


def test_card_says_so_when_nothing_was_recorded(tmp_path: Path) -> None:
    manifest = write_manifest(tmp_path / "a", rows("a", {"p": [0, 1]}))

    write_card(manifest.folder)

    card = (manifest.folder / CARD).read_text("utf-8")
    assert "Nobody recorded how" in card
    assert "People unknown" not in card
    assert "blink data import" not in card


def test_card_of_is_what_stands_beside_the_manifest_when_it_is_wanted_elsewhere(
    tmp_path: Path,
) -> None:
    manifest = described(tmp_path)

    assert card_of(manifest) == (manifest.folder / CARD).read_text("utf-8")
