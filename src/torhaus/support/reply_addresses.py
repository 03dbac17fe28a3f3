"""The address under which answers to a ticket arrive: ``local+<number>.<code>@domain``.

The code is keyed with the installation's secret, so that nobody writes into a ticket by guessing its number.
Number and code mean the same in any case: some mail servers change it.
"""

import base64
import hmac
import re
from collections.abc import Iterable

from django.conf import settings

_TAGGED = re.compile(r"[^@]*\+([a-z0-9-]{3,20})\.([a-z2-7]{16})@[^@]+")


def reply_address(number: str) -> str:
    """Give the address of a ticket, or nothing where no mailbox receives answers (``reply_mail``)."""
    local, at, domain = settings.OPTIONS.reply_mail.rpartition("@")
    if not (local and at and domain):
        return ""
    return f"{local}+{number.lower()}.{_code(number)}@{domain}"


def ticket_numbers(recipients: Iterable[str]) -> list[str]:
    """Give the ticket numbers of those addresses whose code is right, in order (compared in constant time)."""
    found = []
    for recipient in recipients:
        tagged = _TAGGED.fullmatch(recipient.lower())
        if tagged and hmac.compare_digest(_code(tagged[1]), tagged[2]):
            found.append(tagged[1].upper())
    return list(dict.fromkeys(found))


def _code(number: str) -> str:
    key = hmac.digest(settings.SECRET_KEY.encode(), b"torhaus reply address v1", "sha256")
    return base64.b32encode(hmac.digest(key, number.lower().encode(), "sha256"))[:16].decode("ascii").lower()
