"""The deed ``warn_of_ending_seat``: a customer's contacts hear that a temporary seat ends soon, while they can act."""

from datetime import date

from django_scopes import scope, scopes_disabled

from torhaus.catalogue.queries import seat_kinds_named
from torhaus.core import clock
from torhaus.core.texts import text_in
from torhaus.journeys.vendor_mail import mail_contacts
from torhaus.notices.models import Mail
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.records.models import ActorKind
from torhaus.seats.holders import vendors_today
from torhaus.seats.models import Seat
from torhaus.seats.queries import NOTICE
from torhaus.subscriptions.actions import lock_contract

BY = Actor(ActorKind.SYSTEM, "seats")


@deed("warn_of_ending_seat")
def warn_of_ending_seat(*, seat_id: int) -> list[Mail]:
    """Write the mails about a temporary seat that ends soon, unless somebody was told or it was released (B93)."""
    with scopes_disabled():
        contract = lock_contract(ref=Seat.objects.values_list("contract__ref", flat=True).get(pk=seat_id))
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        seat = Seat.objects.select_related("kind").get(pk=seat_id)
        ends_on = _end_to_tell(seat)
        if ends_on is None:
            nothing_done()
            return []
        deletes = seat_kinds_named([seat.kind.key])[seat.kind.key][1].release_deletes
        seat.end_told_at = clock.now()
        seat.save(update_fields=["end_told_at"])
    mails = mail_contacts(
        template="seat_ends",
        customer=contract.customer,
        context=lambda language: {
            "contract": contract.number,
            "kind": text_in(seat.kind.name, language),
            "holder": seat.name or seat.mail,
            "ends_on": ends_on,
            "seat": seat.ref,
            "deletes": deletes,
        },
    )
    if not mails:
        nothing_done()
        return []
    write_record(
        by=BY,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={
            "contract": contract.number,
            "seat": seat.ref,
            "ends_on": ends_on.isoformat(),
            "mails": len(mails),
        },
    )
    return mails


def _end_to_tell(seat: Seat) -> date | None:
    """Give the last day of a seat that is to be told of; it may have been extended since it was looked up."""
    today = vendors_today()
    if seat.end_told_at is not None or seat.released_at is not None or seat.ends_on is None:
        return None
    return seat.ends_on if today <= seat.ends_on <= today + NOTICE else None
