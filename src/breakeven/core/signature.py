"""Who made a product: an Ed25519 signature over its manifest and the files beside it.

Hashes tell what was changed by accident; whoever can write a folder can make them fit. A signature can be made by nobody
but the holder of the key. Needs the extra `sign` alone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from breakeven.core import plain_file, product_folder, store
from breakeven.core.errors import InputError, MissingExtra, ProductError
from breakeven.core.product_folder import BESIDE, MANIFEST, MAX_BESIDE_BYTES, MAX_MANIFEST_BYTES, PRODUCT, SIGNATURE

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

#: What is signed begins with this, so that no other text signed by the same key can be taken for it.
PURPOSE = b"breakeven product signature 1\n"
#: End of the name of a public key's file, and most bytes of a key's and a signature's file.
PUBLIC, MAX_BYTES = ".pub", 1 << 16
Hex32 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is signed: the SHA-256 of the manifest, and of each file beside the product that there is."""

    manifest: Hex32
    beside: dict[str, Hex32]


class Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """signature.json: the statement as text, the public key, and the signature of both PURPOSE and the statement."""

    format: Literal[1]
    key: Hex32
    statement: str
    signature: Annotated[str, Meta(pattern="^[0-9a-f]{128}$")]


def make_key(path: Path) -> Path:
    """Write a new private key, which its owner alone may read, and beside it the public one, whose place is returned.

    Raises InputError where there is a file already, and MissingExtra.
    """
    _needed()
    from cryptography.hazmat.primitives import serialization as pem
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public = path.with_name(path.name + PUBLIC)
    for one in (path, public):
        if os.path.lexists(one):
            raise InputError(str(one), "there is a file already", "choose another name")
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption())
    store.write_bytes(path, secret)
    written = key.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
    store.write_bytes(public, written, shared=True)
    return public


def sign(product: Path, key: Path) -> None:
    """Sign a product folder, checked first, and what stands beside it. Raises ProductError, InputError and MissingExtra."""
    _needed()
    product_folder.ProductFolder.open(product).check()
    private = _private(key)
    statement = msgspec.json.encode(_statement(product))
    signed = Signed(1, _raw(private.public_key()), statement.decode(), private.sign(PURPOSE + statement).hex())
    store.write_json(product / SIGNATURE, msgspec.to_builtins(signed))


def verify(product: Path, trusted: Collection[Path]) -> None:
    """Refuse a product that none of the trusted keys signed; what was signed is held to for as long as this process runs.

    Raises ProductError naming the file, InputError for a key that is none, and MissingExtra.
    """
    _needed()
    from cryptography.exceptions import InvalidSignature

    keys = {_raw(key): key for key in map(_public, trusted)}
    path, again = product / SIGNATURE, "sign it: breakeven sign DIR --key FILE"
    if not plain_file.is_there(product, SIGNATURE):
        raise ProductError(str(product), "it is not signed, and --trusted-key asks for a signature", again)
    signed = product_folder.decoded(plain_file.read(product, SIGNATURE, MAX_BYTES), Signed, path, "the signature")
    if signed.key not in keys:
        raise ProductError(
            str(path), f"signed by another key ({signed.key[:16]}...)", "give that key, or sign it again"
        )
    try:
        keys[signed.key].verify(bytes.fromhex(signed.signature), PURPOSE + signed.statement.encode())
    except (InvalidSignature, UnicodeEncodeError):
        raise ProductError(str(path), "the signature is not of this key", again) from None
    statement = product_folder.decoded(signed.statement.encode(), Statement, path, "the signature")
    found = _statement(product)
    places = {MANIFEST: product / MANIFEST, **{name: product.resolve().parent / name for name in BESIDE}}
    for name, location in places.items():
        said = statement.manifest if name == MANIFEST else statement.beside.get(name)
        if said != (found.manifest if name == MANIFEST else found.beside.get(name)):
            raise ProductError(str(location), "changed since it was signed", f"restore it, or {again}")
        product_folder.pin(location, said)


def _statement(product: Path) -> Statement:
    """What stands there now."""
    manifest = plain_file.read(product, MANIFEST, MAX_MANIFEST_BYTES)
    parent, beside = product.resolve().parent, dict[str, str]()
    for name in BESIDE if product.resolve().name == PRODUCT else ():
        if plain_file.is_there(parent, name):
            beside[name] = hashlib.sha256(plain_file.read(parent, name, MAX_BESIDE_BYTES)).hexdigest()
    return Statement(hashlib.sha256(manifest).hexdigest(), beside)


def _needed() -> None:
    try:
        import cryptography  # noqa: F401
    except ImportError:
        raise MissingExtra("signatures", "cryptography is not installed", "pip install 'breakeven[sign]'") from None


def _private(path: Path) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = load_pem_private_key(_content(path), None)
    except (ValueError, TypeError):  # no key, or one behind a password
        found = None
    if not isinstance(found, Ed25519PrivateKey):
        raise InputError(
            str(path), "not a private Ed25519 key without a password", "make one: breakeven sign --new-key FILE"
        )
    return found


def _public(path: Path) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        found = load_pem_public_key(_content(path))
    except ValueError:
        found = None
    if not isinstance(found, Ed25519PublicKey):
        raise InputError(str(path), "not a public Ed25519 key", f"give the file that ends in {PUBLIC}")
    return found


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise InputError(str(path), "there is no such file", "name the file of a key")
    with path.open("rb") as file:
        return file.read(MAX_BYTES)


def _raw(key: Ed25519PublicKey) -> str:
    return key.public_bytes_raw().hex()
