"""What a contract can book more of: each kind of seat that is sold, what follows with it (B79), and its list price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from torhaus.catalogue.models import Item, ItemKind
from torhaus.catalogue.queries import plan_marks, prices_on, seat_kinds_named
from torhaus.seats.queries import in_force_today
from torhaus.subscriptions.education import education_of
from torhaus.subscriptions.education_rules import Reduction, reduction
from torhaus.subscriptions.models import Booking, Contract
from torhaus.subscriptions.price_rules import Preview, preview_more
from torhaus.subscriptions.queries import agreement_of
from torhaus.subscriptions.rules import standing


@dataclass(frozen=True)
class SeatOffer:
    """A kind of seat that can be booked: how many are, on which lines, and how many of which others come with each.

    ``on_request``: its package has no list price, whatever the catalogue says of the kind itself.
    """

    item: Item
    booked: int
    lines: list[Booking]
    following: list[tuple[Item, int]]
    on_request: bool = False


@dataclass(frozen=True)
class Offers:
    """What a contract can book more of; ``legacy`` where its package is no longer sold (B101)."""

    kinds: list[SeatOffer]
    legacy: bool

    def of(self, key: str) -> SeatOffer | None:
        """Give the offer of a kind, or None if it cannot be booked."""
        return next((one for one in self.kinds if one.item.key == key), None)


def seat_offers(contract: Contract, today: date) -> Offers:
    """Give what a contract can book more of today, inside its scope; only kinds that it books already."""
    now = in_force_today(contract, today)
    marks = plan_marks({one.item_id for one in now if one.kind == ItemKind.PLAN and one.item_id})
    ratios = [ratio for mark in marks for ratio in mark.ratios]
    booked = [one for one in now if one.kind == ItemKind.SEAT and one.item]
    keys = {one.item.key for one in booked if one.item} | {following for _leading, following, _quantity in ratios}
    known = seat_kinds_named(keys)
    on_request, kinds = any(mark.contact_only for mark in marks), []
    for item, detail in known.values():
        lines = [one for one in booked if one.item_id == item.pk]
        if lines and detail.bookable:
            brings = [(known[to][0], n) for of, to, n in ratios if of == item.key and to in known]
            kinds.append(SeatOffer(item, sum(one.quantity for one in lines), lines, brings, on_request))
    kinds.sort(key=lambda one: (one.item.position, one.item.key))
    return Offers(kinds, any(mark.legacy for mark in marks))


def preview_of(contract: Contract, offer: SeatOffer, total: int, *, currency: str, today: date) -> Preview | None:
    """Give what ``total`` of them cost by the list, or None where the catalogue has no price for one of them.

    None, too, where the package has none and sales names the price.
    """
    if offer.on_request:
        return None
    stands = standing(agreement_of(contract), today)
    months = contract.term_months or 0
    price = prices_on({offer.item.pk}, currency=currency, months=months, on=today).get(offer.item.pk)
    if price is None or not price.per_unit:
        return None
    return preview_more(
        booked=offer.booked,
        total=total,
        first_cents=price.first_cents,
        recurring_cents=price.recurring_cents,
        term=stands.term,
        on=today,
        renews=stands.next_invoice_on is not None,
    )


def reduction_of(contract: Contract, today: date) -> Reduction:
    """Give what the contract's education terms take off a price by the list, inside its scope."""
    mark = education_of(contract.pk, today).in_force
    if mark is None or mark.ends_on is None:
        return Reduction()
    return reduction(mark.percent or 0, mark.ends_on, standing(agreement_of(contract), today).next_invoice_on)


def line_to_change(lines: Sequence[Booking]) -> Booking:
    """Give the line that becomes larger: the one that was booked last."""
    return max(lines, key=lambda one: one.pk)
