import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from blink.contract import BundleError
from blink.runtime import Bundle, Detector, load_bundle
from blink.runtime.bundle import FILE, digest

Content = dict[str, Any]


@pytest.fixture
def folder(bundle: Bundle, tmp_path: Path) -> Path:
    """A copy of the bundle's folder, to be broken."""
    return Path(shutil.copytree(bundle.folder, tmp_path / "copy"))


def forge(folder: Path, change: Callable[[Content], object]) -> None:
    """Changes bundle.json and makes its hash right again."""
    content = json.loads((folder / FILE).read_text())
    change(content)
    content["sha256"] = digest(content)
    (folder / FILE).write_text(json.dumps(content))


def test_load_bundle_gives_what_was_exported_when_nothing_was_changed(folder: Path) -> None:
    found = load_bundle(folder)
    assert (found.name, found.kind, found.precision) == ("drawn", "net", "int8")
    assert found.precisions == {"fp32": "fp32.onnx", "int8": "model.onnx"}
    assert found.calibration.temperature == 1.5
    assert found.operating_point.threshold == 0.45
    assert found.golden_crops().shape == (6, 32, 32, 3)


@pytest.mark.parametrize("name", ["model.onnx", "fp32.onnx", "MODEL_CARD.md"])
def test_load_bundle_names_the_file_when_a_byte_of_it_was_changed(folder: Path, name: str) -> None:
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(BundleError, match=f"{name} was changed"):
        load_bundle(folder)


