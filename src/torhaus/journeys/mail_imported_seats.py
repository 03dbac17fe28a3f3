"""The links of many seats that were given out at once, a mail each. It runs as a job and bears running twice."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django_scopes import scope

from torhaus.core import clock
from torhaus.journeys.mail_seat_registration import mail_seat_registration
from torhaus.notices.letters import MailRefused
from torhaus.notices.queries import mails_to_across_customers
from torhaus.records.deeds import Actor
from torhaus.seats.models import Seat
from torhaus.seats.queries import seats_named
from torhaus.seats.refusals import SeatRefused
from torhaus.seats.registration import LIVES
from torhaus.subscriptions.queries import contract_across_customers

TEMPLATE = "seat_registration"
# A mailbox gets no more links than these within an hour, however often seats are given to it and taken away.
MOST, SPAN = 3, timedelta(hours=1)
_log = logging.getLogger(__name__)


def mail_imported_seats(*, contract_ref: str, seat_refs: Sequence[str], by: Actor) -> int:
    """Mail the link to each holder who still waits for one, by a deed of its own; give how many mails were written."""
    contract, written = contract_across_customers(contract_ref), 0
    if contract is None:
        return 0
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        seats = seats_named(contract, seat_refs)
    for seat in (seats[ref] for ref in seat_refs if ref in seats):
        if not _wants_mail(seat):
            continue
        try:
            mail_seat_registration(contract_ref=contract_ref, seat_ref=seat.ref, by=by)
        except SeatRefused:
            continue  # released, or the holder has come meanwhile
        except MailRefused as error:
            _log.warning("a holder gets no mail", extra={"event": {"seat": seat.ref, "reason": str(error)}})
            continue
        written += 1
    return written


def _wants_mail(seat: Seat) -> bool:
    if seat.released_at is not None or not seat.mail:
        return False
    now = clock.now()
    lately = mails_to_across_customers(seat.mail, template=TEMPLATE, since=now - SPAN)
    return lately < MOST and not _was_mailed(seat)


def _was_mailed(seat: Seat) -> bool:
    """Whether this very seat's link was mailed already: a new link is made with each mail, later than the seat."""
    ends_at = seat.registration_ends_at
    return ends_at is not None and ends_at - LIVES > seat.assigned_at
