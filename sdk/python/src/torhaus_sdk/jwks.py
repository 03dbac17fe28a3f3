"""Public keys as a JSON Web Key Set (RFC 7517), Ed25519 only (RFC 8037)."""

import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from torhaus_sdk.jws import ALGORITHMS, b64, unb64
from torhaus_sdk.refusals import Malformed
from torhaus_sdk.strict_json import json_object

MEDIA_TYPE = "application/jwk-set+json"
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}  # RFC 7518, RFC 8037


class InvalidKeySet(ValueError):
    """The text is not a set of public keys that can be relied on."""


def jwks(keys: Mapping[str, Ed25519PublicKey]) -> str:
    """Give public keys by kid as the text of a key set."""
    found = [
        {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": b64(key.public_bytes_raw())}
        for kid, key in keys.items()
    ]
    return json.dumps({"keys": found}, indent=2)


def keys_from_jwks(text: str | bytes) -> dict[str, Ed25519PublicKey]:
    """Give the Ed25519 keys for signatures of a key set, by kid. Keys of other kinds are skipped.

    Raises:
        InvalidKeySet: not a key set, a broken Ed25519 key, a kid that stands twice, or a private key.
    """
    try:
        value = json_object(text.encode("utf-8", "replace") if isinstance(text, str) else text, of="the key set")
    except Malformed as error:
        raise InvalidKeySet(str(error)) from error
    entries = value.get("keys")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidKeySet('The key set is not an object with the list "keys".')
    found: dict[str, Ed25519PublicKey] = {}
    for entry in entries:
        if _PRIVATE & set(entry):
            raise InvalidKeySet("The key set holds a private key. It must be replaced: whoever saw it can sign.")
        if not _verifies_here(entry):
            continue
        kid = entry.get("kid")
        if not isinstance(kid, str) or not kid:
            raise InvalidKeySet("A key of the set has no key id (kid).")
        if kid in found:
            raise InvalidKeySet(f"The key id {kid!r} stands twice in the key set.")
        found[kid] = _public_key(entry, kid)
    return found


def _verifies_here(entry: Mapping[str, Any]) -> bool:
    operations = entry.get("key_ops", ["verify"])
    return (
        entry.get("kty") == "OKP"
        and entry.get("crv") == "Ed25519"
        and entry.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
        and entry.get("alg", "EdDSA") in tuple(ALGORITHMS)
    )


def _public_key(entry: Mapping[str, Any], kid: str) -> Ed25519PublicKey:
    x = entry.get("x")
    try:
        return Ed25519PublicKey.from_public_bytes(unb64(x if isinstance(x, str) else ""))
    except (Malformed, ValueError) as error:
        raise InvalidKeySet(f"The key {kid!r} is not an Ed25519 key of 32 bytes.") from error
