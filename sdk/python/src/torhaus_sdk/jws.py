"""Compact JWS (RFC 7515) with Ed25519 (RFC 8037), and nothing else.

The verifier's pinned keys decide the algorithm; the header may only agree.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALGORITHMS = frozenset({"EdDSA", "Ed25519"})  # RFC 8037, RFC 9864


class InvalidStatement(ValueError):
    """The text is not a statement signed by a trusted key."""


def b64(data: bytes) -> str:
    """Encode as base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """Decode canonical base64url without padding. Raises InvalidStatement for anything else."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error) as error:
        raise InvalidStatement("not base64url") from error
    if b64(data) != text:  # refuses other alphabets, padding and non-zero trailing bits
        raise InvalidStatement("not canonical base64url")
    return data


def sign(claims: Mapping[str, Any], *, key: Ed25519PrivateKey, kid: str, typ: str) -> str:
    """Give ``claims`` as a compact JWS with ``alg`` EdDSA."""
    header = {"alg": "EdDSA", "kid": kid, "typ": typ}
    head, body = (b64(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return f"{head}.{body}.{b64(key.sign(f'{head}.{body}'.encode('ascii')))}"


def verify(text: str, *, keys: Mapping[str, Ed25519PublicKey], typ: str) -> dict[str, Any]:
    """Give the claims of ``text`` if one of ``keys`` (by kid) signed it as ``typ``.

    Raises:
        InvalidStatement: wrong shape, type or algorithm, unknown key, or a signature that does not fit.
    """
    parts = text.split(".")
    if len(parts) != 3 or not text.isascii():
        raise InvalidStatement("not a compact JWS")
    header = _json_object(unb64(parts[0]))
    if set(header) != {"alg", "kid", "typ"} or header["alg"] not in ALGORITHMS or header["typ"] != typ:
        raise InvalidStatement("not a header this verifier accepts")
    key = keys.get(header["kid"]) if isinstance(header["kid"], str) else None
    if key is None:
        raise InvalidStatement("signed by a key that is not trusted")
    try:
        key.verify(unb64(parts[2]), f"{parts[0]}.{parts[1]}".encode("ascii"))
    except InvalidSignature as error:
        raise InvalidStatement("the signature does not fit") from error
    return _json_object(unb64(parts[1]))


def _json_object(data: bytes) -> dict[str, Any]:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise InvalidStatement("a name stands twice")
        return found

    try:
        value = json.loads(data, object_pairs_hook=unique)
    except InvalidStatement:
        raise
    except (ValueError, RecursionError) as error:
        raise InvalidStatement("not JSON") from error
    if not isinstance(value, dict):
        raise InvalidStatement("not a JSON object")
    return value
