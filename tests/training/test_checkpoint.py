import errno
import os
from pathlib import Path

import pytest
import torch

from blink.contract import Calibration, CheckpointError, InputSpec, OperatingPoint, StorageError
from blink.models import EyeNet
from blink.runs import last_first
from blink.training.checkpoint import (
    WholeCheckpoints,
    latest_checkpoint,
    load_weights,
    read_checkpoint,
    save_calibration,
)
from tests.training.trained import Versioned

SPEC = InputSpec()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    net = EyeNet(1, [(8, 2), (8, 2)])
    path = tmp_path / "epoch=000.ckpt"
    content = {"state_dict": net.state_dict(), "input_spec": SPEC.to_dict(), "global_step": 7}
    torch.save(content, path)
    return path


@pytest.mark.parametrize(("steps", "latest"), [(6, "epoch=000.ckpt"), (8, "within.ckpt")])
def test_latest_checkpoint_is_the_farthest_when_the_clock_was_set_back(
    path: Path, steps: int, latest: str
) -> None:
    within = path.with_name("within.ckpt")
    torch.save(read_checkpoint(path) | {"global_step": steps}, within)
    is_farther = steps > 7
    os.utime(within if is_farther else path, (1, 1))
    found = latest_checkpoint(path.parent)
    assert found is not None
    assert found.name == latest
    assert latest_checkpoint(path.parent / "nowhere") is None


@pytest.mark.parametrize("order", [1, -1])
def test_latest_checkpoint_is_the_one_that_a_finished_run_keeps_when_another_is_as_far(
    path: Path, order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path.with_name("within.ckpt").write_bytes(path.read_bytes())
    monkeypatch.setattr(Path, "glob", lambda folder, _: sorted(folder.iterdir())[::order])
    assert latest_checkpoint(path.parent) == path == last_first(path.parent)[0]


def test_latest_checkpoint_is_the_older_when_the_newest_is_damaged(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    newer = path.with_name("epoch=001.ckpt")
    newer.write_bytes(path.read_bytes()[:100])
    assert latest_checkpoint(path.parent) == path
    assert "epoch=001.ckpt is damaged" in caplog.text


@pytest.mark.parametrize("content", [{"state_dict": {}}, [7], {"global_step": "9"}])
def test_latest_checkpoint_passes_over_a_file_when_it_is_not_of_a_training(
    path: Path, content: object, caplog: pytest.LogCaptureFixture
) -> None:
    torch.save(content, path.with_name("foreign.ckpt"))
    assert latest_checkpoint(path.parent) == path
    assert "foreign.ckpt is no checkpoint of a training" in caplog.text


def test_latest_checkpoint_is_refused_when_none_can_be_read(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])
    path.with_name("within.ckpt").touch()
    with pytest.raises(
        CheckpointError, match=r"can be read: epoch=000\.ckpt, within\.ckpt\. Delete"
    ):
        latest_checkpoint(path.parent)


def test_whole_checkpoints_keep_the_older_one_when_the_disk_is_full(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:50])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(StorageError, match="No space left"):
        WholeCheckpoints().save_checkpoint({"epoch": 1}, path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_load_weights_gives_the_saved_weights_when_they_fit(path: Path) -> None:
    net = EyeNet(1, [(8, 2), (8, 2)])
    load_weights(net, SPEC, path)
    saved = read_checkpoint(path)["state_dict"]
    assert all(torch.equal(value, saved[name]) for name, value in net.state_dict().items())


def test_load_weights_gives_them_to_a_net_when_it_asks_for_its_version(path: Path) -> None:
    torch.save(
        read_checkpoint(path) | {"state_dict": dict(read_checkpoint(path)["state_dict"])}, path
    )
    net = Versioned(1, [(8, 2), (8, 2)])
    load_weights(net, SPEC, path)
    saved = read_checkpoint(path)["state_dict"]
    assert torch.equal(net.state_dict()["features.0.weight"], saved["features.0.weight"])


@pytest.mark.parametrize(
    ("net", "spec", "message"),
    [
        (EyeNet(1, [(16, 2), (8, 2)]), SPEC, r"from another model: features.0.weight is \(8, 1,"),
        (EyeNet(1, [(8, 2)]), SPEC, "absent in this model"),
        (EyeNet(1, [(8, 2), (8, 2)]), InputSpec(height=40), "'height': 40"),
    ],
)
def test_load_weights_refuses_when_it_is_from_another_model(
    path: Path, net: EyeNet, spec: InputSpec, message: str
) -> None:
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with pytest.raises(CheckpointError, match=message):
        load_weights(net, spec, path)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_read_checkpoint_refuses_when_it_is_damaged_or_missing(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(CheckpointError, match="damaged or no checkpoint"):
        read_checkpoint(path)
    path.unlink()
    with pytest.raises(CheckpointError, match="missing"):
        read_checkpoint(path)


def test_save_calibration_adds_what_was_fitted_and_keeps_the_rest(path: Path) -> None:
    before = read_checkpoint(path)
    save_calibration(path, Calibration(1.5, 0.25), OperatingPoint(0.4, "by hand"))
    after = read_checkpoint(path)
    assert after["calibration"] == {"temperature": 1.5, "offset": 0.25}
    assert after["operating_point"] == {"threshold": 0.4, "rule": "by hand"}
    assert after["state_dict"].keys() == before["state_dict"].keys()
    assert list(path.parent.iterdir()) == [path]
