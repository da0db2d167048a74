import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from blink.contract import BundleError, Calibration, ConfigError
from blink.evaluation.open_models import open_models
from blink.runtime import Bundle
from tests.evaluation.foreign.graphs import write_adapter, write_linear
from tests.exported import export, heuristic


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(tmp_path_factory.mktemp("fitted") / "gradient", heuristic()).folder


def run_of(folder: Path, *bundles: Path) -> Path:
    for bundle in bundles:
        shutil.copytree(bundle, folder / "bundles" / bundle.name)
    return folder


def test_open_models_takes_bundles_runs_and_adapters_in_their_order(
    tmp_path: Path, bundle: Bundle, fitted: Path
) -> None:
    peer = write_adapter(write_linear(tmp_path / "m.onnx", [0.5]))
    run = run_of(tmp_path / "run", bundle.folder, fitted)
    found = open_models([peer, run])
    assert [one.title for one in found] == [
        "peer fp32",
        "drawn int8",
        "drawn fp32",
        "gradient fp32",
    ]
    assert [one.kind for one in found] == ["foreign", "net", "net", "heuristic"]


def test_open_models_leaves_other_precisions_out_when_one_is_named(
    tmp_path: Path, bundle: Bundle, fitted: Path
) -> None:
    run = run_of(tmp_path / "run", bundle.folder, fitted)
    assert [one.title for one in open_models([run], ["int8"])] == ["drawn int8"]
    with pytest.raises(ConfigError, match=r"Nothing here is int4; there are \['fp32', 'int8'\]"):
        open_models([run], ["int4", "fp32"])


def test_open_models_refuses_by_name_when_nothing_of_a_place_has_the_precision(
    bundle: Bundle, fitted: Path
) -> None:
    with pytest.raises(ConfigError, match=r"gradient holds nothing in int8, but in fp32\. Leave"):
        open_models([fitted, bundle.folder], ["int8"])
    both = open_models([fitted, bundle.folder], ["int8", "fp32"])
    assert [one.title for one in both] == ["gradient fp32", "drawn int8", "drawn fp32"]


def test_open_models_tells_two_runs_apart_when_they_named_their_nets_alike(
    tmp_path: Path, fitted: Path
) -> None:
    other = heuristic()
    other.graph.calibration = Calibration(2.0)
    monday = run_of(tmp_path / "13-05-00-eye-ab12", fitted)
    tuesday = run_of(tmp_path / "09-11-30-eye-cd34", export(tmp_path / "gradient", other).folder)
    assert [one.name for one in open_models([monday, tuesday])] == [
        "gradient@13-05-00-eye-ab12",
        "gradient@09-11-30-eye-cd34",
    ]


def test_open_models_gives_a_bundle_one_name_when_a_namesake_has_fewer_precisions(
    tmp_path: Path, bundle: Bundle
) -> None:
    other = export(tmp_path / "drawn", replace(heuristic(), name="drawn")).folder
    both = run_of(tmp_path / "both", bundle.folder)
    one = run_of(tmp_path / "one", other)
    found = open_models([both, one])
    assert [one.title for one in found] == ["drawn@both int8", "drawn@both fp32", "drawn@one fp32"]


def test_open_models_takes_once_what_two_runs_hold_alike(tmp_path: Path, fitted: Path) -> None:
    runs = [run_of(tmp_path / name, fitted) for name in ("monday", "tuesday")]
    assert [one.name for one in open_models(runs)] == ["gradient"]
    assert len(open_models([runs[0], runs[0] / "bundles" / "gradient"])) == 1


@pytest.mark.parametrize("again", ["peer.yaml", "./peer.yaml"])
def test_open_models_refuses_when_one_is_named_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: str
) -> None:
    write_adapter(write_linear(tmp_path / "peer.onnx", [0.5]))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"peer\.yaml is named twice"):
        open_models([Path("peer.yaml"), Path(again)])


def test_open_models_refuses_when_nothing_tells_namesakes_apart(tmp_path: Path) -> None:
    adapters = [
        write_adapter(write_linear(tmp_path / f"{name}.onnx", [weight]))
        for name, weight in (("a", 0.25), ("b", 0.5))
    ]
    with pytest.raises(ConfigError, match=r"peer fp32 is there more than once.*`name` in an"):
        open_models(adapters)


def test_open_models_says_what_may_be_named_when_there_is_no_intelligence(
    tmp_path: Path,
) -> None:
    with pytest.raises(ConfigError, match=r"gone is missing\. Name a bundle's folder"):
        open_models([tmp_path / "gone"])
    with pytest.raises(ConfigError, match="is no intelligence"):
        open_models([tmp_path])


def test_open_models_says_how_to_unpack_when_it_is_given_a_packed_bundle(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.blink").touch()
    with pytest.raises(BundleError, match=r"a\.blink is no bundle.* unpacked first: blink bundle"):
        open_models([tmp_path / "a.blink"])
    with pytest.raises(ConfigError, match=r"b\.blink is missing\. Name a bundle's folder"):
        open_models([tmp_path / "b.blink"])


def test_open_models_refuses_when_a_bundle_was_changed(tmp_path: Path, bundle: Bundle) -> None:
    copy = Path(shutil.copytree(bundle.folder, tmp_path / "copy"))
    (copy / "model.onnx").write_bytes(b"other")
    with pytest.raises(BundleError, match="was changed after the export"):
        open_models([copy])
