"""Fetches answers to tickets from the mailbox. A mail is marked only after what it brought is committed.

Whatever happens, the mail stays in the mailbox: read if it was taken, flagged too if it was refused.
"""

import logging
import time

from django.conf import settings
from django.db import DatabaseError

from torhaus.core.imap import Account, Mailbox, open_mailbox
from torhaus.core.received_mail import MOST_BYTES, UnreadableMail
from torhaus.journeys.receive_mail import Outcome, TryLater, receive_mail

AT_ONCE = 200
# Mails that wait stay in the way of none behind them, within these limits: a scanner that hangs takes a minute for each.
LOOKED_AT, SECONDS = 1000, 120
_log = logging.getLogger(__name__)


def fetch_mail() -> int:
    """Take what is unread in the mailbox, oldest first; give how many mails were taken into tickets.

    Mails that have to wait, as beyond what a ticket takes in an hour, do not count among AT_ONCE.

    Raises:
        MailboxUnavailable: the mailbox cannot be read; what was committed before is marked.
        DatabaseError: nothing can be stored now; the mail stays unread.
    """
    ended, began = list[Outcome](), time.monotonic()
    with open_mailbox(account_set()) as mailbox:
        for uid in mailbox.unread()[:LOOKED_AT]:
            if (outcome := _take(mailbox, uid)) is not None:
                ended.append(outcome)
            if len(ended) >= AT_ONCE or time.monotonic() - began > SECONDS:
                break
    return ended.count(Outcome.TAKEN)


def account_set() -> Account:
    """Give the mailbox that the settings name."""
    options = settings.OPTIONS
    return Account(
        host=options.imap_host,
        port=options.imap_port,
        tls=options.imap_tls,
        user=options.imap_user,
        password=options.imap_password,
        folder=options.imap_folder,
    )


def _take(mailbox: Mailbox, uid: str) -> Outcome | None:
    """Take a mail and mark it; give what became of it, None for one that stays unread."""
    size = mailbox.size(uid)
    if size > MOST_BYTES:
        _log.warning("a mail is too large", extra={"event": {"uid": uid, "bytes": size}})
        mailbox.mark(uid, refused=True)
        return Outcome.NOT_TAKEN
    raw = mailbox.fetch(uid)
    if not raw:
        return None  # somebody moved it away meanwhile
    try:
        outcome = receive_mail(raw=raw)
    except TryLater as reason:
        _log.warning("a mail waits in the mailbox", extra={"event": {"uid": uid, "reason": str(reason)}})
        return None
    except UnreadableMail as reason:
        _log.warning("a mail cannot be read", extra={"event": {"uid": uid, "reason": str(reason)}})
        mailbox.mark(uid, refused=True)
        return Outcome.NOT_TAKEN
    except (DatabaseError, OSError):
        raise
    except Exception:  # noqa: BLE001 - one mail must not stop those behind it
        # A fault of ours: the mail must neither be lost nor be tried for ever.
        _log.exception("a mail was not taken", extra={"event": {"uid": uid}})
        mailbox.mark(uid, refused=True)
        return Outcome.NOT_TAKEN
    mailbox.mark(uid, refused=outcome is Outcome.NOT_TAKEN)
    return outcome
