"""What the next term of a contract costs by the list: nothing of it, unless the catalogue prices all of it."""

from collections.abc import Sequence

from torhaus.catalogue.queries import prices_on
from torhaus.subscriptions.models import Booking, Contract
from torhaus.subscriptions.rules import Standing


def renewal_cents(contract: Contract, stands: Standing, booked: Sequence[Booking], currency: str) -> int | None:
    """Give the list price of the next term for what is ``booked``, or None unless the catalogue prices all of it."""
    if stands.next_invoice_on is None or not contract.term_months or not booked:
        return None
    if any(one.item_id is None for one in booked):
        return None
    ids = {one.item_id for one in booked if one.item_id}
    prices = prices_on(ids, currency=currency, months=contract.term_months, on=stands.next_invoice_on)
    if ids - prices.keys():
        return None
    return sum(
        prices[one.item_id].recurring_cents * (one.quantity if prices[one.item_id].per_unit else 1)
        for one in booked
        if one.item_id
    )
