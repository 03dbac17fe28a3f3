"""``torhaus receive-mail``: takes one mail from standard input, for a pipe of the mail server."""

import logging
import sys

import typer
from django.db import DatabaseError

from torhaus.core.received_mail import MOST_BYTES, UnreadableMail
from torhaus.journeys.receive_mail import TryLater, receive_mail
from torhaus.vendor.queries import NoVendor

# sysexits.h, which mail servers understand.
REFUSED, LATER = 65, 75
_log = logging.getLogger(__name__)


def receive_mail_command() -> None:
    """Take one mail (RFC 5322) from standard input into the ticket it belongs to.

    Exit codes are those of mail servers: 0 taken, or answered automatically; 65 refused for good;
    75 try again later.
    """
    raw = sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        receive_mail(raw=raw)
    except UnreadableMail as reason:
        _end(REFUSED, str(reason))
    except (TryLater, NoVendor, DatabaseError, OSError) as reason:
        _end(LATER, str(reason).strip())
    except Exception:  # noqa: BLE001 - whatever it is, the mail must be kept
        # A fault of ours: the mail server must keep the mail, not send it back.
        _log.exception("a mail was not taken")
        _end(LATER, "a fault; the log says more")


def _end(code: int, reason: str) -> None:
    sys.stderr.write(f"torhaus: {reason}\n")
    raise typer.Exit(code)
