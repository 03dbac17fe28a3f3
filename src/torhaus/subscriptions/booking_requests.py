"""Customers' requests for more: found, kept and decided. One of a contract and an item is open at most."""

from typing import Any

from django.db.models import Count, QuerySet, Value
from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.catalogue.models import Item
from torhaus.core import clock
from torhaus.records.deeds import part
from torhaus.subscriptions.education_rules import Reduction
from torhaus.subscriptions.models import BookingRequest, Contract, EducationRequest, EducationState, RequestState
from torhaus.subscriptions.price_rules import Preview

_RELATED = ("contract__customer", "contract__product", "item", "asked_by")


class RequestOpen(Exception):
    """The customer has asked for more of this already, and nobody has decided yet."""


class UnknownRequest(Exception):
    """No request has this reference."""


class RequestDecided(Exception):
    """The request was accepted or declined before."""


def open_requests_of(contract_id: int) -> list[BookingRequest]:
    """Give a contract's requests nobody has decided on, inside the scope."""
    rows = BookingRequest.objects.filter(contract_id=contract_id, state=RequestState.OPEN)
    return list(rows.select_related("item", "asked_by").order_by("pk"))


def requests_across_customers() -> QuerySet[BookingRequest]:
    """Give the requests that wait for staff, the oldest first."""
    with scopes_disabled():
        return (
            BookingRequest.objects.filter(state=RequestState.OPEN).select_related(*_RELATED).order_by("asked_at", "pk")
        )


def count_waiting_across_customers() -> tuple[int, int]:
    """Give how many requests wait for sales, for more licences and for education terms, in one query."""
    with scopes_disabled():
        more = _counted(BookingRequest.objects.filter(state=RequestState.OPEN), "more")
        terms = _counted(EducationRequest.objects.filter(state=EducationState.OPEN), "terms")
        found = dict(more.union(terms, all=True).values_list("what", "number"))
    return found.get("more", 0), found.get("terms", 0)


def _counted(rows: Any, what: str) -> Any:
    return rows.order_by().annotate(what=Value(what)).values("what").annotate(number=Count("pk"))


def request_across_customers(ref: str) -> BookingRequest | None:
    """Find a request, whosever it is, with contract, customer and item."""
    with scopes_disabled():
        return BookingRequest.objects.select_related(*_RELATED).filter(ref=ref).first()


@part
def add_booking_request(
    *,
    contract: Contract,
    item: Item,
    booked: int,
    total: int,
    country: str,
    vat_id: str,
    currency: str,
    preview: Preview | None,
    reduction: Reduction,
    person_ref: str,
) -> BookingRequest:
    """Keep a request about a locked contract, inside its scope.

    Raises:
        RequestOpen: another one about the same item waits.
    """
    if any(one.item_id == item.pk for one in open_requests_of(contract.pk)):
        raise RequestOpen(item.key)
    return BookingRequest.objects.create(
        contract=contract,
        item=item,
        booked=booked,
        total=total,
        country=country,
        vat_id=vat_id,
        currency=currency,
        now_cents=preview.now_cents if preview else None,
        then_cents=preview.then_cents if preview else None,
        percent=reduction.percent if preview else 0,
        then_percent=reduction.then_percent if preview else 0,
        education_until=reduction.until if preview else None,
        asked_by=User.objects.filter(ref=person_ref).first(),
        asked_at=clock.now(),
    )


@part
def decide_request(*, request: BookingRequest, state: RequestState, reason: str = "") -> None:
    """Note what was decided about a request whose contract is locked.

    Raises:
        RequestDecided: somebody was faster.
    """
    with scopes_disabled():
        waiting = BookingRequest.objects.filter(pk=request.pk, state=RequestState.OPEN)
        if not waiting.update(state=state, reason=reason, decided_at=clock.now()):
            raise RequestDecided(request.ref)
    request.state, request.reason = state, reason
