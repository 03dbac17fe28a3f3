"""Compact JWS (RFC 7515) with Ed25519 (RFC 8037), and nothing else.

The verifier's pinned keys decide the algorithm; the header may only agree.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from torhaus_sdk.refusals import BadSignature, InvalidStatement, Malformed, UnknownKey, WrongAlgorithm, WrongType
from torhaus_sdk.strict_json import json_object

__all__ = ["ALGORITHMS", "InvalidStatement", "b64", "claimed_kid", "sign", "unb64", "verify"]

ALGORITHMS = frozenset({"EdDSA", "Ed25519"})  # RFC 8037, RFC 9864
_HEADER = {"alg", "kid", "typ"}
_ALPHABET = re.compile(r"[A-Za-z0-9_-]*")


def b64(data: bytes) -> str:
    """Encode as base64url without padding (RFC 7515 section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """Decode canonical base64url without padding. Raises Malformed for anything else."""
    if not _ALPHABET.fullmatch(text):
        raise Malformed("A part of it is not base64url.")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error) as error:
        raise Malformed("A part of it is not base64url; it seems cut short.") from error
    if b64(data) != text:  # non-zero trailing bits
        raise Malformed("A part of it is not canonical base64url.")
    return data


def sign(claims: Mapping[str, Any], *, key: Ed25519PrivateKey, kid: str, typ: str) -> str:
    """Give ``claims`` as a compact JWS with ``alg`` EdDSA."""
    header = {"alg": "EdDSA", "kid": kid, "typ": typ}
    head, body = (b64(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    return f"{head}.{body}.{b64(key.sign(f'{head}.{body}'.encode('ascii')))}"


def verify(text: str, *, keys: Mapping[str, Ed25519PublicKey], typ: str) -> dict[str, Any]:
    """Give the claims of ``text`` if one of ``keys`` (by kid) signed it as ``typ``.

    Raises:
        InvalidStatement: Malformed, WrongAlgorithm, WrongType, UnknownKey or BadSignature says which.
    """
    parts = text.split(".")
    if len(parts) != 3:
        raise Malformed("It is not a signed statement: that has three parts with a full stop between them.")
    header, payload, signature = (unb64(part) for part in parts)
    kid = _key_id(json_object(header, of="its header"), typ=typ)
    if kid not in keys:
        raise UnknownKey(
            f"It was signed with the key {kid!r}, which is not among the trusted keys. "
            "Load the public keys of the issuer anew; if it is still not there, do not trust this text."
        )
    try:
        keys[kid].verify(signature, f"{parts[0]}.{parts[1]}".encode("ascii"))
    except InvalidSignature as error:
        raise BadSignature("The signature does not fit: the text was changed, or another key signed it.") from error
    return json_object(payload, of="its content")


def claimed_kid(text: str) -> str:
    """Give the key id a statement names, with nothing checked; empty if it names none."""
    try:
        kid = json_object(unb64(text.partition(".")[0]), of="its header").get("kid")
    except InvalidStatement:
        return ""
    return kid if isinstance(kid, str) else ""


def _key_id(header: Mapping[str, Any], *, typ: str) -> str:
    if set(header) != _HEADER or not all(isinstance(value, str) for value in header.values()):
        raise Malformed("Its header must have alg, kid and typ, and nothing else.")
    if header["alg"] not in ALGORITHMS:
        raise WrongAlgorithm(f"Its header asks for the algorithm {header['alg']!r}; only EdDSA with Ed25519 counts.")
    if header["typ"] != typ:
        raise WrongType(f"It is a statement of type {header['typ']!r}, not {typ!r}.")
    return str(header["kid"])
