"""Fetches answers to tickets from the mailbox. A mail is marked only after what it brought is committed.

Whatever happens, the mail stays in the mailbox: read if it was taken, flagged too if it was refused.
"""

import logging

from django.conf import settings
from django.db import DatabaseError

from torhaus.core.imap import Account, Mailbox, open_mailbox
from torhaus.core.received_mail import MOST_BYTES, UnreadableMail
from torhaus.journeys.receive_mail import Outcome, TryLater, receive_mail

AT_ONCE = 200
_log = logging.getLogger(__name__)


def fetch_mail() -> int:
    """Take what is unread in the mailbox, oldest first; give how many mails were taken into tickets.

    Raises:
        MailboxUnavailable: the mailbox cannot be read; what was committed before is marked.
        DatabaseError: nothing can be stored now; the mail stays unread.
    """
    options, taken = settings.OPTIONS, 0
    account = Account(
        host=options.imap_host,
        port=options.imap_port,
        tls=options.imap_tls,
        user=options.imap_user,
        password=options.imap_password,
        folder=options.imap_folder,
    )
    with open_mailbox(account) as mailbox:
        for uid in mailbox.unread()[:AT_ONCE]:
            taken += _take(mailbox, uid)
    return taken


def _take(mailbox: Mailbox, uid: str) -> bool:
    size = mailbox.size(uid)
    if size > MOST_BYTES:
        _log.warning("a mail is too large", extra={"event": {"uid": uid, "bytes": size}})
        mailbox.mark(uid, refused=True)
        return False
    raw = mailbox.fetch(uid)
    if not raw:
        return False  # somebody moved it away meanwhile
    try:
        outcome = receive_mail(raw=raw)
    except TryLater as reason:
        _log.warning("a mail waits in the mailbox", extra={"event": {"uid": uid, "reason": str(reason)}})
        return False
    except UnreadableMail as reason:
        _log.warning("a mail cannot be read", extra={"event": {"uid": uid, "reason": str(reason)}})
        mailbox.mark(uid, refused=True)
        return False
    except (DatabaseError, OSError):
        raise
    except Exception:  # noqa: BLE001 - one mail must not stop those behind it
        # A fault of ours: the mail must neither be lost nor be tried for ever.
        _log.exception("a mail was not taken", extra={"event": {"uid": uid}})
        mailbox.mark(uid, refused=True)
        return False
    mailbox.mark(uid, refused=outcome is Outcome.NOT_TAKEN)
    return outcome is Outcome.TAKEN
