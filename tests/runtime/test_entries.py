import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from blink.contract import BundleError
from blink.runtime.bundle import FILE
from blink.runtime.entries import AGAIN, ENTRIES, digest, read_entries
from tests import crafted

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "bundle.schema.json").read_text())
SPAN = {"value": 0.1, "low": -0.2, "high": 0.3}
ROW = {
    "name": "int8",
    "precision": "int8",
    "recipe": "static",
    "size_bytes": 80_000,
    "nodes": 30,
    "opset": 13,
    "ratio_to_empty_graph": {"value": 5.0, "low": 4.8, "high": 5.2},
    "peak_memory_bytes": None,
    "balanced_accuracy": 0.97,
    "difference": SPAN,
    "changed_decisions": 0.01,
    "largest_difference": 0.2,
    "passed": True,
    "ships_as": "model.onnx",
    "why": "the fastest",
}
EXPORT: dict[str, Any] = {
    "chosen": "int8",
    "reason": "It is the fastest that passes.",
    "target": None,
    "measured_on": "a CPU",
    "table": [ROW],
    "left_out": [{"name": "fp16", "why": "slower"}],
    "sensitivity": [{"layer": "c1", "balanced_accuracy_lost": 0.0, "largest_difference": 0.1}],
    "opencv_dnn": {"loads": False, "largest_difference": None, "why": "no such layer"},
}
Change = Callable[[crafted.Content], object]


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> crafted.Content:
    """What a bundle says."""
    folder = crafted.craft(tmp_path_factory.mktemp("bundle") / "crafted")
    found: crafted.Content = json.loads((folder / FILE).read_text())
    return found


def read(content: crafted.Content) -> crafted.Content:
    """Reads entries whose hash is right."""
    sealed = content | {"sha256": digest(content)}
    return read_entries(json.dumps(sealed).encode(), Path("somewhere") / FILE)


def changed(content: crafted.Content, change: Change) -> crafted.Content:
    copy: crafted.Content = json.loads(json.dumps(content))
    change(copy)
    return copy


def test_read_entries_gives_them_when_they_are_all_right(content: crafted.Content) -> None:
    assert read(content) == content


FEW_PEOPLE = EXPORT | {"table": [ROW | {"difference": {"value": 0.0, "low": None, "high": None}}]}


@pytest.mark.parametrize("export", [{}, EXPORT, FEW_PEOPLE])
def test_read_entries_takes_an_export_when_it_is_empty_or_whole(
    content: crafted.Content, export: crafted.Content
) -> None:
    assert read(content | {"export": export})["export"] == export
    jsonschema.validate(content | {"export": export}, SCHEMA)


def test_read_entries_takes_a_name_when_words_are_written_so(content: crafted.Content) -> None:
    name = "n°\u00a07 می\u200cخواهم 👩\u200d🔬"
    assert read(content | {"name": name})["name"] == name
    jsonschema.validate(content | {"name": name}, SCHEMA)


def test_read_entries_takes_answers_of_openness_when_each_precision_has_them(
    content: crafted.Content,
) -> None:
    golden = content["golden"] | {"openness": content["golden"]["p_closed"]}
    assert read(content | {"golden": golden})["golden"] == golden
    jsonschema.validate(content | {"golden": golden}, SCHEMA)


