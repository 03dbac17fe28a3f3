"""Renders a mail's subject, text and HTML in the recipient's language, and refuses what must not be sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.template import Context, engines
from django.template.backends.django import DjangoTemplates
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from torhaus.core.link_codes import with_codes
from torhaus.core.redaction import holds_token

SUBJECT_LENGTH = 200
# What stands on top of mails that are answered by mail: below it lies what needs not be read again.
ANSWER_MARK = _("Please answer above this line")


# Only in these mails a mark becomes a code: whoever writes one into another mail gets nothing for it.
WITH_CODE = frozenset(
    {
        "token_reset",
        "password_reset",
        "login_code",
        "mail_change",
        "invitation",
        "passkey_link",
        "release_subscription",
        "release_announced",
        "seat_registration",
        "seat_reminder",
        "report_confirmation",
        "usage_report",
    }
)


class MailRefused(ValueError):
    """The mail cannot be written: a recipient that is no address, or a line break in a header."""


class SecretInMail(MailRefused):
    """A licence token stands in the mail. Mails are read by others and kept for years; a fault of the code."""


class CodeNotSent(Exception):
    """A code or link would go out as its mark: the template is not among :data:`WITH_CODE`. A fault of the code."""


@dataclass(frozen=True)
class Sender:
    """In whose name a mail is written: what its frame shows. ``time_zone`` is IANA, ``accent`` ``#rrggbb``."""

    name: str
    legal_name: str
    address: str
    mail: str
    portal_url: str
    phone: str = ""
    accent: str = "#3c47c4"
    time_zone: str = "UTC"


@dataclass(frozen=True)
class Letter:
    """A rendered mail."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class CsvFile:
    """A list that comes with a mail, as its whole text."""

    name: str
    text: str


def render_letter(*, template: str, language: str, sender: Sender, context: Mapping[str, Any]) -> Letter:
    """Render the three parts of ``template``.

    Raises:
        MailRefused: a line break stands in the subject.
        SecretInMail: a licence token stands in a part.
    """
    values = {**context, "sender": sender, "language": language}
    with translation.override(language), timezone.override(ZoneInfo(sender.time_zone)):
        subject = _render(f"{template}.subject.txt", values, escape=False).strip()
        text = _render(f"{template}.txt", values, escape=False).strip() + "\n"
        html = _render(f"{template}.html", values, escape=True)
    refuse_line_breaks(subject)
    refuse_secrets(template, subject, text, html)
    return Letter(subject[:SUBJECT_LENGTH], text, html)


def refuse_line_breaks(header: str) -> None:
    """Refuse what would begin another header (RFC 5322 section 2.2).

    Raises:
        MailRefused: there is a line break or another control character.
    """
    if any(ord(character) < 32 or ord(character) == 127 or character in "\x85\u2028\u2029" for character in header):
        raise MailRefused("a line break or control character in a mail header")


def refuse_secrets(template: str, *parts: str) -> None:
    """Refuse a mail with a licence token in one of its parts.

    Raises:
        SecretInMail: there is one.
    """
    if any(holds_token(part) for part in parts):
        raise SecretInMail(f"the mail {template} would hold a licence token")


def refuse_unfilled(template: str, *parts: Any) -> None:
    """Refuse marks of codes where delivery puts no code in their place.

    Raises:
        CodeNotSent: there is one.
    """
    if template not in WITH_CODE and any(isinstance(part, str) and with_codes(part) != part for part in parts):
        raise CodeNotSent(template)


def refuse_bad_address(address: str) -> None:
    """Refuse what is no mail address.

    Raises:
        MailRefused: it is none.
    """
    try:
        validate_email(address)
    except ValidationError as error:
        raise MailRefused("not a mail address") from error


def _render(name: str, values: Mapping[str, Any], *, escape: bool) -> str:
    # Text parts are not HTML: an umlaut or an ampersand stays what it is.
    engine = cast(DjangoTemplates, engines["django"]).engine
    return str(engine.get_template(f"notices/mail/{name}").render(Context(dict(values), autoescape=escape)))
