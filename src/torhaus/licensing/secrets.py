"""The keyed hash of token secrets: a database dump lets nobody guess or verify a token (R11)."""

import hmac

from django.conf import settings

from torhaus.core.keyed_hash import derived_hash

DUMMY_HASH = "0" * 64


def hash_secret(secret: str) -> str:
    """Give the HMAC-SHA-256 (hex) of a token secret under a key derived from the installation's secret."""
    return derived_hash(settings.SECRET_KEY, b"torhaus licence token v1").hex(secret.encode())


def same_secret(secret: str, expected_hash: str) -> bool:
    """Whether ``secret`` has that hash, in constant time."""
    return hmac.compare_digest(hash_secret(secret), expected_hash)