FORGED: dict[str, tuple[Change, str]] = {
    "unknown entry": (lambda c: c.update(more=1), r"does not know, or lacks some: \['more'\]"),
    "missing entry": (lambda c: c.pop("golden"), r"lacks some: \['golden'\]"),
    "turned labels": (lambda c: c["labels"].reverse(), "labels are"),
    "path upwards": (lambda c: c["files"].update({"../x": "0" * 64}), "a key of files is '../x'"),
    "absolute path": (lambda c: c["files"].update({"/etc/x": "0" * 64}), "is '/etc/x'"),
    "path within": (lambda c: c["files"].update({"a/b.onnx": "0" * 64}), "is 'a/b.onnx'"),
    "windows path": (lambda c: c["files"].update({"c:\\x": "0" * 64}), "a key of files"),
    "no name": (lambda c: c["files"].update({"": "0" * 64}), "a key of files is ''"),
    "dots": (lambda c: c["files"].update({"..": "0" * 64}), "a key of files is '..'"),
    "hidden": (lambda c: c["files"].update({".x": "0" * 64}), "a key of files is '.x'"),
    "other file": (lambda c: c["files"].update({"x.py": "0" * 64}), "files are .*which are not"),
    "lost file": (lambda c: c["files"].pop("fp32.onnx"), "files are .*which are not"),
    "no hash": (lambda c: c["files"].update({"fp32.onnx": "0"}), r"files.fp32.onnx is '0'"),
    "files as a list": (lambda c: c.update(files=[]), r"files is \[\], which is no object"),
    "numeric name": (lambda c: c.update(name=7), "name is 7, which is no text"),
    "empty name": (lambda c: c.update(name=""), "name is ''"),
    "name that is a path": (lambda c: c.update(name="../../eye"), r"name is '../../eye'"),
    "name of a folder": (lambda c: c.update(name="a/b"), "name is 'a/b', which is no text like"),
    "hidden name": (lambda c: c.update(name=".eye"), "name is '.eye', which is no text like"),
    "name of two lines": (lambda c: c.update(name="a\nb"), r"name is 'a\\nb', which is no line"),
    "name that hides": (lambda c: c.update(name="a\x1b[8m"), r"name is 'a\\x1b\[8m', which is no"),
    "other kind": (lambda c: c.update(kind="oracle"), "no choice of net, heuristic"),
    "other precision": (lambda c: c["precisions"].update(fp64="fp64.onnx"), "a key of precisions"),
    "graph that is none": (lambda c: c["precisions"].update(fp32="x.exe"), "precisions.fp32"),
    "one file for two": (lambda c: c["precisions"].update(fp32="fp16.onnx"), "files are"),
    "chosen elsewhere": (lambda c: c.update(precision="fp32"), "fp32, is not in model.onnx"),
    "answers missing": (lambda c: c["golden"]["p_closed"].pop("int8"), "golden answers are of"),
    "answers too few": (lambda c: c["golden"]["p_closed"]["int8"].pop(), "more of one precision"),
    "answer beyond": (
        lambda c: c["golden"]["p_closed"]["int8"].__setitem__(0, 1.5),
        r"golden.p_closed.int8\[0\] is 1.5, which is no number from 0 to 1",
    ),
    "true as an answer": (
        lambda c: c["golden"]["p_closed"]["int8"].__setitem__(0, True),
        "is True, which is no number",
    ),
    "openness beyond": (
        lambda c: c["golden"].update(openness={key: [1.5] * 4 for key in c["precisions"]}),
        r"golden.openness.\w+\[0\] is 1.5, which is no number from 0 to 1",
    ),
    "openness too few": (
        lambda c: c["golden"].update(openness={key: [0.5] for key in c["precisions"]}),
        "golden answers are none, or more",
    ),
    "openness of one": (
        lambda c: c["golden"].update(openness={"fp32": [0.5] * 4}),
        r"golden answers are of \['fp32'\], not of",
    ),
    "golden more": (lambda c: c["golden"].update(more=1), "golden is .*no object with the entries"),
    "no licence": (lambda c: c["provenance"].pop("licence"), "does not say the licence"),
    "metrics as text": (lambda c: c.update(metrics="good"), "metrics is 'good'"),
    "export half": (lambda c: c.update(export={"chosen": "x"}), "export is .*no object with"),
    "export row": (
        lambda c: c.update(export=EXPORT | {"table": [ROW | {"passed": "yes"}]}),
        r"export.table\[0\].passed is 'yes', which is no truth value",
    ),
    "export size": (
        lambda c: c.update(export=EXPORT | {"table": [ROW | {"size_bytes": -1}]}),
        r"export.table\[0\].size_bytes is -1, which is no whole number",
    ),
}


@pytest.mark.parametrize("case", FORGED)
def test_read_entries_says_what_is_wrong_when_forged_with_a_right_hash(
    content: crafted.Content, case: str
) -> None:
    change, message = FORGED[case]

    with pytest.raises(BundleError, match=message):
        read(changed(content, change))


SAID_ELSEWHERE = {"lost file", "one file for two", "chosen elsewhere", "answers missing",
                  "answers too few", "openness too few", "openness of one"}  # fmt: skip
"""What entries say of each other is beyond a JSON schema."""


@pytest.mark.parametrize("case", sorted(FORGED.keys() - SAID_ELSEWHERE))
def test_schema_refuses_what_the_loader_refuses_when_forged(
    content: crafted.Content, case: str
) -> None:
    forged = changed(content, FORGED[case][0])

    jsonschema.validate(content, SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(forged, SCHEMA)


def test_schema_knows_the_entries_that_the_loader_knows_when_both_are_read() -> None:
    assert set(SCHEMA["required"]) == ENTRIES.keys()
    assert SCHEMA["properties"].keys() == ENTRIES.keys()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no JSON"),
        ("{", rf"is no JSON .*\. {AGAIN}"),
        ("\x00", "is no JSON"),
        ("[" * 100_001, "more than 100,000 lists"),
        ("[" * 50_000, "nested deeper than 32"),
        ("[" * 40 + "]" * 40, "nested deeper than 32"),
        ("[" + "1," * 1_000_001 + "1]", "1,000,000 entries"),
        ('{"schema": 2, "schema": 2}', "a key comes twice"),
        ('{"schema": NaN}', "NaN is no number"),
        ('{"schema": -Infinity}', "Infinity is no number"),
        ('{"schema": 1e999}', "1e999 is beyond every number"),
        ('{"schema": "\\ud800"}', "is no JSON"),
        ('{"schema": ' + "9" * 5000 + "}", "9… is beyond every number"),
        ('{"schema": ' + "9" * 400 + "}", "9… is beyond every number"),
        ("[]", "schema 'None'; this version reads 2"),
        ("null", "this version reads 2"),
        ('"bundle"', "this version reads 2"),
        ("{}", "this version reads 2"),
        ('{"schema": 2.0}', "this version reads 2"),
        ('{"schema": true}', "this version reads 2"),
        ('{"schema": 0}', "this version reads 2"),
        ('{"schema": 1}', r"which Blink 0.1 reads; this version reads 2.*python train.py"),
        ('{"schema": 3}', "which a newer version of Blink reads.*Upgrade Blink"),
        ('{"schema": 2}', "lacks some"),
    ],
)
def test_read_entries_says_why_when_it_cannot_read_the_file(text: str, message: str) -> None:
    with pytest.raises(BundleError, match=message):
        read_entries(text.encode(), Path(FILE))


def test_read_entries_refuses_when_the_text_is_not_utf8() -> None:
    with pytest.raises(BundleError, match="is no JSON"):
        read_entries('{"schema": 2}'.encode("utf-16"), Path(FILE))
