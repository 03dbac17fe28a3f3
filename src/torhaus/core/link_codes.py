"""Codes of single-use mail links, derived from the link's reference under the installation's secret.

They are kept nowhere: a stored mail has a mark in the code's place and gets the code when it is sent, so that
neither a database dump nor the mail log lets anybody follow the link (R11).
"""

import hashlib
import hmac
import re

from django.conf import settings

_MARK = re.compile(r"\[\[code:([0-9A-Za-z]{12})\]\]")


def code_of(ref: str) -> str:
    """Give the code of the link ``ref``: 160 bits in hexadecimal."""
    key = hmac.digest(settings.SECRET_KEY.encode(), b"torhaus mail link v1", "sha256")
    return hmac.new(key, ref.encode(), hashlib.sha256).hexdigest()[:40]


def same_code(ref: str, code: str) -> bool:
    """Whether ``code`` is that of ``ref``, in constant time."""
    return hmac.compare_digest(code_of(ref).encode(), code.encode())


def mark_of(ref: str) -> str:
    """Give what stands for the code of ``ref`` in a stored mail."""
    return f"[[code:{ref}]]"


def without_marks(text: str) -> str:
    """Give ``text`` such that no code is ever put into it: a name is anybody's words."""
    return text.replace("[[code:", "[[ code:")


def with_codes(text: str) -> str:
    """Give ``text`` with every mark replaced by its code."""
    return _MARK.sub(lambda found: code_of(found[1]), text)
