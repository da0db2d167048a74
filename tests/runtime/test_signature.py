import base64
import builtins
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from blink.contract import BundleError
from blink.runtime import Detector, load_bundle
from blink.runtime.bundle import SIGNATURE, bundle_to_sign
from blink.runtime.signature import Key, check_signature, make_keys, public_bytes, sign_bundle
from tests import crafted


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """A pair of keys: private, public."""
    make_keys(tmp_path / "key.pem", tmp_path / "key.pub")
    return tmp_path / "key.pem", tmp_path / "key.pub"


@pytest.fixture
def signed(tmp_path: Path, keys: tuple[Path, Path]) -> Path:
    """A signed bundle."""
    folder = crafted.craft(tmp_path / "crafted")
    sign_bundle(folder, load_bundle(folder).sha256, keys[0])
    return folder


def test_check_signature_refuses_when_the_system_cannot_even_ask_for_it(
    tmp_path: Path, keys: tuple[Path, Path]
) -> None:
    nowhere = tmp_path / ("x" * 5000)

    check_signature(nowhere, "0" * 64, None)
    with pytest.raises(BundleError, match="is not signed"):
        check_signature(nowhere, "0" * 64, [keys[1]])


FORMS: dict[str, Callable[[Path], Key]] = {
    "path": lambda path: path,
    "path as text": str,
    "PEM text": Path.read_text,
    "PEM bytes": Path.read_bytes,
    "raw": public_bytes,
    "base64": lambda path: base64.b64encode(public_bytes(path)).decode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_load_bundle_takes_it_when_a_trusted_key_signed_it(
    signed: Path, keys: tuple[Path, Path], form: str, tmp_path: Path
) -> None:
    make_keys(tmp_path / "other.pem", tmp_path / "other.pub")
    trusted = [tmp_path / "other.pub", FORMS[form](keys[1])]

    assert load_bundle(signed, trusted_keys=trusted).name == "crafted"


def test_detector_runs_when_a_trusted_key_signed_its_bundle(
    signed: Path, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    make_keys(tmp_path / "other.pem", tmp_path / "other.pub")

    assert Detector.load(signed, trusted_keys=[keys[1]]).verify() < 1e-6
    with pytest.raises(BundleError, match="none of the 1 trusted keys"):
        Detector.load(signed, trusted_keys=[tmp_path / "other.pub"])


def test_load_bundle_takes_a_single_key_when_it_is_no_list(
    signed: Path, keys: tuple[Path, Path]
) -> None:
    single: Any = str(keys[1])

    assert load_bundle(signed, trusted_keys=single).name == "crafted"


def test_load_bundle_refuses_when_another_key_signed_it(signed: Path, tmp_path: Path) -> None:
    make_keys(tmp_path / "other.pem", tmp_path / "other.pub")

    with pytest.raises(BundleError, match="none of the 1 trusted keys"):
        load_bundle(signed, trusted_keys=[tmp_path / "other.pub"])


def test_load_bundle_refuses_when_nobody_is_trusted(signed: Path) -> None:
    with pytest.raises(BundleError, match="names no key, so no bundle can be trusted"):
        load_bundle(signed, trusted_keys=[])


def test_load_bundle_refuses_when_it_is_not_signed(signed: Path, keys: tuple[Path, Path]) -> None:
    (signed / SIGNATURE).unlink()

    assert load_bundle(signed).name == "crafted"
    with pytest.raises(BundleError, match="is not signed, and a signature is asked for"):
        load_bundle(signed, trusted_keys=[keys[1]])


def forge_signature(folder: Path, **changes: Any) -> None:
    content = json.loads((folder / SIGNATURE).read_text()) | changes
    (folder / SIGNATURE).write_text(json.dumps(content))


def test_load_bundle_refuses_when_the_signature_is_forged(
    signed: Path, keys: tuple[Path, Path]
) -> None:
    forge_signature(signed, signature=base64.b64encode(bytes(64)).decode())

    with pytest.raises(BundleError, match=r"is not right. Do not use it"):
        load_bundle(signed, trusted_keys=[keys[1]])


def test_load_bundle_refuses_when_a_stranger_names_the_trusted_key(
    signed: Path, keys: tuple[Path, Path], tmp_path: Path
) -> None:
    make_keys(tmp_path / "other.pem", tmp_path / "other.pub")
    sign_bundle(signed, load_bundle(signed).sha256, tmp_path / "other.pem")
    forge_signature(signed, public_key=base64.b64encode(public_bytes(keys[1])).decode())

    with pytest.raises(BundleError, match=r"is not right. Do not use it"):
        load_bundle(signed, trusted_keys=[keys[1]])


def test_load_bundle_refuses_when_the_bundle_changed_after_it_was_signed(
    signed: Path, keys: tuple[Path, Path]
) -> None:
    crafted.forge(signed, lambda c: c["metrics"].update(more={}))

    for trusted in (None, [keys[1]]):
        with pytest.raises(BundleError, match=r"signs another state of the bundle.*Sign it again"):
            load_bundle(signed, trusted_keys=trusted)
    sign_bundle(signed, bundle_to_sign(signed).sha256, keys[0])
    assert load_bundle(signed, trusted_keys=[keys[1]]).metrics["more"] == {}


def test_load_bundle_refuses_when_hash_and_signature_say_the_old_state(
    signed: Path, keys: tuple[Path, Path]
) -> None:
    crafted.forge(signed, lambda c: c["metrics"].update(more={}))
    forge_signature(signed, sha256=bundle_to_sign(signed).sha256)

    with pytest.raises(BundleError, match="is not right"):
        load_bundle(signed, trusted_keys=[keys[1]])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b'{"schema": 1}',
        b"\xff",
        b"[" * 5000,
        b'{"schema": 1, "schema": 1}',
        b'{"schema": "2"}',
    ],
)
def test_load_bundle_refuses_when_the_signature_is_none(signed: Path, content: bytes) -> None:
    (signed / SIGNATURE).write_bytes(content)

    with pytest.raises(BundleError, match=r"is no signature .*\. Copy it again, whole, or sign"):
        load_bundle(signed)


