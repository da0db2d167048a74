from types import SimpleNamespace
from typing import Any, cast

import pytest
from omegaconf import OmegaConf

from blink.data.manifest import Manifest
from blink.data.split import Split
from blink.entry import describe_origin
from blink.runtime import Bundle

OURS = "Apache-2.0. Weights from rendered eyes."
THEIRS = "For research, not for products."


def teacher(name: str, licence: str) -> Bundle:
    return cast(
        Bundle, SimpleNamespace(name=name, provenance={"licence": licence}, sha256=name * 16)
    )


def origin(*teachers: Bundle) -> dict[str, Any]:
    cfg = OmegaConf.create(
        {
            "data": {"licence": OURS, "caveats": []},
            "question": "?",
            "seed": 0,
            "made_by": {"commit": "abc"},
        }
    )
    manifest = SimpleNamespace(datasets=["drawn"], fingerprint="f", batches=lambda _: [])
    split = SimpleNamespace(
        is_leaky=False,
        fingerprint="s",
        held_out={"drawn": "2 people"},
        people=lambda _, role: ["a", "b"] if role == "val" else [],
        people_hash=lambda _, role: f"p-{role}",
        held_out_hash="h",
    )
    return describe_origin(cfg, cast(Manifest, manifest), cast(Split, split), teachers)


def test_origin_names_no_teachers_when_labels_taught_alone() -> None:
    assert "teachers" not in origin()
    assert origin()["licence"] == OURS


def test_origin_says_who_validated_when_nobody_was_tested() -> None:
    said = origin()
    assert said["val_people"] == {"drawn": "p-val"}
    assert said["test_people"] == {}


@pytest.mark.parametrize(
    ("licences", "expected"),
    [
        ([OURS], OURS),
        ([OURS, THEIRS], f"{OURS} Taught by net1: {THEIRS}"),
        ([THEIRS, "NC."], f"{OURS} Taught by net0: {THEIRS} Taught by net1: NC."),
    ],
)
def test_licence_holds_those_of_teachers_when_they_are_others(
    licences: list[str], expected: str
) -> None:
    teachers = [teacher(f"net{place}", licence) for place, licence in enumerate(licences)]

    told = origin(*teachers)

    assert told["licence"] == expected
    assert told["teachers"] == {f"net{n}": (f"net{n}" * 3)[:12] for n in range(len(licences))}


def test_origin_loses_no_teacher_when_two_have_one_name() -> None:
    one, other = teacher("net", THEIRS), teacher("net", "NC.")
    other.sha256 = "f" * 64  # type: ignore[misc] # it is a stand-in

    told = origin(one, other)

    assert told["licence"] == f"{OURS} Taught by net: {THEIRS} Taught by net: NC."
    assert told["teachers"] == {"net": f"netnetnetnet, {'f' * 12}"}
