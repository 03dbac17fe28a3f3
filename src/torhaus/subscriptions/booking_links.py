"""Links from a product to the page where more is booked: each works once, for ten minutes, and opens nothing itself."""

from datetime import timedelta

from django.db.models import Q
from django_scopes import scope, scopes_disabled

from torhaus.core import clock
from torhaus.core.link_codes import same_code
from torhaus.records.deeds import Actor, deed, part, write_record
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.models import BookingLink, Contract

LIVES = timedelta(minutes=10)


class BookingLinkOver(Exception):
    """The link was used or has expired."""


@part
def add_booking_link(*, contract: Contract, seat: str, kind: str) -> BookingLink:
    """Make a link of a locked contract, inside its scope; those that are over go."""
    now = clock.now()
    BookingLink.objects.filter(Q(ends_at__lte=now) | Q(used_at__isnull=False), contract=contract).delete()
    return BookingLink.objects.create(contract=contract, seat=seat, kind=kind, ends_at=now + LIVES)


def booking_link_for_code(ref: str, code: str) -> BookingLink | None:
    """Find the link that still works whose code this is; an unknown one costs the same as a wrong code."""
    with scopes_disabled():
        rows = BookingLink.objects.select_related("contract")
        row = rows.filter(ref=ref, used_at__isnull=True, ends_at__gt=clock.now()).first()
    return row if same_code(ref, code) else None


@deed("follow_booking_link")
def follow_booking_link(*, ref: str, by: Actor) -> BookingLink:
    """Use a link up.

    Raises:
        BookingLinkOver: it was used or has expired.
    """
    with scopes_disabled():
        found = BookingLink.objects.select_related("contract").filter(ref=ref).first()
    if found is None:
        raise BookingLinkOver(ref)
    contract = lock_contract(ref=found.contract.ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        link = BookingLink.objects.filter(pk=found.pk, used_at__isnull=True, ends_at__gt=clock.now()).first()
        if link is None:
            raise BookingLinkOver(ref)
        link.used_at = clock.now()
        link.save(update_fields=["used_at"])
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={"contract": contract.number, "link": link.ref, "seat": link.seat},
    )
    return link
