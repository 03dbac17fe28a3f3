"""The keyed hash of token secrets: a database dump lets nobody guess or verify a token (R11)."""

import hmac
from functools import lru_cache

from django.conf import settings

DUMMY_HASH = "0" * 64


def hash_secret(secret: str) -> str:
    """Give the HMAC-SHA-256 (hex) of a token secret under a key derived from the installation's secret."""
    return hmac.digest(_key(settings.SECRET_KEY), secret.encode(), "sha256").hex()


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return hmac.digest(secret.encode(), b"torhaus licence token v1", "sha256")


def same_secret(secret: str, expected_hash: str) -> bool:
    """Whether ``secret`` has that hash, in constant time."""
    return hmac.compare_digest(hash_secret(secret), expected_hash)
