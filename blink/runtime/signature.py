"""Signatures: who exported a bundle, and that nothing of it was changed since.

Signed is the entry `sha256` of `bundle.json`, which covers all its other entries and with them the
hash of every file. A prefix keeps the signature from meaning anything in another place. The
signature lies beside the bundle as `signature.json`.

Ed25519 by `cryptography`, which is imported where a signature is made or asked for, and only there.
Source: RFC 8032.
"""

import base64
import json
import os
from collections.abc import Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from blink.contract.atomic import atomic_file
from blink.contract.errors import BundleError
from blink.runtime.entries import FILE
from blink.runtime.expected import EntryError, choice, record, text, whole
from blink.runtime.folder import SIGNATURE, read_entry
from blink.runtime.strict_json import read_json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Key = str | bytes | PathLike[str]
"""A public key: the path of a PEM file, PEM text, 32 raw bytes, or those in base64."""

_PREFIX: Final = b"blink bundle 2\0"
_SCHEMA: Final = 1
_NO_KEY: Final = (
    "no public key, nor a file: give the path of a PEM file, PEM text, or 32 bytes in base64."
)
_NOT_THERE: Final = (
    "not there: give the path of a private key, a PEM file. blink bundle keys makes one."
)
_HINT: Final = "Signatures need a further package: pip install cryptography"
_CONTENT: Final = record(
    {
        "schema": whole(_SCHEMA),
        "algorithm": choice("ed25519"),
        "public_key": text(pattern=r"[A-Za-z0-9+/]{43}="),
        "sha256": text(pattern=r"[0-9a-f]{64}"),
        "signature": text(pattern=r"[A-Za-z0-9+/]{86}=="),
    }
)


def check_signature(folder: Path, sha256: str, trusted_keys: Sequence[Key] | None) -> None:
    """Demands the signature of a key that is trusted.

    Args:
        folder: The bundle's.
        sha256: Its own, which is signed.
        trusted_keys: None asks for none; one that lies there has to be of this state all the same.

    Raises:
        BundleError: A key is none or cannot be read; no signature, of another key, of another
            state, or not right.
    """
    trusted = (
        None if trusted_keys is None else [public_bytes(key) for key in _several(trusted_keys)]
    )
    present = os.path.lexists(folder / SIGNATURE)
    if trusted is None and not present:
        return
    if trusted is not None and not present:
        raise BundleError(
            f"{folder} is not signed, and a signature is asked for. Sign it: blink bundle sign."
        )
    content = read_signature(folder)
    if content["sha256"] != sha256:
        raise BundleError(
            f"{folder / SIGNATURE} signs another state of the bundle: {FILE} was changed since, as "
            "by new metrics or another threshold. Sign it again (blink bundle sign), or remove "
            f"{SIGNATURE}."
        )
    if trusted is not None:
        _verify(folder, content, trusted)


def read_signature(folder: Path) -> dict[str, Any]:
    """What `signature.json` says; nothing of it is verified.

    Raises:
        BundleError: It is missing, of a newer schema, or no signature.
    """
    path = folder / SIGNATURE
    try:
        content: dict[str, Any] = read_json(read_entry(path))
        _check_schema(path, content)
        _CONTENT(content, "it")
    except (EntryError, ValueError) as error:
        raise BundleError(
            f"{path} is no signature ({error}). Copy it again, whole, or sign the bundle again."
        ) from None
    return content


def _check_schema(path: Path, content: Any) -> None:
    found = content.get("schema") if isinstance(content, dict) else None
    if type(found) is int and found > _SCHEMA:
        raise BundleError(
            f"{path} has schema {found}, which a newer version of Blink reads; this one reads "
            f"{_SCHEMA}. Upgrade Blink, or sign the bundle again with this version."
        )


