from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from blink.contract import OperatingPoint
from blink.data.manifest import Manifest
from blink.data.split import (
    Hashed,
    LeakyRows,
    Named,
    SensorOut,
    Split,
    SplitByPerson,
    everybody_tested,
)
from blink.evaluation import EvaluatedModel, HeldOut, find_held_out
from blink.evaluation.leakage import annotate_leakage
from blink.evaluation.origin import Origin
from tests.data.split.sketching import blanks, write

TESTED = ("p1", "p4")


def model(name: str, origin: Origin) -> EvaluatedModel:
    plain: Any = None
    return EvaluatedModel(
        name, "net", "fp32", None, 1, OperatingPoint(), name, Path(name), origin, plain
    )


@pytest.fixture(scope="module")
def drawn() -> tuple[Manifest, Split]:
    manifest = write(blanks("drawn", {f"p{number}": [0, 1] for number in range(9)}))
    return manifest, SplitByPerson({"drawn": Named(TESTED)}, folds=2).make(manifest)


def introduced(
    drawn: tuple[Manifest, Split], splits: Path, *origins: Origin, role: str = "test"
) -> HeldOut:
    (held_out,) = find_held_out(drawn, trained_on=True, role=role)
    models = [model(f"net-{number}", one) for number, one in enumerate(origins)]
    return annotate_leakage(held_out, drawn[1], models, splits)


def trained(drawn: tuple[Manifest, Split], **said: Any) -> Origin:
    plain = {"datasets": ("drawn", "other"), "split": "e" * 16}
    return Origin(**(plain | said))


TUNED = "Temperature, threshold and what is refused follow from these people, which flatters"
SAFE = "subject-disjoint: 2 of 9 people, whom net-0 was never trained on"


def test_introduce_says_disjoint_when_the_very_split_was_trained_on(
    drawn: tuple[Manifest, Split], tmp_path: Path
) -> None:
    found = introduced(drawn, tmp_path, trained(drawn, split=drawn[1].fingerprint))
    assert (found.protocol, found.is_transfer) == (SAFE, False)


@pytest.mark.parametrize("people", [{None: [0, 1, 1]}, {"p1": [0, 1], None: [0, 1, 1]}])
def test_introduce_doubts_when_people_unknown_are_judged(
    tmp_path: Path, people: dict[str | None, list[int]]
) -> None:
    # Crops of people unknown always train, whoever was tested beside them.
    manifest = write(blanks("drawn", people))
    judged = everybody_tested(manifest)
    hashes = {"test": {"drawn": judged.people_hash("drawn", "test")}}
    origin = trained((manifest, judged), people=hashes, held_out={"drawn": "1 person: p1"})
    found = introduced((manifest, judged), tmp_path, origin)
    assert "NOT KNOWN to be other people" in found.protocol
    assert "CAUTION: net-0 may have been trained on crops of people unknown" in found.protocol


@pytest.mark.parametrize(
    "said",
    [
        {"held_out": {"drawn": "2 people: p1, p4"}},
        {"held_out": {"drawn": "3 people: p1, p2, p4"}},
        {"people": True, "held_out": {"drawn": "2 people"}},
    ],
)
def test_introduce_says_disjoint_when_another_split_held_the_same_people_out(
    drawn: tuple[Manifest, Split], tmp_path: Path, said: dict[str, Any]
) -> None:
    if "people" in said:
        said = said | {"people": {"test": {"drawn": drawn[1].people_hash("drawn", "test")}}}
    assert introduced(drawn, tmp_path, trained(drawn, **said)).protocol == SAFE


def test_introduce_says_disjoint_when_the_cache_holds_the_split_of_the_training(
    drawn: tuple[Manifest, Split], tmp_path: Path
) -> None:
    manifest, _ = drawn
    other = SplitByPerson({"drawn": Named(["p1", "p4", "p7"])}, folds=2).make(manifest)
    origin = trained(
        drawn,
        split=other.fingerprint,
        held_out={"drawn": "3 people"},
    )
    assert "CAUTION" in introduced(drawn, tmp_path, origin).protocol
    other.write(tmp_path / f"{manifest.fingerprint}-rule.csv")
    assert introduced(drawn, tmp_path, origin).protocol == SAFE


def test_introduce_says_that_validation_flatters_when_the_very_split_was_trained_on(
    drawn: tuple[Manifest, Split], tmp_path: Path
) -> None:
    count = len(drawn[1].people("drawn", "val"))
    origin = trained(drawn, split=drawn[1].fingerprint)
    said = introduced(drawn, tmp_path, origin, role="val").protocol
    assert (
        said == f"validation: {count} of 9 people, whom net-0 was never trained on. {TUNED} net-0"
    )
    alike = trained(drawn, everybody=drawn[1].held_out_hash)
    assert introduced(drawn, tmp_path, alike, role="val").protocol == said


def test_introduce_says_whom_validation_flatters_when_it_is_not_the_first(
    drawn: tuple[Manifest, Split], tmp_path: Path
) -> None:
    ours = trained(drawn, split=drawn[1].fingerprint)
    said = introduced(drawn, tmp_path, Origin(datasets=("other",)), ours, role="val").protocol
    assert said.startswith("cross-dataset: ")
    assert said.endswith(f". {TUNED} net-1")


def test_introduce_flatters_nobody_when_those_who_validate_were_tested_in_training(
    drawn: tuple[Manifest, Split], tmp_path: Path
) -> None:
    manifest, split = drawn
    validated = split.people("drawn", "val")
    other = SplitByPerson({"drawn": Named(validated)}, folds=2).make(manifest)
    other.write(tmp_path / "other.csv")
    said = introduced(drawn, tmp_path, trained(drawn, split=other.fingerprint), role="val").protocol
    assert said.startswith("validation: ")
    assert said.endswith("whom net-0 was never trained on")


