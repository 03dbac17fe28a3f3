"""Takes a mail into its ticket, as the deed ``reply_to_ticket``, or politely refuses it, the deed ``refuse_mail``.

Guards against loops: mails of programs and our own are dropped without an answer, a ticket takes only so many
mails an hour, and whoever is refused is told once a day.
"""

import tempfile
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django_scopes import scope

from torhaus.core import clock
from torhaus.core.mail_text import answer_of
from torhaus.core.received_mail import ReceivedFile, ReceivedHead, ReceivedMail, read_head, read_mail
from torhaus.journeys.reply_to_ticket import reply_to_ticket
from torhaus.journeys.ticket_mail import is_address, mail_not_taken
from torhaus.notices.delivery import OWN_HEADER
from torhaus.notices.letters import ANSWER_MARK
from torhaus.notices.search import recipients_since_across_customers
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.records.models import ActorKind
from torhaus.support.attachments import FilesRefused, Offered, Refusal, Why, take_files
from torhaus.support.desk import mail_across_customers, mails_since_across_customers, ticket_numbered_across_customers
from torhaus.support.messages import AlreadySaid, NewFile, refuse_what_was_said
from torhaus.support.models import Channel, Ticket, TicketState
from torhaus.support.queries import package_of
from torhaus.support.reply_addresses import ticket_numbers
from torhaus.support.rules import MAX_BODY, BodyEmpty, TicketClosed, body_length
from torhaus.support.words import refusal_text
from torhaus.vendor.queries import the_vendor

MAIL = Actor(ActorKind.SYSTEM, "mail")
MAILS_AN_HOUR = 20
REFUSALS_A_DAY = 500
REFUSALS_NAMED = 10
ROOM = MAX_BODY - 200  # for a sentence that says where a mail goes on
WHOLE_TEXT = "mail.txt"


class Outcome(StrEnum):
    """What became of a mail."""

    TAKEN = "taken"
    REPEATED = "repeated"  # it came before
    AUTOMATIC = "automatic"  # no person wrote it: dropped
    NOT_TAKEN = "not_taken"  # refused; its sender was told, unless that happened today already


class TryLater(Exception):
    """The mail cannot be taken now: too many for one ticket, or its files cannot be checked at the moment."""


def receive_mail(*, raw: bytes) -> Outcome:
    """Take a mail as it came over the wire. Files are examined and stored before the deed begins.

    Raises:
        UnreadableMail: it is refused for good, unread.
        TryLater: see there; the same mail is welcome again.
    """
    # The header block says whom it is for: what is for nobody costs no more than that.
    head = read_head(raw, own_header=OWN_HEADER)
    if head.own or head.automatic:
        return Outcome.AUTOMATIC
    numbers = ticket_numbers(head.recipients)
    ticket = next((one for number in numbers if (one := ticket_numbered_across_customers(number))), None)
    if ticket is None:
        return refuse_mail(mail=head, reason="unknown", language=the_vendor().language)
    mail = read_mail(raw, own_header=OWN_HEADER)
    known = mail_across_customers(mail.message_id)
    if known is not None and known.ticket.number in {ticket.number, *numbers}:
        return Outcome.REPEATED
    if mails_since_across_customers(ticket, clock.now() - timedelta(hours=1)) >= MAILS_AN_HOUR:
        raise TryLater(f"more than {MAILS_AN_HOUR} mails within an hour for {ticket.number}")
    if ticket.state == TicketState.CLOSED and not _may_ask_again(ticket):
        return refuse_mail(mail=mail, reason="closed", language=ticket.language)
    # Some programs use one Message-ID for ever; then the content tells mails apart.
    return _reply(mail, ticket, message_id=mail.message_id if known is None else mail.content_id)


