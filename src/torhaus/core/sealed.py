"""Texts that stand encrypted in the database, so that a stolen one does not show them.

AES-256-GCM, under a key derived (HKDF-SHA256) from the installation's secret, which is not in the database.
"""

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_FORM = "v1."


class Unreadable(RuntimeError):
    """It was sealed under another secret or for another purpose, or was changed."""


def sealed(text: str, *, purpose: bytes) -> str:
    """Encrypt a text for keeping; each time it looks different."""
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    hidden = AESGCM(_key(salt, purpose)).encrypt(nonce, text.encode(), purpose)
    return _FORM + base64.b64encode(salt + nonce + hidden).decode("ascii")


def opened(text: str, *, purpose: bytes) -> str:
    """Give what :func:`sealed` encrypted for this purpose.

    Raises:
        Unreadable: it cannot be read.
    """
    try:
        raw = base64.b64decode(text.removeprefix(_FORM), validate=True)
        return AESGCM(_key(raw[:16], purpose)).decrypt(raw[16:28], raw[28:], purpose).decode()
    except (ValueError, InvalidTag) as error:
        raise Unreadable from error


def _key(salt: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=purpose).derive(settings.SECRET_KEY.encode())