def test_load_bundle_advises_an_upgrade_when_the_signature_is_of_a_newer_schema(
    signed: Path, keys: tuple[Path, Path]
) -> None:
    forge_signature(signed, schema=2, counter=7)

    for trusted in (None, [keys[1]]):
        with pytest.raises(BundleError, match=r"has schema 2, .*this one reads 1\. Upgrade Blink"):
            load_bundle(signed, trusted_keys=trusted)
    sign_bundle(signed, bundle_to_sign(signed).sha256, keys[0])
    assert load_bundle(signed, trusted_keys=[keys[1]]).name == "crafted"


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("nowhere.pem", "'nowhere.pem' is no public key, nor a file: give the path of a PEM file"),
        ("AAAA", "'AAAA' is no public key"),
        (b"short", "no public key in PEM"),
        ("-----BEGIN NOTHING-----", "no public key in PEM"),
        ("a\0b", "key"),
        ("x" * 9000, "key"),
    ],
)
def test_load_bundle_says_what_a_key_is_when_given_none(
    signed: Path, key: Key, message: str
) -> None:
    with pytest.raises(BundleError, match=message):
        load_bundle(signed, trusted_keys=[key])
    (signed / SIGNATURE).unlink()
    with pytest.raises(BundleError, match=message):
        load_bundle(signed, trusted_keys=[key])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("key.pub", r"key\.pub is no private key in PEM"),
        ("none.pem", r"none\.pem' is not there: give the path of a private key"),
    ],
)
def test_sign_bundle_says_what_a_key_is_when_given_none(
    signed: Path, keys: tuple[Path, Path], name: str, message: str
) -> None:
    with pytest.raises(BundleError, match=message):
        sign_bundle(signed, "0" * 64, keys[0].with_name(name))


def test_make_keys_never_replaces_a_key_when_it_is_there(keys: tuple[Path, Path]) -> None:
    before = keys[0].read_bytes()

    with pytest.raises(BundleError, match="is there already, and keys are never replaced"):
        make_keys(keys[0], keys[1])
    assert keys[0].read_bytes() == before
    assert stat.S_IMODE(keys[0].stat().st_mode) == 0o600


def test_signatures_name_the_package_when_it_is_missing(
    signed: Path, keys: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)

    assert load_bundle(signed).name == "crafted"
    for ask in (
        lambda: load_bundle(signed, trusted_keys=[keys[1]]),
        lambda: load_bundle(signed, trusted_keys=[bytes(32)]),
        lambda: sign_bundle(signed, "0" * 64, keys[0]),
        lambda: make_keys(tmp_path / "a", tmp_path / "b"),
    ):
        with pytest.raises(BundleError, match="pip install cryptography"):
            ask()