def _reply(mail: ReceivedMail, ticket: Ticket, *, message_id: str) -> Outcome:
    said = answer_of(mail.text, _marks())
    whole = [ReceivedFile(WHOLE_TEXT, "text/plain", said.encode())] if body_length(said) > ROOM else []
    try:
        refuse_what_was_said(message_id=message_id)
    except AlreadySaid:
        return Outcome.REPEATED  # before its files are stored once more
    files, refused = _take_files([*whole, *mail.files], ticket)
    with translation.override(ticket.language):
        body = _body(said, mail.subject, files, refused)
    try:
        # The sender's address stays with the message: pages say so if it is not one that is known.
        reply_to_ticket(
            ticket_id=ticket.pk,
            body=body,
            mail=mail.sender,
            name=mail.sender_name,
            attachments=files,
            channel=Channel.MAIL,
            message_id=message_id,
            by=MAIL,
        )
    except AlreadySaid:
        return Outcome.REPEATED
    except (TicketClosed, BodyEmpty) as error:
        reason = "closed" if isinstance(error, TicketClosed) else "empty"
        return refuse_mail(mail=mail, reason=reason, language=ticket.language)
    return Outcome.TAKEN


@deed("refuse_mail")
def refuse_mail(*, mail: ReceivedHead, reason: str, language: str) -> Outcome:
    """Tell the sender that the mail was not taken; nobody is told twice a day, and nobody beyond REFUSALS_A_DAY."""
    if not is_address(mail.sender):
        nothing_done()
        return Outcome.NOT_TAKEN
    told = recipients_since_across_customers("mail_not_taken", clock.now() - timedelta(days=1))
    if mail.sender.lower() in told or len(told) >= REFUSALS_A_DAY:
        nothing_done()
        return Outcome.NOT_TAKEN
    mail_not_taken(recipient=mail.sender, language=language, reason=reason, in_reply_to=mail.message_id)
    write_record(by=MAIL, subject=("mail", ""), after={"reason": reason}, personal={"sender": mail.sender})
    return Outcome.NOT_TAKEN


def _may_ask_again(ticket: Ticket) -> bool:
    """Whether the contract has support: to open a closed ticket again is to ask anew, as on the page."""
    customer = ticket.contract.customer
    with scope(customer=customer.pk, customer_ref=customer.ref):
        return package_of(ticket.contract, clock.today(the_vendor().time_zone)) is not None


def _take_files(files: Sequence[ReceivedFile], ticket: Ticket) -> tuple[list[NewFile], list[Refusal]]:
    """Take those files that a form would take; give the others with the reason."""
    refused: list[Refusal] = []
    with tempfile.TemporaryDirectory(prefix="torhaus-mail-") as folder:
        waiting = []
        for number, file in enumerate(files):
            path = Path(folder) / str(number)
            path.write_bytes(file.content)
            waiting.append(Offered(file.name, path))
        while waiting:
            try:
                return take_files(waiting, contract=ticket.contract, by=MAIL), refused
            except FilesRefused as refusal:
                if any(one.why in {Why.NOT_CHECKED, Why.NOT_STORED} for one in refusal.refusals):
                    raise TryLater("the files cannot be checked or stored at the moment") from refusal
                # Those too many may find room once the others are out. By place: phones call every picture image.png.
                out = [one for one in refusal.refusals if one.why is not Why.TOO_MANY] or refusal.refusals
                refused += out
                places = {one.place for one in out}
                waiting = [one for place, one in enumerate(waiting) if place not in places]
    return [], refused


def _body(said: str, subject: str, files: Sequence[NewFile], refused: Sequence[Refusal]) -> str:
    """Give what the customer wrote, and which files did not come along, in the language of the mails."""
    if not said.strip() and files:
        said = subject or _("(no text, see the files)")
    notes = []
    if refused:
        reasons = [f"- {refusal_text(one)}" for one in refused[:REFUSALS_NAMED]]
        notes.append("\n".join([_("*Files that did not come along:*"), "", *reasons]))
    room = ROOM - body_length("\n\n".join(["", *notes]))
    if body_length(said) > room:
        said = said.encode("utf-16-le")[: 2 * room].decode("utf-16-le", "ignore")
        notes.append(_("*The mail goes on in the file %(name)s.*") % {"name": WHOLE_TEXT})
    return "\n\n".join([said, *notes]) if said.strip() or refused else ""


def _marks() -> list[str]:
    """Give the line above which is answered, in every language mails are written in."""
    marks = []
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            marks.append(str(ANSWER_MARK))
    return marks
