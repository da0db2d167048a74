from pathlib import Path

import numpy as np

from blink.evaluation import load_models
from blink.evaluation.evaluated_model import hash_files
from blink.runtime import Bundle, Detector
from tests.exported import draw


def test_load_models_gives_every_precision_the_chosen_one_first_when_bundles_hold_several(
    bundle: Bundle,
) -> None:
    int8, fp32 = load_models([bundle])
    assert [one.title for one in (int8, fp32)] == ["drawn int8", "drawn fp32"]
    assert int8.kind == "net"
    assert int8.parameters == bundle.provenance["parameters"]
    assert fp32.size_bytes == bundle.path("fp32").stat().st_size
    assert int8.operating_point == bundle.operating_point
    assert int8.folder == bundle.folder
    assert int8.fingerprint == fp32.fingerprint


def test_predict_is_the_runtime_when_a_bundle_is_asked(bundle: Bundle) -> None:
    crops = [draw(closed, np.random.default_rng(1)) for closed in (True, False)]
    for model in load_models([bundle]):
        expected = Detector(bundle, model.precision).predict(crops)
        assert np.array_equal(model.predict(crops), expected)


def test_hash_files_depends_on_content_and_order_alone_when_files_move(tmp_path: Path) -> None:
    a, b, c = (tmp_path / name for name in "abc")
    for path, text in ((a, "1"), (b, "2"), (c, "1")):
        path.write_text(text)
    assert hash_files([a, b]) == hash_files([c, b])
    assert hash_files([a, b]) != hash_files([b, a])
