"""Delivers a written mail at least once; the Message-ID stays the same, so that a second copy can be told."""

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.core.link_codes import with_codes
from torhaus.core.mail import PermanentRefusal, TemporaryFailure, send
from torhaus.notices.letters import WITH_CODE
from torhaus.notices.models import Mail, MailState
from torhaus.records.deeds import housekeeping

ERROR_LENGTH = 300
OWN_HEADER = "X-Torhaus-Mail"
# What says that somebody is erased names them for the last time: it is gone once it was sent, or cannot be.
FORGOTTEN = frozenset({"person_erased"})


@housekeeping
def deliver(mail_id: int) -> bool:
    """Send a mail unless it is sent already or erased; True if it is sent now, False if it is refused for good.

    Raises:
        TemporaryFailure: it could not be sent now; the job is tried again.
    """
    mail = _begin(mail_id)
    if mail is None:
        return True
    try:
        # Outside any transaction: a slow server must not hold up those who write.
        send(_message(mail))
    except PermanentRefusal as error:
        _end(mail, state=MailState.FAILED, last_error=str(error))
        return False
    except TemporaryFailure as error:
        _end(mail, last_error=str(error))
        raise
    _end(mail, state=MailState.SENT, sent_at=clock.now(), last_error="")
    return True


@housekeeping
def give_up(mail_id: int) -> None:
    """Note that a mail is not tried any more: its job is a dead letter."""
    with scopes_disabled():
        Mail.objects.filter(pk=mail_id, template__in=FORGOTTEN).delete()
        Mail.objects.filter(pk=mail_id, state=MailState.WAITING).update(state=MailState.FAILED)


def message_id(mail: Mail) -> str:
    """Give the Message-ID of a mail (RFC 5322 section 3.6.4), the same at every attempt."""
    return f"<{mail.ref}@{mail_domain()}>"


def mail_domain() -> str:
    """Give the domain that stands in the Message-ID of our mails: the sender's."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


def _begin(mail_id: int) -> Mail | None:
    with scopes_disabled(), transaction.atomic():
        mail = Mail.objects.select_for_update().filter(pk=mail_id).first()
        if mail is None or mail.state == MailState.SENT:  # whoever it was to may have been erased
            return None
        mail.state = MailState.WAITING
        mail.attempts += 1
        mail.save(update_fields=["state", "attempts"])
    return mail


def _end(mail: Mail, **values: object) -> None:
    if "last_error" in values:
        values["last_error"] = str(values["last_error"])[:ERROR_LENGTH]
    with scopes_disabled():
        row = Mail.objects.filter(pk=mail.pk)
        if mail.template in FORGOTTEN and values.get("state"):
            row.delete()
        else:
            row.update(**values)


def _message(mail: Mail) -> EmailMultiAlternatives:
    text, html, headers = mail.text, mail.html, dict(mail.headers)
    if mail.template in WITH_CODE:
        text, html = with_codes(text), with_codes(html)
        headers = {name: with_codes(value) for name, value in headers.items()}
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=text,
        to=[formataddr((mail.recipient_name, mail.recipient)) if mail.recipient_name else mail.recipient],
        headers={
            "Message-ID": message_id(mail),
            "Content-Language": mail.language,
            # Nobody's out-of-office note answers it (RFC 3834 section 5).
            "Auto-Submitted": "auto-generated",
            # What comes back with it is no answer of a person's: it is a mail of ours.
            OWN_HEADER: mail.ref,
        }
        | headers,
    )
    message.attach_alternative(html, "text/html")
    for file in mail.attachments:
        message.attach(file["name"], file["text"], "text/csv")
    return message
