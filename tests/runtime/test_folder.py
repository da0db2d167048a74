import os
from pathlib import Path

import pytest

from blink.contract import BundleError
from blink.runtime import load_bundle
from blink.runtime.folder import (
    LARGEST_ENTRIES,
    LARGEST_TEXT,
    check_outside,
    read_entry,
    read_files,
)
from blink.runtime.graph.onnx_file import LARGEST_FILE
from tests import crafted

NAMES = ["model.onnx", "fp32.onnx", "MODEL_CARD.md", "bundle.json"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle, to be broken."""
    return crafted.craft(tmp_path / "crafted")


@pytest.mark.parametrize("name", NAMES)
def test_load_bundle_refuses_when_a_file_is_a_link(folder: Path, name: str) -> None:
    (folder / name).rename(folder.parent / "elsewhere")
    (folder / name).symlink_to(folder.parent / "elsewhere")

    with pytest.raises(BundleError, match=f"{name} is no ordinary file"):
        load_bundle(folder)


@pytest.mark.parametrize("name", ["latency-cpu.json", "signature.json"])
def test_load_bundle_refuses_when_what_lies_beside_is_a_link(folder: Path, name: str) -> None:
    (folder / name).symlink_to("/etc/hosts")

    with pytest.raises(BundleError, match=f"{name} is no ordinary file"):
        load_bundle(folder)


@pytest.mark.parametrize("name", NAMES)
def test_load_bundle_refuses_at_once_when_a_file_is_a_pipe(folder: Path, name: str) -> None:
    (folder / name).unlink()
    os.mkfifo(folder / name)  # whoever opens it waits for a writer

    with pytest.raises(BundleError, match=f"{name} is no ordinary file"):
        load_bundle(folder)


@pytest.mark.parametrize("name", NAMES)
def test_load_bundle_refuses_when_a_file_is_a_folder(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (folder / name).mkdir()

    with pytest.raises(BundleError, match=f"{name} is no ordinary file"):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("name", "largest"),
    [("bundle.json", LARGEST_ENTRIES), ("MODEL_CARD.md", LARGEST_TEXT), ("a.onnx", LARGEST_FILE)],
)
def test_read_entry_refuses_when_a_file_is_too_large(
    tmp_path: Path, name: str, largest: int
) -> None:
    (tmp_path / name).write_bytes(b"")
    os.truncate(tmp_path / name, largest + 1)

    with pytest.raises(BundleError, match=f"too large: more than {largest:,} bytes"):
        read_entry(tmp_path / name)
    os.truncate(tmp_path / name, 3)
    assert read_entry(tmp_path / name) == b"\0\0\0"


@pytest.mark.parametrize("name", ["notes.txt", "extra.onnx", "model.onnx.data", "latency.txt"])
def test_load_bundle_refuses_when_a_file_is_not_part_of_it(folder: Path, name: str) -> None:
    (folder / name).write_text("?")

    with pytest.raises(BundleError, match=f"{name} is not part of the bundle"):
        load_bundle(folder)


@pytest.mark.parametrize("name", ["more", "latency.json"])
def test_load_bundle_refuses_when_it_holds_a_folder(folder: Path, name: str) -> None:
    (folder / name).mkdir()

    with pytest.raises(BundleError, match=f"{name} is no"):
        load_bundle(folder)


@pytest.mark.parametrize("name", [".DS_Store", "._model.onnx", "latency-amd-epyc.json"])
def test_load_bundle_takes_no_offence_when_a_harmless_file_lies_there(
    folder: Path, name: str
) -> None:
    (folder / name).write_text("?")

    assert load_bundle(folder).name == "crafted"


def test_load_bundle_goes_through_it_when_the_folder_itself_is_a_link(folder: Path) -> None:
    link = folder.parent / "latest"
    link.symlink_to(folder)

    assert load_bundle(link).name == "crafted"


@pytest.mark.parametrize(
    "place",
    ["", "out.json", ".out", "new/deep/out", "../crafted", "../link", "../link/out.json"],
)
def test_check_outside_refuses_when_the_place_lies_in_any_bundle_or_is_one(
    folder: Path, place: str
) -> None:
    (folder.parent / "link").symlink_to(folder)

    with pytest.raises(BundleError, match=rf"would lie in a bundle's folder, {folder}\. Name"):
        check_outside(folder / place)


@pytest.mark.parametrize("place", ["", "crafted.json", "crafted-too/out", "runs/bundle.json"])
def test_check_outside_lets_be_written_when_the_place_is_beside_a_bundle(
    folder: Path, place: str
) -> None:
    check_outside(folder.parent / place)


def test_read_files_refuses_when_there_are_too_many(tmp_path: Path) -> None:
    for number in range(1001):
        (tmp_path / f".{number}").touch()

    with pytest.raises(BundleError, match="holds more than 1,000 files"):
        read_files(tmp_path, {})
