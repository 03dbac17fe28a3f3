"""The deeds ``accept_booking_request`` and ``decline_booking_request``: sales decides, and both sides hear by mail."""

from django.conf import settings
from django.urls import reverse
from django_scopes import scope

from torhaus.catalogue.models import ItemKind
from torhaus.journeys.booking_mail import mail_sales, mail_whoever_asked
from torhaus.journeys.request_booking import BookedMeanwhile, NotBookable
from torhaus.journeys.seat_offer import line_to_change, seat_offers
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.seats.holders import vendors_today
from torhaus.subscriptions.actions import append_booking, lock_contract
from torhaus.subscriptions.booking_requests import UnknownRequest, decide_request, request_across_customers
from torhaus.subscriptions.models import Booking, BookingRequest, RequestState


@deed("accept_booking_request")
def accept_booking_request(*, request_ref: str, last_seen: int, by: Actor) -> Booking:
    """Book from today on what a customer asked for; ``last_seen`` is the newest booking the reviewer saw (0 for none).

    Raises:
        UnknownRequest: no such request.
        RequestDecided: it was decided before.
        NotBookable: the contract books none of it today.
        BookedMeanwhile: as many or more are booked already.
        ContractChanged: something was booked since the reviewer looked.
    """
    row = _locked(request_ref)
    decide_request(request=row, state=RequestState.ACCEPTED)
    booking, line = _booked(row, last_seen)
    _tell(row)
    write_record(
        by=by,
        customer_ref=row.contract.customer.ref,
        subject=("contract", row.contract.ref),
        before={"line": line.line, "quantity": line.quantity},
        after={
            "contract": row.contract.number,
            "request": row.ref,
            "line": line.line,
            "item": row.item.key,
            "quantity": booking.quantity,
            "active_from": booking.active_from.isoformat() if booking.active_from else None,
        },
    )
    return booking


@deed("decline_booking_request")
def decline_booking_request(*, request_ref: str, reason: str, by: Actor) -> BookingRequest:
    """Decline a request, with the reason that its customer is told.

    Raises:
        UnknownRequest: no such request.
        RequestDecided: it was decided before.
    """
    row = _locked(request_ref)
    decide_request(request=row, state=RequestState.DECLINED, reason=reason)
    _tell(row)
    write_record(
        by=by,
        customer_ref=row.contract.customer.ref,
        subject=("contract", row.contract.ref),
        after={"contract": row.contract.number, "request": row.ref, "reason": reason},
    )
    return row


def _locked(request_ref: str) -> BookingRequest:
    row = request_across_customers(request_ref)
    if row is None:
        raise UnknownRequest(request_ref)
    row.contract = lock_contract(ref=row.contract.ref)
    return row


def _tell(row: BookingRequest) -> None:
    links = settings.OPTIONS.public_url.rstrip("/")
    mail_whoever_asked("booking_decided", row, link=links + reverse("web:price_plan"))
    mail_sales("booking_decided", row, link=links + reverse("backoffice:contract", args=[row.contract.ref]))


def _booked(row: BookingRequest, last_seen: int) -> tuple[Booking, Booking]:
    """Append the booking that a request asks for; give it, and the one whose line it makes larger."""
    contract, today = row.contract, vendors_today()
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        offer = seat_offers(contract, today).of(row.item.key)
    if offer is None:
        raise NotBookable(row.item.key)
    if offer.booked >= row.total:
        raise BookedMeanwhile(offer.booked)
    line = line_to_change(offer.lines)
    booking = append_booking(
        contract=contract,
        line=line.line,
        item=row.item,
        kind=ItemKind(line.kind),
        name=line.name,
        quantity=line.quantity + row.total - offer.booked,
        active_from=today,
        until=line.until,
        last_seen=last_seen,
    )
    return booking, line
