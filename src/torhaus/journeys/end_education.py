"""The deed ``end_education``: staff end education terms before their last day, and the customer hears why by mail.

What was booked or billed until then stays as it is: from the day after the new last one the list price counts for
whatever is booked more, and for each term that begins then.
"""

from dataclasses import dataclass
from datetime import date

from django_scopes import scope

from torhaus.journeys.education_mail import mail_owner
from torhaus.journeys.renewal_price import renewal_cents
from torhaus.notices.models import Mail
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.seats.holders import vendors_today
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.booking_requests import open_requests_of
from torhaus.subscriptions.education import (
    UnknownEducationRequest,
    education_of,
    education_request_across_customers,
    end_mark,
)
from torhaus.subscriptions.education_rules import EarlierEnd, earlier_end, less
from torhaus.subscriptions.models import EducationRequest
from torhaus.subscriptions.queries import agreement_of, bookings_of, in_force_on
from torhaus.subscriptions.rules import Standing, standing
from torhaus.vendor.queries import the_vendor


class NothingToEnd(Exception):
    """These terms do not hold today: they are over, newer ones took their place, or they were never granted."""


class NotEarlier(Exception):
    """The last day is before today, or not before the one that stands."""


@dataclass(frozen=True)
class Ending:
    """What it comes to for the customer: see ``EarlierEnd``; ``waiting`` requests for more were shown a lower price.

    ``next_cents`` is the next term's list price, None where none follows or the catalogue does not price all of it.
    """

    dates: EarlierEnd
    percent: int
    next_cents: int | None
    waiting: int

    @property
    def reduced_cents(self) -> int | None:
        """The next term's list price less what the terms take off."""
        return None if self.next_cents is None else less(self.next_cents, self.percent)


def ending_of(mark: EducationRequest, last_day: date) -> Ending:
    """Give what it comes to if a mark, with its contract and customer, ends with ``last_day``."""
    contract, today, currency = mark.contract, vendors_today(), the_vendor().currency
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        stands = standing(agreement_of(contract), today)
        dates = _dates(mark, last_day, stands)
        cents = None
        if stands.next_invoice_on is not None:
            booked = in_force_on(bookings_of(contract.pk), stands.next_invoice_on)
            cents = renewal_cents(contract, stands, booked, currency)
        waiting = sum(bool(one.percent) for one in open_requests_of(contract.pk))
    return Ending(dates, mark.percent or 0, cents, waiting)


@deed("end_education")
def end_education(*, request_ref: str, last_day: date, reason: str, by: Actor) -> list[Mail]:
    """End the terms that a request brought with ``last_day``; give the mails to the customer.

    Raises:
        UnknownEducationRequest: no such request.
        NothingToEnd, NotEarlier: see there.
    """
    row = education_request_across_customers(request_ref)
    if row is None:
        raise UnknownEducationRequest(request_ref)
    contract, today = lock_contract(ref=row.contract.ref), vendors_today()
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        mark = education_of(contract.pk, today).in_force
        if mark is None or mark.pk != row.pk or mark.ends_on is None:
            raise NothingToEnd(request_ref)
        if not today <= last_day < mark.ends_on:
            raise NotEarlier(last_day)
        before = mark.ends_on
        dates = _dates(mark, last_day, standing(agreement_of(contract), today))
        end_mark(mark=mark, last_day=last_day, reason=reason)
    mark.contract = contract
    next_term_on = None if dates.keeps_next else dates.next_term_on
    mails = mail_owner("education_ended", mark, list_from=dates.list_from, next_term_on=next_term_on)
    said = {"contract": contract.number, "request": mark.ref, "category": mark.category.key, "reason": reason}
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        before={"ends_on": before.isoformat()},
        after=said | {"ends_on": last_day.isoformat()},
    )
    return mails


def _dates(mark: EducationRequest, last_day: date, stands: Standing) -> EarlierEnd:
    return earlier_end(
        percent=mark.percent or 0,
        ends_on=mark.ends_on or last_day,
        last_day=last_day,
        next_term_on=stands.next_invoice_on,
    )