@pytest.mark.parametrize("name", ["model.onnx", "fp32.onnx", "MODEL_CARD.md", "bundle.json"])
def test_load_bundle_names_the_file_when_it_is_missing(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(BundleError, match=f"{name} is missing"):
        load_bundle(folder)


def test_load_bundle_refuses_when_a_file_is_a_link(folder: Path) -> None:
    (folder / "fp32.onnx").rename(folder.parent / "elsewhere.onnx")
    (folder / "fp32.onnx").symlink_to(folder.parent / "elsewhere.onnx")
    with pytest.raises(BundleError, match=r"fp32.onnx is missing"):
        load_bundle(folder)


@pytest.mark.parametrize("name", ["notes.txt", "extra.onnx"])
def test_load_bundle_refuses_when_a_file_is_not_part_of_it(folder: Path, name: str) -> None:
    (folder / name).write_text("?")
    with pytest.raises(BundleError, match=f"{name} is not part of the bundle"):
        load_bundle(folder)


def test_load_bundle_refuses_when_it_holds_a_folder(folder: Path) -> None:
    (folder / "more").mkdir()
    with pytest.raises(BundleError, match="more is not part of the bundle"):
        load_bundle(folder)


@pytest.mark.parametrize("name", [".DS_Store", "._model.onnx", "latency-amd-epyc.json"])
def test_load_bundle_takes_no_offence_when_a_harmless_file_lies_there(
    folder: Path, name: str
) -> None:
    (folder / name).write_text("?")
    assert load_bundle(folder).name == "drawn"


def test_load_bundle_refuses_when_the_folder_is_none(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(BundleError, match="is no bundle"):
        load_bundle(tmp_path / "nowhere")
    with pytest.raises(BundleError, match="is no bundle"):
        load_bundle(folder / "model.onnx")
    (folder / FILE).unlink()
    (folder / FILE).mkdir()
    with pytest.raises(BundleError, match="cannot be read"):
        load_bundle(folder)


@pytest.mark.parametrize("text", ["", "{", "\x00", "[" * 100_000])
def test_load_bundle_refuses_when_its_file_is_no_json(folder: Path, text: str) -> None:
    (folder / FILE).write_text(text)
    with pytest.raises(BundleError, match="is no JSON"):
        load_bundle(folder)


@pytest.mark.parametrize("text", ["[]", "null", '"bundle"', "{}", '{"schema": 2}'])
def test_load_bundle_refuses_when_its_schema_is_unknown(folder: Path, text: str) -> None:
    (folder / FILE).write_text(text)
    with pytest.raises(BundleError, match="this version of Blink reads 1"):
        load_bundle(folder)


def test_load_bundle_refuses_when_an_entry_was_changed_by_hand(folder: Path) -> None:
    text = (folder / FILE).read_text()
    (folder / FILE).write_text(text.replace('"threshold": 0.45', '"threshold": 0.95'))
    with pytest.raises(BundleError, match="was changed after the export"):
        load_bundle(folder)


FORGERIES: dict[str, tuple[Callable[[Content], object], str]] = {
    "unknown entry": (lambda c: c.update(more=1), "does not know, or lacks some"),
    "missing entry": (lambda c: c.pop("golden"), "does not know, or lacks some"),
    "turned labels": (lambda c: c["labels"].reverse(), "does not know, or lacks some"),
    "path upwards": (lambda c: c["files"].update({"../x": "0"}), "names '../x'"),
    "absolute path": (lambda c: c["files"].update({"/etc/hosts": "0"}), "names '/etc/hosts'"),
    "no name": (lambda c: c["files"].update({"": "0"}), "is missing"),
    "files as a list": (lambda c: c.update(files=[]), "files is .*no dict"),
    "numeric name": (lambda c: c.update(name=7), "name is 7, which is no str"),
    "precision without file": (lambda c: c["precisions"].update(fp16="a.onnx"), "whose file"),
    "chosen precision absent": (lambda c: c.update(precision="fp16"), "whose file"),
    "foreign size": (lambda c: c["input_spec"].update(height=7), "from 8 to 256"),
    "foreign kernel": (lambda c: c["input_spec"].update(kernel="cubic"), "choose one of"),
    "unknown field": (lambda c: c["calibration"].update(bias=1), "no Calibration"),
    "threshold": (lambda c: c["operating_point"].update(threshold=1), "strictly between"),
}


@pytest.mark.parametrize("case", FORGERIES)
def test_load_bundle_refuses_when_forged_with_right_hashes(folder: Path, case: str) -> None:
    change, message = FORGERIES[case]
    forge(folder, change)
    with pytest.raises(BundleError, match=message):
        load_bundle(folder)


def test_bundle_names_its_precisions_when_asked_for_another(bundle: Bundle) -> None:
    with pytest.raises(BundleError, match=r"holds no fp16; it holds \['fp32', 'int8'\]"):
        bundle.path("fp16")


def test_detector_refuses_when_the_graph_is_corrupt_though_its_hash_is_right(folder: Path) -> None:
    data = b"no graph at all"
    (folder / "model.onnx").write_bytes(data)
    forge(folder, lambda c: c["files"].update({"model.onnx": hashlib.sha256(data).hexdigest()}))
    with pytest.raises(BundleError, match=r"ONNX Runtime cannot load .*model.onnx"):
        Detector.load(folder)


def test_detector_refuses_when_the_graph_is_of_another_size_than_its_spec(folder: Path) -> None:
    forge(folder, lambda c: c["input_spec"].update(width=40))
    with pytest.raises(BundleError, match="its input spec says"):
        Detector.load(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g["p_closed"]["int8"].__setitem__(0, 0.9), "off by up to 0.7"),
        (lambda g: g["p_closed"]["int8"].__setitem__(0, float("nan")), "off by up to nan"),
        (lambda g: g["p_closed"].pop("int8"), "no golden answers of int8"),
        (lambda g: g["p_closed"]["int8"].pop(), "golden crops and answers of int8 differ"),
        (lambda g: g.update(crops="?"), "no golden crops"),
        (lambda g: g.update(crops="AAAA"), "no golden crops"),
        (lambda g: g.clear(), "no golden answers"),
    ],
)
def test_verify_refuses_when_golden_answers_are_not_those(
    folder: Path, change: Callable[[Content], object], message: str
) -> None:
    forge(folder, lambda c: change(c["golden"]))
    with pytest.raises(BundleError, match=message):
        Detector.load(folder).verify()