def sign_bundle(folder: Path, sha256: str, private_key: Path) -> str:
    """Signs a bundle; an older signature is replaced.

    Args:
        folder: The bundle's, loaded and verified by the caller.
        sha256: Its own.
        private_key: A PEM file, as `make_keys` writes it.

    Returns:
        The public key in base64.

    Raises:
        BundleError: The key is none, or `cryptography` is missing.
        StorageError: The signature could not be written.
    """
    key = _private(private_key)
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    content = {
        "schema": _SCHEMA,
        "algorithm": "ed25519",
        "public_key": public,
        "sha256": sha256,
        "signature": base64.b64encode(key.sign(_signed(sha256))).decode(),
    }
    with atomic_file(folder / SIGNATURE) as temporary:
        temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return public


def make_keys(private_key: Path, public_key: Path) -> str:
    """Makes a pair of keys, as PEM files; the private one can be read by its owner alone.

    Returns:
        The public key in base64.

    Raises:
        BundleError: One of the files is there already, or `cryptography` is missing.
        StorageError: They could not be written.
    """
    try:
        from cryptography.hazmat.primitives import serialization as form
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError:
        raise BundleError(_HINT) from None
    for path in (private_key, public_key):
        if os.path.lexists(path):
            raise BundleError(
                f"{path} is there already, and keys are never replaced. Name another."
            )
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    known = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    with atomic_file(private_key) as temporary:
        temporary.touch(mode=0o600)
        temporary.write_bytes(secret)
    with atomic_file(public_key) as temporary:
        temporary.write_bytes(known)
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def public_bytes(key: Key) -> bytes:
    """The 32 bytes of a public key, in whatever form it is given.

    Raises:
        BundleError: It is none, cannot be read, or `cryptography` is missing.
    """
    if isinstance(key, bytes):
        return key if len(key) == 32 else _public(key)
    text = fspath(key).strip()
    if text.startswith("-----"):
        return _public(text.encode())
    try:
        decoded = base64.b64decode(text, validate=True)
    except ValueError:
        decoded = b""
    return decoded if len(decoded) == 32 else _public(_file(Path(text), _NO_KEY))


def _file(path: Path, refusal: str) -> bytes:
    try:
        if not path.is_file():
            raise BundleError(f"{str(path)[:200]!r} is {refusal}")
        with path.open("rb") as file:
            return file.read(10_000)
    except (OSError, ValueError) as error:
        raise BundleError(f"The key {str(path)[:200]!r} cannot be read: {error}.") from error


def _public(pem: bytes) -> bytes:
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    except ImportError:
        raise BundleError(_HINT) from None
    try:
        key = load_pem_public_key(pem)
    except Exception as error:  # its errors share no base class but this
        raise BundleError(f"This is no public key in PEM: {str(error)[:200]}.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise BundleError("This public key is not of Ed25519. Make one: blink bundle keys.")
    return key.public_bytes_raw()


def _private(path: Path) -> "Ed25519PrivateKey":
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise BundleError(_HINT) from None
    data = _file(path, _NOT_THERE)
    try:
        key = load_pem_private_key(data, password=None)
    except Exception as error:  # its errors share no base class but this
        raise BundleError(f"{path} is no private key in PEM: {str(error)[:200]}.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BundleError(f"{path} is no key of Ed25519. Make one: blink bundle keys.")
    return key


def _several(keys: Sequence[Key]) -> Sequence[Key]:
    if isinstance(keys, (str, bytes, PathLike)):
        return [keys]
    if not keys:
        raise BundleError("trusted_keys names no key, so no bundle can be trusted. Name one.")
    return keys


def _signed(sha256: str) -> bytes:
    return _PREFIX + bytes.fromhex(sha256)


def _verify(folder: Path, content: dict[str, Any], trusted: list[bytes]) -> None:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise BundleError(_HINT) from None
    public = base64.b64decode(content["public_key"])
    if public not in trusted:
        raise BundleError(
            f"{folder} is signed by {content['public_key']}, which is none of the "
            f"{len(trusted)} trusted keys."
        )
    try:
        signature = base64.b64decode(content["signature"])
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _signed(content["sha256"]))
    except (InvalidSignature, ValueError):
        raise BundleError(f"The signature of {folder} is not right. Do not use it.") from None
