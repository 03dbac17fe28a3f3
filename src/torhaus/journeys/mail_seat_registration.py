"""The deed ``mail_seat_registration``: the holder of a seat gets the link to confirm it by mail."""

from django.conf import settings
from django.urls import reverse
from django_scopes import scope

from torhaus.core.link_codes import mark_of
from torhaus.core.texts import text_in
from torhaus.journeys.vendor_mail import mail_from_vendor
from torhaus.records.deeds import Actor, deed
from torhaus.seats.holders import held_seat, record_seat
from torhaus.seats.models import Seat, SeatState
from torhaus.seats.refusals import SeatReleased
from torhaus.seats.registration import add_registration
from torhaus.subscriptions.actions import lock_contract


@deed("mail_seat_registration")
def mail_seat_registration(*, contract_ref: str, seat_ref: str, by: Actor) -> Seat:
    """Make a new link for a holder who has not come, and mail it; the one before works no more.

    Raises:
        UnknownContract: no such contract.
        SeatRefused: unknown or released, or the holder has come already.
        MailRefused: nobody can be written to at this address.
    """
    contract = lock_contract(ref=contract_ref)
    customer = contract.customer
    with scope(customer=contract.customer_id, customer_ref=customer.ref):
        seat = held_seat(contract, seat_ref)
        if seat.state != SeatState.INITIATED or not seat.mail:
            raise SeatReleased(seat_ref)
        add_registration(seat)
        seat.save(update_fields=["registration", "registration_ends_at"])
    path = reverse("web:open_seat_registration", args=[seat.registration, "-code-"])
    mail_from_vendor(
        template="seat_registration",
        recipient=seat.mail,
        recipient_name=seat.name,
        language=customer.language,
        customer_ref=customer.ref,
        context={
            "customer": customer.name,
            "kind": text_in(seat.kind.name, customer.language) or seat.kind.key,
            "link": settings.OPTIONS.public_url.rstrip("/") + path.replace("-code-", mark_of(seat.registration)),
            "until": seat.registration_ends_at,
        },
    )
    record_seat(by=by, contract=contract, seat=seat)
    return seat
