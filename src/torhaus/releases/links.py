"""Links to files: bound to one contract and one file, signed, and over after some hours.

Making one writes nothing. Its random part is what a download is recorded under, so that a
link counts once however often it is resumed.
"""

import base64
import hmac
from datetime import timedelta

from django.conf import settings

from torhaus.core import clock
from torhaus.core.random import base62

_NONCE = 20


class UnusableLink(Exception):
    """The link is altered, is over, or belongs to another contract or file; callers cannot tell which."""


def make_link(*, contract_ref: str, file_ref: str) -> str:
    """Give a new link of a contract to a file."""
    end = clock.now() + timedelta(hours=settings.OPTIONS.download_link_hours)
    nonce, until = base62(_NONCE), str(int(end.timestamp()))
    return f"{nonce}-{until}-{_mac(contract_ref, file_ref, nonce, until)}"


def read_link(link: str, *, contract_ref: str, file_ref: str) -> str:
    """Give the random part of a link of this contract to this file.

    Raises:
        UnusableLink: it is none, or no more.
    """
    nonce, _, rest = link.partition("-")
    until, _, given = rest.partition("-")
    wanted = _mac(contract_ref, file_ref, nonce, until)
    if not hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode("ascii")):
        raise UnusableLink
    if int(until) < clock.now().timestamp():
        raise UnusableLink
    return nonce


def _mac(*bound: str) -> str:
    key = hmac.digest(settings.SECRET_KEY.encode(), b"torhaus download link v1", "sha256")
    text = "\x1f".join(bound).encode("utf-8", "replace")
    return base64.urlsafe_b64encode(hmac.digest(key, text, "sha256")[:18]).decode("ascii")
