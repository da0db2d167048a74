from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from blink.contract import ConfigError, DataError
from blink.data.prepared import Prepared
from blink.data.split import Named, Split, SplitByPerson
from blink.entry import prepare_process
from tests.data.drawing import crowd, data_set

CONF = Path(__file__).parents[2] / "conf"


def saved(tmp_path: Path) -> tuple[Path, Path, Split]:
    manifest = data_set(tmp_path / "set", crowd(8))
    split = SplitByPerson({"drawn": Named(["p00"])}).make(manifest)
    split.write(tmp_path / "split.csv")
    return tmp_path / "set", tmp_path / "split.csv", split


def test_prepare_opens_what_was_saved_when_the_config_names_it(tmp_path: Path) -> None:
    folder, path, split = saved(tmp_path)
    prepare_process()
    with initialize_config_dir(str(CONF), version_base="1.3"):
        cfg = compose("train", ["data=prepared", f"data.folder={folder}", f"data.split={path}"])
    prepared = instantiate(cfg.data.collection)
    assert prepared.is_available
    manifest, found = prepared.prepare()
    assert manifest.folder == folder
    assert found.fingerprint == split.fingerprint
    assert cfg.data.licence is None


def test_prepared_is_refused_when_nothing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"data\.folder=FOLDER data\.split=SPLIT\.csv"):
        Prepared(tmp_path, None)  # type: ignore[arg-type]


def test_prepare_refuses_when_a_file_is_missing_or_anothers(tmp_path: Path) -> None:
    folder, path, _ = saved(tmp_path)
    assert not Prepared(folder, tmp_path / "none.csv").is_available
    with pytest.raises(DataError, match="no such split"):
        Prepared(folder, tmp_path / "none.csv").prepare()
    data_set(folder, crowd(9))
    with pytest.raises(DataError, match="was made for manifest"):
        Prepared(folder, path).prepare()
