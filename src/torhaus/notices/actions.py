"""Writes mails: a row of the mail log and the job that delivers it, in the transaction of the deed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django_scopes import scopes_disabled

from torhaus.core import clock
from torhaus.core.link_codes import without_marks
from torhaus.notices.letters import (
    CsvFile,
    Sender,
    refuse_bad_address,
    refuse_line_breaks,
    refuse_secrets,
    refuse_unfilled,
    render_letter,
)
from torhaus.notices.models import Mail
from torhaus.notices.tasks import deliver_mail
from torhaus.records.deeds import part
from torhaus.work.jobs import WAITED_FOR

# Mails that somebody waits for; all others stand behind them, however many there are.
AWAITED = frozenset({"login_code", "mail_change", "passkey_link", "password_reset", "token_reset"})
# What of a mail's context may hold marks that become codes: addresses of single-use links, and codes to type.
_WITH_MARKS = ("link", "unsubscribe", "typed_code")


@part
def write_mail(
    *,
    template: str,
    recipient: str,
    recipient_name: str = "",
    language: str,
    sender: Sender,
    customer_ref: str = "",
    context: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
    attachments: Sequence[CsvFile] = (),
) -> Mail:
    """Write a mail to one person; it is delivered once the deed has committed.

    An unknown ``language`` falls back to the installation's. ``headers`` come beside those that every mail has or replace
    them; ``attachments`` go along.

    Raises:
        MailRefused: the recipient is no address, or a header would hold a line break.
        SecretInMail, CodeNotSent: a licence token, or a code as its mark, would stand in the mail.
    """
    refuse_bad_address(recipient)
    _refuse_bad_headers(recipient_name, *(headers or {}), *(headers or {}).values())
    refuse_unfilled(template, *map(context.get, _WITH_MARKS), *(headers or {}).values())
    language = language if language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    values = _plain({**context, "recipient_name": recipient_name})
    letter = render_letter(template=template, language=language, sender=sender, context=values)
    to = {"customer_ref": customer_ref, "recipient": recipient, "recipient_name": recipient_name}
    with scopes_disabled():
        mail = Mail.objects.create(
            **to,
            template=template,
            language=language,
            **asdict(letter),
            headers=dict(headers or {}),
            attachments=_files(template, attachments),
            written_at=clock.now(),
        )
    (deliver_mail.using(priority=WAITED_FOR) if template in AWAITED else deliver_mail).enqueue(mail.pk)
    return mail


def _refuse_bad_headers(*values: str) -> None:
    for value in values:
        refuse_line_breaks(value)


def _files(template: str, attachments: Sequence[CsvFile]) -> list[dict[str, str]]:
    _refuse_bad_headers(*(one.name for one in attachments))
    refuse_secrets(template, *(one.text for one in attachments))
    return [asdict(one) for one in attachments]


def _plain(context: Mapping[str, Any]) -> dict[str, Any]:
    """Give a context in which only addresses hold codes: names and other words come from people, who may write a mark."""
    return {
        key: without_marks(value) if isinstance(value, str) and key not in _WITH_MARKS else value
        for key, value in context.items()
    }
