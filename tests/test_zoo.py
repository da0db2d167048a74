"""Released bundles stay what their cards say."""

from pathlib import Path

import numpy as np
import pytest

from blink.data.collection import Collection
from blink.data.importers.cew import CewEyes
from blink.data.importers.mrl import MrlEyes
from blink.data.split import Hashed, Named, SplitByPerson
from blink.evaluation import evaluate, find_held_out, predict_manifest
from blink.runtime import Detector, load_bundle

ZOO = Path(__file__).parents[1] / "export" / "zoo"
BUNDLES = sorted(path for path in ZOO.iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda path: path.name)
def test_zoo_bundle_gives_the_answers_of_its_export_when_it_is_loaded(folder: Path) -> None:
    detector = Detector.load(folder)
    detector.verify()
    assert detector.bundle.name == folder.name
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1_000_000


@pytest.mark.parametrize("folder", BUNDLES, ids=lambda path: path.name)
def test_zoo_card_says_that_its_data_are_for_research_only(folder: Path) -> None:
    assert "research-only data" in (folder / "MODEL_CARD.md").read_text()


@pytest.mark.parametrize(("name", "kilobytes"), [("eye-real", 80), ("eye-real-pico", 24)])
def test_zoo_int8_file_is_as_small_as_it_has_to_be(name: str, kilobytes: int) -> None:
    assert load_bundle(ZOO / name).path("int8").stat().st_size <= 1000 * kilobytes


def test_eye_real_keeps_its_floors_when_run_on_people_whom_it_has_not_seen(
    archives: Path, tmp_path: Path
) -> None:
    detector = Detector.load(ZOO / "eye-real")
    people = ["s0013", "s0017", "s0023", "s0024", "s0027", "s0029", "s0030"]
    data = Collection(
        [
            MrlEyes(archives / "mrlEyes_2018_01.zip"),
            CewEyes(archives / "dataset_B_Eye_Images.zip"),
        ],
        SplitByPerson({"mrl": Named(people), "cew": Hashed(5)}),
        tmp_path,
    ).prepare()
    for held_out, floor in zip(find_held_out(data, trained_on=True), (0.94, 0.945), strict=True):
        table = predict_manifest({"int8": detector}, held_out.manifest, held_out.rows, "int8")
        found = evaluate(table["int8"], detector.bundle.operating_point, draws=1)
        accuracy = found.scores["balanced_accuracy"].value
        assert detector.precision == "int8"
        assert accuracy is not None
        assert accuracy > floor
        said = detector.bundle.metrics[held_out.name]["balanced_accuracy"]["value"]
        assert np.isclose(accuracy, said, atol=0.002)
