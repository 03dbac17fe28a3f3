"""Codes of single-use mail links, derived from the link's reference under the installation's secret.

They are kept nowhere: a stored mail has a mark in the code's place and gets the code when it is sent, so that
neither a database dump nor the mail log lets anybody follow the link (R11).
"""

import hashlib
import hmac
import re

from django.conf import settings

_MARK = re.compile(r"\[\[(code|number):([0-9A-Za-z]{12})\]\]")


def code_of(ref: str) -> str:
    """Give the code of the link ``ref``: 160 bits in hexadecimal."""
    key = hmac.digest(settings.SECRET_KEY.encode(), b"torhaus mail link v1", "sha256")
    return hmac.new(key, ref.encode(), hashlib.sha256).hexdigest()[:40]


def same_code(ref: str, code: str) -> bool:
    """Whether ``code`` is that of ``ref``, in constant time."""
    return hmac.compare_digest(code_of(ref).encode(), code.encode())


def number_of(ref: str) -> str:
    """Give the code of ``ref`` as one types it: eight digits. Whoever checks it has to count the tries."""
    key = hmac.digest(settings.SECRET_KEY.encode(), b"torhaus typed code v1", "sha256")
    digits = f"{int.from_bytes(hmac.digest(key, ref.encode(), 'sha256')) % 10**8:08d}"
    return f"{digits[:4]} {digits[4:]}"


def same_number(ref: str, typed: str) -> bool:
    """Whether ``typed`` is the typed code of ``ref``, blanks aside, in constant time."""
    given, right = (re.sub(r"\s", "", text).encode() for text in (typed, number_of(ref)))
    return hmac.compare_digest(given, right)


def mark_of_number(ref: str) -> str:
    """Give what stands for the typed code of ``ref`` in a stored mail."""
    return f"[[number:{ref}]]"


def mark_of(ref: str) -> str:
    """Give what stands for the code of ``ref`` in a stored mail."""
    return f"[[code:{ref}]]"


def without_marks(text: str) -> str:
    """Give ``text`` such that no code is ever put into it: a name is anybody's words."""
    return text.replace("[[code:", "[[ code:").replace("[[number:", "[[ number:")


def with_codes(text: str) -> str:
    """Give ``text`` with every mark replaced by its code."""
    return _MARK.sub(lambda found: (code_of if found[1] == "code" else number_of)(found[2]), text)
