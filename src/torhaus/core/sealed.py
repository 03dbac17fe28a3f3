"""What stands encrypted in the database, so that a stolen one does not show it.

AES-256-GCM, under a key derived (HKDF-SHA256) from the installation's secret, which is not in the database.
"""

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

# How whatever was sealed begins.
FORM = "v1."


class Unreadable(RuntimeError):
    """It was sealed under another secret, for another purpose or another owner, or was changed."""


def seal(data: bytes, *, purpose: bytes, owner: bytes = b"") -> str:
    """Encrypt some bytes for keeping; each time it looks different. It opens for this purpose and ``owner`` only."""
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    hidden = AESGCM(_key(salt, purpose)).encrypt(nonce, data, owner)
    return FORM + base64.b64encode(salt + nonce + hidden).decode("ascii")


def unseal(text: str, *, purpose: bytes, owner: bytes = b"") -> bytes:
    """Give what :func:`seal` encrypted.

    Raises:
        Unreadable: it cannot be read.
    """
    try:
        raw = base64.b64decode(text.removeprefix(FORM), validate=True)
        return AESGCM(_key(raw[:16], purpose)).decrypt(raw[16:28], raw[28:], owner)
    except (ValueError, InvalidTag) as error:
        raise Unreadable from error


def _key(salt: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=purpose).derive(settings.SECRET_KEY.encode())
