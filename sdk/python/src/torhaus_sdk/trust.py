"""Which keys are trusted: those the product was shipped with, and those they vouch for, one after the other.

The vendor's portal offers signed key sets (typ ``jwk-set+jwt``) at ``/.well-known/torhaus-keys``. A set signed by a
key that is trusted now, and newer than the last one, replaces what is trusted: so keys are added before they sign,
and one that leaked disappears. A key nobody vouches for is never trusted, wherever it was published.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from torhaus_sdk.claims import Claims
from torhaus_sdk.jwks import InvalidKeySet, keys_from_jwks
from torhaus_sdk.jws import verify
from torhaus_sdk.refusals import Malformed, Refused

__all__ = ["KEY_SETS", "KEY_SET_TYPE", "Keys", "Trust", "offered_sets", "pinned_keys"]

KEY_SETS = "/.well-known/torhaus-keys"
KEY_SET_TYPE = "jwk-set+jwt"
LONGEST_CHAIN = 60
MOST_OFFERED = 1_000
Keys = Mapping[str, Ed25519PublicKey]


def pinned_keys(keys: Keys | Mapping[str, object] | str | bytes) -> dict[str, Ed25519PublicKey]:
    """Give the keys a product is shipped with: the text of a key set, the same read as JSON, or keys by kid.

    Raises:
        ValueError: there is no usable key in it (``InvalidKeySet`` where it is no key set).
    """
    if isinstance(keys, Mapping) and "keys" in keys and not isinstance(keys["keys"], Ed25519PublicKey):
        keys = json.dumps(keys)
    found: dict[str, object] = dict(keys_from_jwks(keys) if isinstance(keys, str | bytes) else keys)
    if not found or not all(isinstance(key, Ed25519PublicKey) for key in found.values()):
        raise ValueError("keys must hold at least one Ed25519 key: the vendor's key set, or what keys_from_jwks gave")
    return {kid: key for kid, key in found.items() if isinstance(key, Ed25519PublicKey)}


def offered_sets(body: Mapping[str, object]) -> list[str]:
    """Give the signed sets a portal offers, the newest last; what is no text is skipped."""
    found = body.get("statements")
    return [one for one in found if isinstance(one, str)][-MOST_OFFERED:] if isinstance(found, list) else []


class Trust:
    """The pinned keys, and what follows from them by a chain of signed sets."""

    def __init__(self, pinned: Keys) -> None:
        self._pinned = dict(pinned)
        self._known: tuple[tuple[str, ...], dict[str, Ed25519PublicKey]] = ((), self._pinned)

    def keys(self, chain: Iterable[object]) -> dict[str, Ed25519PublicKey]:
        """Give the keys to trust after the sets of a ``chain`` that was kept; a set that does not fit ends it."""
        sets = tuple(one for one in chain if isinstance(one, str))
        known, keys = self._known
        if sets != known:
            keys = self._walk(sets)[0]
            self._known = (sets, keys)
        return keys

    def extended(self, chain: Sequence[object], offered: Sequence[str]) -> list[str]:
        """Give the chain to keep after ``offered`` sets were seen; as it was if they change nothing."""
        kept = [one for one in chain if isinstance(one, str)]
        keys, newest, kept = self._walk(kept)
        for text in offered:
            found = _set_of(text, keys, newest)
            if found is None:
                continue
            newest, changed = found[1], _texts(found[0]) != _texts(keys)
            if changed:
                keys = found[0]
                kept = self._shortened([*kept, text])
        return kept if len(kept) <= LONGEST_CHAIN else self._needed(kept)

    def _shortened(self, chain: list[str]) -> list[str]:
        # A set one of the pinned keys signed needs nothing before it.
        return chain[-1:] if _set_of(chain[-1], self._pinned, -1) else chain

    def _needed(self, chain: list[str]) -> list[str]:
        """Give the newest set and only those before it that are needed to vouch for it: each by its earliest voucher."""
        steps: list[Keys] = [self._pinned]  # what is trusted before each
        for text in chain:
            steps += [found[0]] if (found := _set_of(text, steps[-1], -1)) else []
        needed, wanted = [chain[-1]], chain[-1]
        while not _set_of(wanted, self._pinned, -1):
            wanted = chain[next(at for at, keys in enumerate(steps) if _set_of(wanted, keys, -1)) - 1]
            needed.insert(0, wanted)
        return needed

    def _walk(self, sets: Sequence[str]) -> tuple[dict[str, Ed25519PublicKey], int, list[str]]:
        keys, newest, kept = dict(self._pinned), -1, []
        for text in sets:
            found = _set_of(text, keys, newest)
            if found is None:
                break
            keys, newest = found
            kept.append(text)
        return keys, newest, kept


def _set_of(text: str, keys: Keys, newest: int) -> tuple[dict[str, Ed25519PublicKey], int] | None:
    """Give the keys of a signed set and when it was signed; None if it does not count."""
    try:
        claims = verify(text, keys=keys, typ=KEY_SET_TYPE)
        issued_at = Claims(claims).number("iat")
        if issued_at <= newest:
            raise Malformed("An older set of keys.")
        found = keys_from_jwks(json.dumps({"keys": claims.get("keys")}))
    except (Refused, InvalidKeySet):
        return None
    return (found, issued_at) if found else None


def _texts(keys: Keys) -> dict[str, bytes]:
    return {kid: key.public_bytes_raw() for kid, key in keys.items()}
