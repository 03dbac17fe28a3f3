"""What the tests about usage share: a contract with an allowance, its installations, and reporting for them."""

from datetime import date, timedelta

from django_scopes import scopes_disabled

from tests import people
from torhaus.core import clock
from torhaus.licensing.models import Installation, Licence
from torhaus.licensing.report_usage import ReadingSaid, report_usage
from torhaus.usage.models import Reading

_ids = iter(range(10**9))


def metered(allowed=5000, number="V-2026-001", **fields):
    """A contract that booked ``allowed`` objects, of an English-speaking customer with a technical contact."""
    people.vendor()
    contract = people.contract(people.customer(number=f"K{number}", language="en"), number=number, **fields)
    people.booking(contract, quantity=allowed)
    if not people.item().allowances.exists():
        people.allowance(people.item())
    return contract


def installation(contract, name="main", **fields) -> Installation:
    """An installation that runs."""
    now = clock.now()
    with scopes_disabled():
        licence = Licence.objects.get_or_create(contract=contract, product=contract.product)[0]
        values = {"digest": f"{next(_ids):064}", "name": name, "activated_at": now, "last_seen_at": now}
        return Installation.objects.create(licence=licence, **values | fields)


def said(quantity, meter="objects", ago=timedelta(0), id="", **fields) -> ReadingSaid:  # noqa: A002 - the API's word
    """A reading of so long ago."""
    at = clock.now() - ago if ago else None
    return ReadingSaid(id or f"r{next(_ids)}", meter, quantity, **{"at": at} | fields)


def report(contract, *readings, source=""):
    """Report readings as a product does."""
    return report_usage(contract_ref=contract.ref, source=source, readings=readings, by=people.SYSTEM)


def days(contract, meter="objects") -> dict[date, int]:
    """The readings of a meter by day."""
    with scopes_disabled():
        rows = Reading.objects.filter(contract=contract, meter__key=meter).order_by("on")
        return dict(rows.values_list("on", "quantity"))
