"""Texts kept encrypted (AES-256-GCM) under a key derived (HKDF-SHA256) from the installation's secret, for one purpose.

A database dump alone reads none of them; a text sealed for one purpose opens for no other.
"""

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_MARK = "s1."


class Unreadable(RuntimeError):
    """The text was sealed under another secret or for another purpose, or it was changed."""


def seal(text: str, *, purpose: str) -> str:
    """Encrypt ``text`` for keeping."""
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    sealed = AESGCM(_key(salt, purpose)).encrypt(nonce, text.encode(), None)
    return _MARK + base64.b64encode(salt + nonce + sealed).decode("ascii")


def unseal(text: str, *, purpose: str) -> str:
    """Decrypt what :func:`seal` gave for this purpose.

    Raises:
        Unreadable: another secret, another purpose, or changed text.
    """
    try:
        raw = base64.b64decode(text.removeprefix(_MARK), validate=True)
        return AESGCM(_key(raw[:16], purpose)).decrypt(raw[16:28], raw[28:], None).decode()
    except (ValueError, InvalidTag) as error:
        raise Unreadable from error


def _key(salt: bytes, purpose: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=32, salt=salt, info=f"torhaus sealed text v1: {purpose}".encode())
    return derived.derive(settings.SECRET_KEY.encode())
