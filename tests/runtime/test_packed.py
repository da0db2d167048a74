import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from blink.contract import BundleError
from blink.runtime import Bundle, load_bundle, packed
from blink.runtime.packed import pack_bundle, unpack_bundle
from tests import crafted


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A bundle with a latency beside it."""
    folder = crafted.craft(tmp_path / "crafted")
    (folder / "latency-cpu.json").write_text("{}")
    (folder / ".hidden").write_text("?")
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_unpack_gives_the_same_files_when_packed_before(folder: Path, tmp_path: Path) -> None:
    pack_bundle(folder, tmp_path / "a.blink")

    found = unpack_bundle(tmp_path / "a.blink", tmp_path / "b")

    assert found.folder == tmp_path / "b"
    expected = files(folder)
    del expected[".hidden"]
    assert files(tmp_path / "b") == expected


def test_pack_gives_the_same_bytes_when_files_are_the_same(folder: Path, tmp_path: Path) -> None:
    other = Path(shutil.copytree(folder, tmp_path / "elsewhere"))
    for path in other.iterdir():
        path.touch()
        path.chmod(0o600)

    pack_bundle(folder, tmp_path / "a.blink")
    pack_bundle(other, tmp_path / "b.blink")

    assert (tmp_path / "a.blink").read_bytes() == (tmp_path / "b.blink").read_bytes()


@pytest.mark.parametrize("name", ["a.blink", "model.onnx", "deep/a.blink", ".a.blink"])
def test_pack_refuses_when_the_file_would_lie_in_the_bundle(
    folder: Path, tmp_path: Path, name: str
) -> None:
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    before = files(folder)

    for place in (folder, folder.parent / "other" / ".." / folder.name, tmp_path / "link"):
        with pytest.raises(BundleError, match="would lie in a bundle's folder"):
            pack_bundle(folder, place / name)
    assert files(folder) == before


def test_pack_replaces_a_file_when_it_is_a_packed_bundle(folder: Path, tmp_path: Path) -> None:
    place = tmp_path / "a.blink"
    pack_bundle(folder, place)
    before = place.read_bytes()
    (folder / "latency-cpu.json").unlink()

    pack_bundle(folder, place)

    assert len(place.read_bytes()) < len(before)
    assert unpack_bundle(place, tmp_path / "b").name == "crafted"


@pytest.mark.parametrize("is_zip", [True, False])
def test_pack_refuses_when_the_file_is_something_else(
    folder: Path, tmp_path: Path, is_zip: bool
) -> None:
    place = tmp_path / "precious"
    place.write_text("precious")
    if is_zip:
        with zipfile.ZipFile(place, "w") as archive:
            archive.writestr("notes.txt", "precious")
    before = place.read_bytes()

    with pytest.raises(BundleError, match="precious is there already, and is no packed bundle"):
        pack_bundle(folder, place)

    assert place.read_bytes() == before


def test_unpack_refuses_when_the_folder_would_lie_in_a_bundle(folder: Path, tmp_path: Path) -> None:
    pack_bundle(folder, tmp_path / "a.blink")

    with pytest.raises(BundleError, match="would lie in a bundle's folder"):
        unpack_bundle(tmp_path / "a.blink", folder / "a")
    assert load_bundle(folder).name == "crafted"


def test_unpack_verifies_once_when_all_is_well(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack_bundle(folder, tmp_path / "a.blink")
    loaded = list[Path]()

    def load(place: Path) -> Bundle:
        loaded.append(place)
        return load_bundle(place)

    monkeypatch.setattr(packed, "load_bundle", load)
    found = unpack_bundle(tmp_path / "a.blink", tmp_path / "b")

    assert len(loaded) == 1
    assert found == load_bundle(tmp_path / "b")


def test_pack_refuses_when_the_bundle_is_not_whole(folder: Path, tmp_path: Path) -> None:
    (folder / "fp32.onnx").unlink()

    with pytest.raises(BundleError, match=r"fp32.onnx is missing"):
        pack_bundle(folder, tmp_path / "a.blink")
    assert not (tmp_path / "a.blink").exists()


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["latency (1).json"], r"holds 'latency \(1\).json', which is no file.* Rename it, and"),
        (["latency-B.json", "latency-b.json"], "holds a file twice.* Rename one, and pack"),
    ],
)
def test_pack_refuses_when_it_could_not_be_unpacked(
    folder: Path, tmp_path: Path, names: list[str], message: str
) -> None:
    for name in names:
        (folder / name).write_text("{}")

    with pytest.raises(BundleError, match=f"crafted {message}"):
        pack_bundle(folder, tmp_path / "a.blink")
    assert not (tmp_path / "a.blink").exists()


def test_unpack_takes_as_many_files_as_a_bundle_may_have_when_they_were_packed(
    folder: Path, tmp_path: Path
) -> None:
    for number in range(120):
        (folder / f"latency-{number}.json").write_text("{}")
    pack_bundle(folder, tmp_path / "a.blink")

    found = unpack_bundle(tmp_path / "a.blink", tmp_path / "b")

    assert files(found.folder).keys() == files(folder).keys() - {".hidden"}


def test_unpack_refuses_when_there_are_too_many_files(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.blink", "w") as archive:
        for number in range(1001):
            archive.writestr(f"{number}.onnx", b"")

    with pytest.raises(BundleError, match="holds more than 1,000 files"):
        unpack_bundle(tmp_path / "a.blink", tmp_path / "b")


def forged(folder: Path, file: Path, extra: zipfile.ZipInfo, data: bytes = b"?") -> Path:
    """A packed bundle with one entry more."""
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(folder.iterdir()):
            if not path.name.startswith("."):
                archive.write(path, path.name)
        archive.writestr(extra, data)
    return file


@pytest.mark.parametrize(
    "name",
    ["../up.onnx", "/etc/x", "a/b", "..", "c:\\x", ".hidden", "folder/", "a" * 300, "é.onnx"],
)
def test_unpack_refuses_when_a_name_is_no_file_of_a_bundle(
    folder: Path, tmp_path: Path, name: str
) -> None:
    file = forged(folder, tmp_path / "a.blink", zipfile.ZipInfo(name))

    with pytest.raises(BundleError, match="which is no file of a bundle"):
        unpack_bundle(file, tmp_path / "deep" / "b")
    assert not (tmp_path / "deep").exists()


@pytest.mark.parametrize("mode", [stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o644, stat.S_IFDIR | 0o755])
def test_unpack_refuses_when_an_entry_is_a_link_or_a_device(
    folder: Path, tmp_path: Path, mode: int
) -> None:
    extra = zipfile.ZipInfo("extra.onnx")
    extra.create_system, extra.external_attr = 3, mode << 16
    file = forged(folder, tmp_path / "a.blink", extra, b"/etc/hosts")

    with pytest.raises(BundleError, match="which is no ordinary file"):
        unpack_bundle(file, tmp_path / "b")


@pytest.mark.parametrize("size", [100, 10_000_000])
def test_unpack_refuses_when_an_entry_is_compressed(
    folder: Path, tmp_path: Path, size: int
) -> None:
    extra = zipfile.ZipInfo("extra.onnx")
    extra.compress_type = zipfile.ZIP_DEFLATED
    file = forged(folder, tmp_path / "a.blink", extra, bytes(size))

    with pytest.raises(BundleError, match="compressed or encrypted"):
        unpack_bundle(file, tmp_path / "b")


def test_unpack_refuses_when_the_entries_would_be_larger_than_the_file(
    folder: Path, tmp_path: Path
) -> None:
    pack_bundle(folder, tmp_path / "a.blink")
    data = bytearray((tmp_path / "a.blink").read_bytes())
    at = data.index(b"PK\x01\x02") + 20  # both sizes of the first entry in the directory
    data[at : at + 8] = 2 * (1_000_000).to_bytes(4, "little")
    (tmp_path / "a.blink").write_bytes(data)

    with pytest.raises(BundleError, match=f"says to hold more than the {len(data):,} bytes"):
        unpack_bundle(tmp_path / "a.blink", tmp_path / "b")


def test_unpack_refuses_when_an_entry_is_encrypted(folder: Path, tmp_path: Path) -> None:
    pack_bundle(folder, tmp_path / "a.blink")
    data = bytearray((tmp_path / "a.blink").read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the flag in the first entry of the directory
    (tmp_path / "a.blink").write_bytes(data)

    with pytest.raises(BundleError, match="compressed or encrypted"):
        unpack_bundle(tmp_path / "a.blink", tmp_path / "b")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["model.onnx", "MODEL.onnx"])
def test_unpack_refuses_when_a_file_comes_twice(folder: Path, tmp_path: Path, name: str) -> None:
    file = forged(folder, tmp_path / "a.blink", zipfile.ZipInfo(name))

    with pytest.raises(BundleError, match="holds a file twice"):
        unpack_bundle(file, tmp_path / "b")


def test_unpack_refuses_when_a_file_is_not_part_of_the_bundle(folder: Path, tmp_path: Path) -> None:
    file = forged(folder, tmp_path / "a.blink", zipfile.ZipInfo("extra.onnx"))

    with pytest.raises(BundleError, match=r"a.blink/extra.onnx is not part of the bundle"):
        unpack_bundle(file, tmp_path / "b")
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("size", [0, 10, 3000, -1, -30])
def test_unpack_refuses_when_the_file_is_cut(folder: Path, tmp_path: Path, size: int) -> None:
    pack_bundle(folder, tmp_path / "a.blink")
    data = (tmp_path / "a.blink").read_bytes()
    (tmp_path / "a.blink").write_bytes(data[:size])

    with pytest.raises(
        BundleError, match=r"is no packed bundle .*\. Copy it again, whole, or pack"
    ):
        unpack_bundle(tmp_path / "a.blink", tmp_path / "b")


def test_unpack_refuses_when_a_byte_of_it_was_changed(folder: Path, tmp_path: Path) -> None:
    pack_bundle(folder, tmp_path / "a.blink")
    data = bytearray((tmp_path / "a.blink").read_bytes())
    step = len(data) // 40
    refused = 0
    for at in range(0, len(data), step):
        data[at] ^= 0x20
        (tmp_path / "a.blink").write_bytes(data)
        try:
            same = files(unpack_bundle(tmp_path / "a.blink", tmp_path / f"b{at}").folder)
        except BundleError:
            refused += 1
        else:  # a date, or another byte of the zip that no file is made of
            assert same.keys() == files(folder).keys() - {".hidden"}
        data[at] ^= 0x20
    assert refused > 30


def test_unpack_leaves_what_is_there_when_the_folder_exists(folder: Path, tmp_path: Path) -> None:
    pack_bundle(folder, tmp_path / "a.blink")

    with pytest.raises(BundleError, match="is there already"):
        unpack_bundle(tmp_path / "a.blink", folder)
    assert load_bundle(folder).name == "crafted"


def test_unpack_refuses_when_there_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="is not there"):
        unpack_bundle(tmp_path / "a.blink", tmp_path / "b")
    with pytest.raises(BundleError, match="no packed bundle"):
        unpack_bundle(tmp_path, tmp_path / "b")
