"""The deed ``request_booking``: a customer asks for more licences; sales decides, nothing is ordered before (B80)."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django_scopes import scope

from torhaus.journeys.booking_mail import mail_sales, mail_whoever_asked
from torhaus.journeys.seat_offer import preview_of, reduction_of, seat_offers
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.seats.holders import vendors_today
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.booking_requests import add_booking_request
from torhaus.subscriptions.models import BookingRequest, Contract
from torhaus.vendor.queries import the_vendor

MOST = 1_000_000


class NotBookable(Exception):
    """Not to be booked by a request: an unknown kind, one that only follows another, or a legacy package."""


class BookedMeanwhile(Exception):
    """Another number is booked than the page said; ``booked`` is how many."""

    def __init__(self, booked: int) -> None:
        super().__init__(booked)
        self.booked = booked


class NotMore(Exception):
    """The total is not more than what is booked, or beyond MOST."""


@dataclass(frozen=True)
class Wanted:
    """What is asked for: ``total`` of a kind (key), where ``booked`` were booked when the page was read."""

    kind: str
    total: int
    booked: int
    country: str
    vat_id: str = ""


@deed("request_booking")
def request_booking(*, contract_ref: str, wanted: Wanted, by: Actor) -> BookingRequest:
    """Keep a request for more licences, and tell both sides by mail.

    Raises:
        UnknownContract: no such contract.
        NotBookable, BookedMeanwhile, NotMore: see there.
        RequestOpen: one about the same kind waits already, perhaps this one sent twice.
    """
    contract = lock_contract(ref=contract_ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        row = _kept(contract, wanted, by)
    links = settings.OPTIONS.public_url.rstrip("/")
    mail_whoever_asked("booking_requested", row, link=links + reverse("web:price_plan"))
    mail_sales("booking_requested", row, link=links + reverse("backoffice:booking_request", args=[row.ref]))
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        before={"booked": row.booked},
        after={"contract": contract.number, "request": row.ref, "item": row.item.key, "total": row.total},
    )
    return row


def _kept(contract: Contract, wanted: Wanted, by: Actor) -> BookingRequest:
    today, currency = vendors_today(), the_vendor().currency
    offers = seat_offers(contract, today)
    offer = offers.of(wanted.kind)
    if offer is None or offers.legacy:
        raise NotBookable(wanted.kind)
    if wanted.booked != offer.booked:
        raise BookedMeanwhile(offer.booked)
    if not offer.booked < wanted.total <= MOST:
        raise NotMore(wanted.kind)
    row = add_booking_request(
        contract=contract,
        item=offer.item,
        booked=offer.booked,
        total=wanted.total,
        country=wanted.country,
        vat_id=wanted.vat_id,
        currency=currency,
        preview=preview_of(contract, offer, wanted.total, currency=currency, today=today),
        reduction=reduction_of(contract, today),
        person_ref=by.ref,
    )
    row.contract = contract
    return row
