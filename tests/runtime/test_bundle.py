import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest

from blink.contract import BundleError
from blink.runtime import Detector, load_bundle
from blink.runtime.bundle import FILE
from blink.runtime.entries import AGAIN
from blink.runtime.packed import pack_bundle
from tests import crafted


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle, to be broken."""
    return crafted.craft(tmp_path / "crafted")


def test_load_bundle_gives_what_was_exported_when_nothing_was_changed(folder: Path) -> None:
    found = load_bundle(folder)

    assert (found.name, found.kind, found.precision) == ("crafted", "net", "int8")
    assert found.precisions == crafted.FILES
    assert found.calibration.temperature == 1.25
    assert found.operating_point.threshold == 0.45
    assert found.export == {}
    assert found.inspection == {}
    np.testing.assert_array_equal(found.golden_crops(), crafted.golden())
    assert sorted(found.files) == ["MODEL_CARD.md", "fp16.onnx", "fp32.onnx", "model.onnx"]


def test_bundle_is_a_line_of_a_log_when_it_is_large(folder: Path) -> None:
    large = {"notes": "precious" * 1000}
    crafted.forge(folder, lambda c: [c[key].update(large) for key in ("metrics", "provenance")])

    told = repr(load_bundle(folder))

    assert len(told) < 1000
    assert "name='crafted'" in told


def test_graph_gives_the_bytes_that_were_hashed_when_the_file_changes_later(folder: Path) -> None:
    found = load_bundle(folder)
    before = (folder / "fp32.onnx").read_bytes()
    (folder / "fp32.onnx").write_bytes(b"other")

    assert found.graph("fp32") == before
    assert found.graph() == (folder / "model.onnx").read_bytes()


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


@pytest.mark.parametrize("name", ["model.onnx", "MODEL_CARD.md", "bundle.json"])
def test_load_bundle_advises_to_copy_it_again_first_when_a_file_is_cut(
    folder: Path, name: str
) -> None:
    (folder / name).write_bytes((folder / name).read_bytes()[:-9])

    with pytest.raises(BundleError, match=rf"{name} .*\. {re.escape(AGAIN)}$"):
        load_bundle(folder)


def test_load_bundle_refuses_when_the_folder_is_none(tmp_path: Path, folder: Path) -> None:
    for nothing in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(BundleError, match="is no bundle"):
            load_bundle(nothing)


def test_load_bundle_names_those_below_when_the_folder_is_that_of_a_run(
    tmp_path: Path, folder: Path
) -> None:
    inner = shutil.copytree(folder, tmp_path / "run" / "bundles" / "eye-mine")
    with pytest.raises(BundleError, match=f"run is no bundle. These lie in it: {inner}"):
        load_bundle(tmp_path / "run")


def test_load_bundle_says_how_to_unpack_when_it_is_given_a_file(
    tmp_path: Path, folder: Path
) -> None:
    packed = tmp_path / "a.blink"
    pack_bundle(folder, packed)

    for file in (packed, folder / "model.onnx"):
        with pytest.raises(BundleError, match=r"is no bundle: it is a file.*unpack_bundle") as told:
            load_bundle(file)
        assert str(told.value).startswith(f"{file} is")


def test_load_bundle_refuses_when_the_system_cannot_even_ask_for_the_folder(tmp_path: Path) -> None:
    for nothing in (tmp_path / ("x" * 5000), tmp_path / "a\0b"):
        with pytest.raises(BundleError, match="is no bundle"):
            load_bundle(nothing)


def test_load_bundle_refuses_when_an_entry_was_changed_by_hand(folder: Path) -> None:
    text = (folder / FILE).read_text()
    (folder / FILE).write_text(text.replace('"threshold": 0.45', '"threshold": 0.95'))

    with pytest.raises(BundleError, match="was changed after the export"):
        load_bundle(folder)


REFUSED: dict[str, tuple[Callable[[crafted.Content], object], str]] = {
    "another threshold": (
        lambda c: c["operating_point"].update(threshold=0.9),
        "metadata say another operating_point",
    ),
    "another temperature": (
        lambda c: c["calibration"].update(temperature=2),
        "metadata say another calibration",
    ),
    "another name": (lambda c: c.update(name="other"), "metadata say another name"),
    "another size": (
        lambda c: c["input_spec"].update(width=32),
        "2 golden crops and 4 answers",
    ),
    "no size": (lambda c: c["input_spec"].update(height=7), "from 8 to 256"),
    "another kernel": (lambda c: c["input_spec"].update(kernel="cubic"), "choose one of"),
    "an unknown field": (lambda c: c["calibration"].update(bias=1), "no Calibration"),
    "no threshold": (lambda c: c["operating_point"].update(threshold=1), "strictly between"),
    "crops of another size": (lambda c: c["golden"].update(crops="AAAA"), "no golden crops"),
    "crops of no base64": (lambda c: c["golden"].update(crops="?"), "no golden crops"),
    "other inspection": (lambda c: c.update(inspection={"limits": {}}), "inspection"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_load_bundle_refuses_when_an_entry_is_forged_and_hashes_are_right(
    folder: Path, case: str
) -> None:
    change, message = REFUSED[case]
    crafted.forge(folder, change)

    with pytest.raises(BundleError, match=message):
        load_bundle(folder)


def test_load_bundle_refuses_when_crops_and_answers_are_not_as_many(folder: Path) -> None:
    def drop(content: crafted.Content) -> None:
        for answers in content["golden"]["p_closed"].values():
            answers.pop()

    crafted.forge(folder, drop)

    with pytest.raises(BundleError, match="4 golden crops and 3 answers"):
        load_bundle(folder)


def test_load_bundle_takes_it_when_what_is_said_of_the_data_differs(folder: Path) -> None:
    crafted.forge(folder, lambda c: c["provenance"].update(commit="4567"))

    assert load_bundle(folder).provenance["commit"] == "4567"


def test_load_bundle_names_the_graph_when_it_is_refused(folder: Path) -> None:
    crafted.replace_graph(folder, b"no graph at all", "fp16")

    with pytest.raises(BundleError, match=r"fp16.onnx is refused: .*export it again"):
        load_bundle(folder)


def test_load_bundle_refuses_when_another_precision_than_the_asked_one_is_bad(
    folder: Path,
) -> None:
    crafted.forge_graph(folder, lambda m: setattr(m.graph.node[-1], "domain", "evil"))

    with pytest.raises(BundleError, match=r"fp32.onnx is refused: .*whose opset is not named"):
        Detector.load(folder, "int8")


@pytest.mark.parametrize("precision", crafted.FILES)
def test_bundle_runs_when_it_is_loaded(folder: Path, precision: str) -> None:
    assert Detector.load(folder, precision).verify() < 1e-6


def test_bundle_names_its_precisions_when_asked_for_another(folder: Path) -> None:
    crafted.forge(folder, lambda c: None)
    bundle = load_bundle(folder)

    for ask in (bundle.path, bundle.graph, bundle.golden_answers):
        with pytest.raises(BundleError, match=r"holds no fp64; it holds \['fp16', 'fp32', 'int8'"):
            ask("fp64")


@pytest.mark.parametrize("precision", crafted.FILES)
def test_verify_refuses_when_weights_are_others_than_those_that_answered(
    folder: Path, precision: str
) -> None:
    def change(model: onnx.ModelProto) -> None:
        (bias,) = (t for t in model.graph.initializer if t.name == "b3")
        bias.raw_data = np.array([0.5], "<f4").tobytes()

    crafted.forge_graph(folder, change, precision)

    with pytest.raises(BundleError, match="does not give its golden answers"):
        Detector.load(folder, precision).verify()


def test_verify_refuses_when_an_answer_is_another(folder: Path) -> None:
    answer = json.loads((folder / FILE).read_text())["golden"]["p_closed"]["int8"][0]
    assert answer > 0.6
    crafted.forge(folder, lambda c: c["golden"]["p_closed"]["int8"].__setitem__(0, answer - 0.5))

    with pytest.raises(BundleError, match=r"off by up to 0\.5000, 0\.01 is allowed"):
        Detector.load(folder).verify()


def test_crafted_bundle_is_json_that_others_can_read_when_written(folder: Path) -> None:
    content = json.loads((folder / FILE).read_text())

    assert content["schema"] == 2
    assert content["precision"] == "int8"