def test_introduce_names_no_sensor_when_validation_people_are_of_the_others(tmp_path: Path) -> None:
    few = {f"p{number}": [0, 1] for number in range(3)}
    others = {f"p{number}": [0, 1] for number in range(3, 9)}
    taken = [*blanks("drawn", few, sensor="01"), *blanks("drawn", others, 9, sensor="02")]
    manifest = write(taken)
    split = SensorOut("01", folds=2).make(manifest)
    origin = Origin(("drawn",), split.fingerprint)
    tested = introduced((manifest, split), tmp_path, origin).protocol
    assert "on sensor 01 alone" in tested
    said = introduced((manifest, split), tmp_path, origin, role="val").protocol
    assert said.startswith("validation: ")
    assert "sensor" not in said


def test_introduce_warns_of_validation_people_when_another_split_tests_the_same_people(
    drawn: tuple[Manifest, Split], tmp_path: Path
) -> None:
    manifest, split = drawn
    other = SplitByPerson({"drawn": Named(TESTED)}, folds=2, seed=1).make(manifest)
    trained_on = set(split.people("drawn", "val")) & set(other.people("drawn", "train"))
    assert trained_on
    origin = trained(
        drawn,
        split=other.fingerprint,
        held_out={"drawn": "2 people: p1, p4"},
        people={"test": {"drawn": split.people_hash("drawn", "test")}},
    )
    assert introduced(drawn, tmp_path, origin).protocol == SAFE
    unknown = introduced(drawn, tmp_path, origin, role="val").protocol
    assert unknown.endswith("its split was another one, which is not at hand")
    named = replace(origin, people={"val": {"drawn": split.people_hash("drawn", "val")}})
    assert introduced(drawn, tmp_path, named, role="val").protocol.startswith("validation: ")
    other.write(tmp_path / f"{manifest.fingerprint}-rule.csv")
    known = introduced(drawn, tmp_path, origin, role="val").protocol
    assert "of those judged here, or was tuned on them" in known
    assert f"learnt from {len(trained_on)} p" in known


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            {"held_out": {"drawn": "2 people: p1, p2"}},
            "learnt from 1 person of those judged here, or was tuned on them",
        ),
        ({"held_out": {"drawn": "215 people"}}, "its split was another one, which is not at hand"),
        (
            {"held_out": {"drawn": "1 people: p1, p4"}},
            "its split was another one, which is not at hand",
        ),
        ({"held_out": {"other": "2 people: p1, p4"}}, "it tested nobody of this data set"),
        ({"is_leaky": True}, "knows the people judged here"),
        ({"datasets": None}, "it does not say on whom it was"),
    ],
)
def test_introduce_warns_when_people_tested_may_have_been_trained_on(
    drawn: tuple[Manifest, Split], tmp_path: Path, said: dict[str, Any], reason: str
) -> None:
    found = introduced(drawn, tmp_path, trained(drawn, **said))
    assert found.protocol.startswith("2 of 9 people; NOT KNOWN to be other people than those whom")
    assert ". CAUTION: net-0 " in found.protocol
    assert reason in found.protocol
    assert not found.is_transfer


def test_introduce_names_those_alone_who_may_know_somebody_when_others_do_not(
    drawn: tuple[Manifest, Split], tmp_path: Path
) -> None:
    safe = trained(drawn, split=drawn[1].fingerprint)
    foreign = Origin(datasets=("drawn",))
    found = introduced(drawn, tmp_path, safe, foreign, foreign, Origin(datasets=("other",)))
    said, caution = found.protocol.split(". CAUTION: ")
    assert said == SAFE
    assert caution.startswith("net-1, net-2 may have been trained on the people judged here")


@pytest.mark.parametrize(
    ("data", "is_transfer"),
    [("faces, wild", False), ("b, faces, wild, c", False), ("faces, tame", True), ("wild", True)],
)
def test_introduce_says_transfer_of_a_name_with_a_comma_only_when_it_is_not_among_the_data(
    tmp_path: Path, data: str, is_transfer: bool
) -> None:
    manifest = write(blanks("faces, wild", {f"p{number}": [0, 1] for number in range(9)}))
    split = SplitByPerson({"faces, wild": Named(TESTED)}, folds=2).make(manifest)
    origin = Origin.of_provenance({"data": f"{data} ({'f' * 16})", "split": "e" * 16})
    found = introduced((manifest, split), tmp_path, origin)
    assert found.is_transfer == is_transfer
    assert ("CAUTION" in found.protocol) != is_transfer


def test_introduce_says_transfer_when_the_main_one_has_seen_nothing_of_the_data_set(
    drawn: tuple[Manifest, Split], tmp_path: Path
) -> None:
    found = introduced(drawn, tmp_path, Origin(datasets=("other",)))
    assert found.is_transfer
    assert (
        found.protocol
        == "cross-dataset: 2 of 9 people; net-0 was trained on no data set of this name"
    )


def test_introduce_keeps_the_word_leaky_when_crops_were_dealt_out(
    drawn: tuple[Manifest, Split], tmp_path: Path
) -> None:
    manifest, _ = drawn
    leaky = LeakyRows({"drawn": Hashed(3)}, folds=2).make(manifest)
    found = introduced((manifest, leaky), tmp_path, trained(drawn))
    assert found.protocol.startswith("LEAKY on purpose")
    assert "CAUTION: net-0 knows the people judged here" in found.protocol
