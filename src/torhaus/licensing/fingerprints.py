"""Fingerprints of machines. Only keyed hashes of their parts are kept, so that a stolen database names no machine.

The key is derived from the installation's secret: the same part has another hash at another vendor.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings

# What a caller may send; the doors refuse anything else before it comes here.
PART_NAME = r"[a-z0-9_.-]{1,32}"
MOST_PARTS = 16
LONGEST_VALUE = 200
_KEPT_DIGITS = 32  # 128 bits


def hashed_parts(parts: Mapping[str, str]) -> dict[str, str]:
    """Give the keyed hashes of a fingerprint's parts by name, as they are stored and compared."""
    key = _key(settings.SECRET_KEY)
    return {
        name: hmac.digest(key, f"{name}={value}".encode(), "sha256").hex()[:_KEPT_DIGITS]
        for name, value in parts.items()
    }


def digest_of(hashed: Mapping[str, str]) -> str:
    """Give the SHA-256 (hex) of hashed parts together; their order does not matter."""
    return hashlib.sha256(json.dumps(dict(hashed), sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"torhaus fingerprint v1", "sha256")
