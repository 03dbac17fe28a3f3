"""The mails of a ticket: to the customer, threaded and with an address to answer to, and to the staff.

Internal notes are in none of them. A licence token that stands in a ticket is not put into a mail either.
"""

from collections.abc import Iterable, Mapping
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.urls import reverse
from django_scopes import scopes_disabled

from torhaus.core.markdown import markdown_html, markdown_words
from torhaus.core.redaction import holds_token, without_secrets
from torhaus.journeys.vendor_mail import mail_from_vendor
from torhaus.notices.delivery import mail_domain
from torhaus.notices.letters import ANSWER_MARK, MailRefused, refuse_bad_address
from torhaus.organisations.models import Contact
from torhaus.records.deeds import part
from torhaus.support.models import AuthorKind, Channel, Message, Ticket
from torhaus.support.reply_addresses import reply_address
from torhaus.vendor.models import Vendor
from torhaus.vendor.queries import the_vendor

EXCERPT = 600
REFERENCES = 10


@part
def confirm_ticket(*, ticket: Ticket) -> None:
    """Tell the customer that the question has arrived, under which number, and by when it is answered."""
    _mail_customer(ticket, "ticket_received", {"due_at": ticket.due_at}, automatic=True)


@part
def mail_answer(*, ticket: Ticket, message: Message, files: Iterable[str] = (), closed: bool = False) -> None:
    """Send the customer what staff answered.

    Raises:
        SecretInMail: a licence token stands in the answer.
    """
    context = {
        "author": message.author.name if message.author else "",
        "body": message.body,
        "body_html": markdown_html(message.body),
        "files": list(files),
        "closed": closed,
    }
    _mail_customer(ticket, "ticket_answered", context)


@part
def mail_closed(*, ticket: Ticket) -> None:
    """Tell the customer that staff closed the ticket, and how it goes on if it is not solved."""
    _mail_customer(ticket, "ticket_closed", {}, automatic=True)


@part
def mail_merged(*, ticket: Ticket, into: Ticket) -> None:
    """Tell the customer that a ticket goes on in another one of theirs; answers to either arrive there."""
    context = {"into": into.number, "into_url": _page("web:ticket", into)}
    _mail_customer(ticket, "ticket_merged", context, automatic=True)


@part
def tell_staff(*, ticket: Ticket, message: Message, new: bool) -> None:
    """Tell who works on the ticket, else the support mailbox, of a new ticket or what the customer wrote."""
    vendor, worker = the_vendor(), ticket.assigned_to
    if worker is not None and worker.is_active:
        recipient, name, language = worker.mail, worker.name, worker.language
    else:
        recipient, name, language = vendor.support_mail or vendor.mail, "", vendor.language
    excerpt = markdown_words(message.body)
    context = {
        "number": ticket.number,
        "subject": _plain(ticket.subject),
        "customer": _plain(ticket.contract.customer.name),
        "excerpt": "" if holds_token(excerpt) else excerpt[:EXCERPT] + ("…" if len(excerpt) > EXCERPT else ""),
        "new": new,
        "url": _page("backoffice:ticket", ticket),
        "due_at": ticket.due_at,
    }
    # No address to answer to: an answer of the staff's would arrive as the customer's words.
    mail_from_vendor(
        template="ticket_for_staff",
        recipient=recipient,
        recipient_name=name,
        language=language,
        context=context,
        headers={"References": _root(ticket), "In-Reply-To": _root(ticket)},
    )


@part
def mail_not_taken(*, recipient: str, language: str, reason: str, in_reply_to: str = "") -> None:
    """Answer a mail that cannot be taken: no ticket for it, or one that is closed for good (RFC 3834 section 3)."""
    headers = {"Auto-Submitted": "auto-replied"}
    if in_reply_to:
        headers |= {"In-Reply-To": in_reply_to, "References": in_reply_to}
    context = {"reason": reason, "url": settings.OPTIONS.public_url.rstrip("/") + "/"}
    mail_from_vendor(
        template="mail_not_taken", recipient=recipient, language=language, context=context, headers=headers
    )


