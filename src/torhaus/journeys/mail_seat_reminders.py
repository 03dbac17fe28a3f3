"""The deed ``mail_seat_reminders``: a page of the mails that ask holders to come again. It bears running twice."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from torhaus.accounts.models import User
from torhaus.core import clock
from torhaus.core.link_codes import mark_of
from torhaus.core.texts import text_in
from torhaus.journeys.vendor_mail import mail_from_vendor, sender_of
from torhaus.notices.letters import Letter, MailRefused, render_letter
from torhaus.organisations.models import Customer
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.seats.holders import refuse_unless_running, vendors_today
from torhaus.seats.models import Seat
from torhaus.seats.queries import seats_named
from torhaus.seats.refusals import SeatRefused
from torhaus.seats.reminders import wanting_none
from torhaus.seats.seat_list import days_unseen
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.models import Contract
from torhaus.vendor.queries import the_vendor

TEMPLATE = "seat_reminder"


@deed("mail_seat_reminders")
def mail_seat_reminders(*, contract_ref: str, seat_refs: Sequence[str], by: Actor) -> int:
    """Write the mails of those who still wait for theirs; give how many.

    Who was seen or released meanwhile, or wants none, gets none, and nobody does where the contract was suspended or
    ended: the seat they are reminded of cannot be used. These were not reminded then.
    """
    contract, now = lock_contract(ref=contract_ref), clock.now()
    runs = _runs(contract)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        found = seats_named(contract, seat_refs)
        waiting = [one for one in found.values() if one.reminder_waits and one.released_at is None]
        for one in waiting:
            one.reminder_waits, one.reminded_at = False, one.reminded_at if runs else None
        Seat.objects.bulk_update(waiting, ["reminder_waits", "reminded_at"], batch_size=200)
        unwilling = wanting_none({one.mail for one in waiting})
    languages, written = languages_of(contract.customer, waiting), 0
    for one in waiting if runs else ():
        if one.mail not in unwilling and (one.last_seen_at is None or one.last_seen_at <= (one.reminded_at or now)):
            written += _mail(contract, one, languages[one.mail])
    if not written:
        nothing_done()
        return 0
    after = {"contract": contract.number, "mails": written}
    write_record(by=by, customer_ref=contract.customer.ref, subject=("contract", contract.ref), after=after)
    return written


def _runs(contract: Contract) -> bool:
    try:
        refuse_unless_running(contract, vendors_today())
    except SeatRefused:
        return False
    return True


def languages_of(customer: Customer, seats: Sequence[Seat]) -> dict[str, str]:
    """Give each holder's language by address: what they chose in the portal, else their organisation's."""
    with scopes_disabled():
        chosen = dict(User.objects.filter(mail__in={one.mail for one in seats}).values_list("mail", "language"))
    return {one.mail: chosen.get(one.mail) or customer.language for one in seats}


def preview(contract: Contract, seat: Seat, language: str) -> Letter:
    """Give the mail to a holder as it would be written now; its link to end the mails leads nowhere yet."""
    context = _said(contract, seat, language) | {"recipient_name": seat.name, "unsubscribe": _base() + "/…"}
    return render_letter(template=TEMPLATE, language=language, sender=sender_of(the_vendor()), context=context)


def _mail(contract: Contract, seat: Seat, language: str) -> int:
    path = reverse("web:open_seat_reminders", args=[seat.reminder, "-code-"])
    link = _base() + path.replace("-code-", mark_of(seat.reminder))
    try:
        mail_from_vendor(
            template=TEMPLATE,
            recipient=seat.mail,
            recipient_name=seat.name,
            language=language,
            customer_ref=contract.customer.ref,
            context=_said(contract, seat, language) | {"unsubscribe": link},
            # One click ends them in the mail program (RFC 8058).
            headers={"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        )
    except MailRefused:
        return 0  # nobody can be written to there
    return 1


def _said(contract: Contract, seat: Seat, language: str) -> dict[str, Any]:
    return {
        "customer": contract.customer.name,
        "product": text_in(contract.product.name, language),
        "kind": text_in(seat.kind.name, language) or seat.kind.key,
        "days": days_unseen(seat, clock.now()),
    }


def _base() -> str:
    return str(settings.OPTIONS.public_url).rstrip("/")
