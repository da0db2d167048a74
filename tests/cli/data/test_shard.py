import json
from pathlib import Path

import pytest

from blink.cli import main
from blink.data.streaming.shards import read_shards
from tests.data.drawing import crowd, data_set


def test_shard_writes_training_people_when_a_split_names_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data_set(tmp_path / "set", crowd(10)).folder
    split, out = tmp_path / "split.csv", tmp_path / "shards"
    assert main(["data", "split", str(folder), "--out", str(split), "--test-share", "0.3"]) == 0
    words = ["data", "shard", str(folder), "--split", str(split), "--out", str(out)]
    assert main([*words, "--size", "24", "--block", "8"]) == 0
    shards = read_shards(str(out))
    said = json.loads((tmp_path / "shards.shards.json").read_text())
    assert said["fingerprint"] == shards.fingerprint
    assert (said["crops"], said["block"]) == (shards.crops, 8)
    assert 0 < shards.crops < 40
    assert f"{shards.crops} of 40 crops" in capsys.readouterr().out
    assert main(words) == 1
    assert "Nothing is overwritten" in capsys.readouterr().err
    assert read_shards(str(out)) == shards


def test_shard_says_what_is_wrong_when_the_split_or_the_size_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data_set(tmp_path / "set", crowd(10)).folder
    words = ["data", "shard", str(folder), "--out", str(tmp_path / "out"), "--split"]
    assert main([*words, str(tmp_path / "none.csv")]) == 1
    assert "none.csv" in capsys.readouterr().err
    split = tmp_path / "split.csv"
    assert main(["data", "split", str(folder), "--out", str(split), "--test-share", "0.3"]) == 0
    assert main([*words, str(split), "--size", "4"]) == 1
    assert "InputSpec.height is 4" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_shard_keeps_the_splits_json_when_shards_have_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data_set(tmp_path / "set", crowd(10)).folder
    split, out = tmp_path / "mrl.csv", tmp_path / "mrl"
    assert main(["data", "split", str(folder), "--out", str(split), "--test-share", "0.3"]) == 0
    said = split.with_suffix(".json").read_text()
    words = ["data", "shard", str(folder), "--split", str(split), "--out", f"{out}/"]
    (tmp_path / "mrl.shards.json").write_text("mine")
    assert main(words) == 1
    assert "mrl.shards.json is there already" in capsys.readouterr().err
    assert not out.exists()
    (tmp_path / "mrl.shards.json").unlink()
    assert main(words) == 0
    assert json.loads((tmp_path / "mrl.shards.json").read_text())["out"] == f"{out}/"
    assert split.with_suffix(".json").read_text() == said
