"""Signature files as minisign makes and checks them (https://jedisct1.github.io/minisign/).

The signature is Ed25519 over the BLAKE2b-512 of the file ("prehashed", algorithm "ED"); a second one
covers it and the trusted comment. The vendor's RELEASE keys sign here and nowhere else.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from torhaus.vendor.keys import NoSigningKey, Signer, active_signer, trusted_keys
from torhaus.vendor.models import KeyPurpose

_KEY, _PREHASHED = b"Ed", b"ED"
_ID_LENGTH = 8
_BREAKS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]+")
_FILE = re.compile(r"untrusted comment: [^\n]*\n([A-Za-z0-9+/=]+)\ntrusted comment: ([^\n]*)\n([A-Za-z0-9+/=]+)\n?")


class BadSignature(ValueError):
    """The signature file is none, or not of this file and one of these keys."""


@dataclass(frozen=True)
class PublicKey:
    """A public key as minisign knows it: ``text`` is what ``minisign -P`` takes."""

    key_id: str
    text: str

    @property
    def file(self) -> str:
        """The two lines of a public key file."""
        return f"untrusted comment: minisign public key {self.key_id}\n{self.text}\n"


def key_id(kid: str) -> bytes:
    """Give the eight bytes by which minisign names a key: the first ones of the thumbprint that is its kid."""
    return base64.urlsafe_b64decode(kid + "=" * (-len(kid) % 4))[:_ID_LENGTH]


def public_key(kid: str, key: Ed25519PublicKey) -> PublicKey:
    """Give a public key in minisign's form."""
    named = key_id(kid)
    text = base64.b64encode(_KEY + named + key.public_bytes_raw()).decode("ascii")
    return PublicKey(f"{int.from_bytes(named, 'little'):016X}", text)


def release_public_keys() -> list[PublicKey]:
    """Give the keys by which files of releases can be checked: the one that signs now first, then the others."""
    keys = trusted_keys(KeyPurpose.RELEASE)
    try:
        current = active_signer(KeyPurpose.RELEASE).kid
    except NoSigningKey:
        current = ""
    # A stable sort: the others stay in the order in which they were made.
    return [public_key(kid, keys[kid]) for kid in sorted(keys, key=lambda kid: kid != current)]


def sign(signer: Signer, blake2b: bytes, *, trusted_comment: str) -> str:
    """Give the signature file for content with this BLAKE2b-512."""
    comment = _BREAKS.sub(" ", trusted_comment)
    signature = signer.key.sign(blake2b)
    both = signer.key.sign(signature + comment.encode("utf-8"))
    lines = (
        f"untrusted comment: signature by the minisign key {int.from_bytes(key_id(signer.kid), 'little'):016X}",
        base64.b64encode(_PREHASHED + key_id(signer.kid) + signature).decode("ascii"),
        f"trusted comment: {comment}",
        base64.b64encode(both).decode("ascii"),
    )
    return "\n".join(lines) + "\n"


def verify(text: str, blake2b: bytes, keys: Mapping[str, Ed25519PublicKey]) -> str:
    """Check a signature file against the BLAKE2b-512 of the content; give its trusted comment.

    Raises:
        BadSignature: it is not of this content, or not by one of these keys (by kid).
    """
    found = _FILE.fullmatch(text)
    if found is None:
        raise BadSignature("no minisign signature")
    try:
        head, both = base64.b64decode(found[1], validate=True), base64.b64decode(found[3], validate=True)
    except binascii.Error as error:
        raise BadSignature("no minisign signature") from error
    if len(head) != 74 or head[:2] != _PREHASHED or len(both) != 64:
        raise BadSignature("no prehashed minisign signature")
    key = next((key for kid, key in keys.items() if key_id(kid) == head[2:10]), None)
    if key is None:
        raise BadSignature("signed by a key that is not trusted")
    try:
        key.verify(head[10:], blake2b)
        key.verify(both, head[10:] + found[2].encode("utf-8"))
    except InvalidSignature as error:
        raise BadSignature("the signature is not of this content") from error
    return found[2]
