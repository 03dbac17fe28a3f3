"""HMAC-SHA-256 (RFC 2104) under a key that stays the same: its two first blocks are hashed once.

``hmac.digest`` looks its algorithm up and hashes the key's blocks with each call, which costs a multiple of the rest
where messages are short and come a thousand times a second.
"""

import hashlib
import hmac
from functools import lru_cache

_BLOCK = 64  # bytes that SHA-256 takes at once


class KeyedHash:
    """HMAC-SHA-256 of messages under one key of at most 64 bytes. Threads may share one: it is only ever copied."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        if len(key) > _BLOCK:
            raise ValueError(f"a key has at most {_BLOCK} bytes")
        padded = key.ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def hex(self, message: bytes) -> str:
        """Give the HMAC of ``message`` as 64 hexadecimal digits."""
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest()


@lru_cache(maxsize=8)
def derived_hash(secret: str, purpose: bytes) -> KeyedHash:
    """Give the hash under a key that is derived from the installation's secret for one purpose."""
    return KeyedHash(hmac.digest(secret.encode(), purpose, "sha256"))
