"""Fingerprints of machines. Only keyed hashes of their parts are kept, so that a stolen database names no machine.

The key is derived from the installation's secret: the same part has another hash at another vendor.
"""

import hashlib
import json
from collections.abc import Mapping

from django.conf import settings

from torhaus.core.keyed_hash import derived_hash

# What a caller may send; the doors refuse anything else before it comes here.
PART_NAME = r"[a-z0-9_.-]{1,32}"
MOST_PARTS = 16
LONGEST_VALUE = 200
_KEPT_DIGITS = 32  # 128 bits


def hashed_parts(parts: Mapping[str, str]) -> dict[str, str]:
    """Give the keyed hashes of a fingerprint's parts by name, as they are stored and compared."""
    hashed = derived_hash(settings.SECRET_KEY, b"torhaus fingerprint v1").hex
    return {name: hashed(f"{name}={value}".encode())[:_KEPT_DIGITS] for name, value in parts.items()}


def digest_of(hashed: Mapping[str, str]) -> str:
    """Give the SHA-256 (hex) of hashed parts together; their order does not matter."""
    return hashlib.sha256(json.dumps(dict(hashed), sort_keys=True, separators=(",", ":")).encode()).hexdigest()