def _mail_customer(ticket: Ticket, template: str, context: Mapping[str, Any], *, automatic: bool = False) -> None:
    address = reply_address(ticket.number)
    shared = {
        "number": ticket.number,
        "subject": _plain(ticket.subject),
        "url": _page("web:ticket", ticket),
        "by_mail": bool(address),
        "answer_mark": ANSWER_MARK,
    }
    headers = _headers(ticket, the_vendor(), address, automatic=automatic)
    for recipient, name in _recipients(ticket).items():
        mail_from_vendor(
            template=template,
            recipient=recipient,
            recipient_name=name,
            language=ticket.language,
            customer_ref=ticket.contract.customer.ref,
            context=shared | dict(context),
            headers=headers,
        )


def _headers(ticket: Ticket, vendor: Vendor, address: str, *, automatic: bool) -> dict[str, str]:
    """Give what threads the mail (RFC 5322 section 3.6.4): the ticket's own root, then the customer's mails."""
    with scopes_disabled():
        rows = Message.objects.filter(ticket=ticket, channel=Channel.MAIL, internal=False).order_by("-position")
        came = [one for one in rows.values_list("message_id", flat=True)[:REFERENCES] if one and "invalid>" not in one]
    thread = [_root(ticket), *reversed(came)]
    headers = {"References": " ".join(thread), "In-Reply-To": thread[-1]}
    if address:
        headers["Reply-To"] = formataddr((" ".join(vendor.name.split()), address))
    if not automatic:
        # A person wrote it, yet nobody's absence note is wanted back.
        headers |= {"Auto-Submitted": "no", "X-Auto-Response-Suppress": "OOF, AutoReply"}
    return headers


def _recipients(ticket: Ticket) -> dict[str, str]:
    """Give who of the customer hears of the ticket: whoever opened it, and contacts of the customer that wrote.

    Those of tickets that were merged into it wait for an answer as well.
    An address that nobody knows never gets a mail, whatever it wrote.
    """
    with scopes_disabled():
        contacts = Contact.objects.filter(customer_id=ticket.contract.customer_id)
        names = {mail.lower(): (mail, name) for mail, name in contacts.values_list("mail", "name")}
        merged = dict(Ticket.objects.filter(merged_into=ticket).order_by("pk").values_list("pk", "mail"))
        rows = Message.objects.filter(ticket__in=[ticket.pk, *merged], author_kind=AuthorKind.CUSTOMER)
        writers = {mail.lower() for mail in rows.values_list("author_mail", flat=True).distinct() if mail}
    # Without an address: whoever opened it was erased.
    opened = {mail.lower(): mail for mail in [*merged.values(), ticket.mail] if mail}
    known = {mail: names[mail] for mail in sorted(writers & set(names)) if mail not in opened}
    asked = {mail: _name(names.get(lower, ("", ""))[1]) for lower, mail in opened.items()}
    return asked | {mail: _name(name) for mail, name in known.values() if is_address(mail)}


def is_address(mail: str) -> bool:
    """Whether a mail can be sent to ``mail``."""
    try:
        refuse_bad_address(mail)
    except MailRefused:
        return False
    return True


def _name(name: str) -> str:
    return " ".join(name.split()) if name.isprintable() else ""


def _root(ticket: Ticket) -> str:
    return f"<ticket.{ticket.ref}@{mail_domain()}>"


def _plain(subject: str) -> str:
    """Give a subject as it may stand in a header: on one line and without a licence token."""
    line = without_secrets(" ".join(subject.split()))
    return "" if holds_token(line) else "".join(letter for letter in line if letter.isprintable())


def _page(name: str, ticket: Ticket) -> str:
    return settings.OPTIONS.public_url.rstrip("/") + reverse(name, args=[ticket.ref])
