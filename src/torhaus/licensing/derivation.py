"""What a contract grants now, derived from its term and the bookings in force: for files and for kept rows alike."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from torhaus.catalogue.models import ItemKind, Product
from torhaus.catalogue.queries import allowances_of
from torhaus.core import clock
from torhaus.core.texts import text_in
from torhaus.licensing.grants import Granted, Grants, Policy
from torhaus.licensing.policies import policy_in_force
from torhaus.licensing.rules import day_granted, end_of, start_of
from torhaus.seats.queries import seats_booked_by
from torhaus.subscriptions.models import Booking, Contract, ContractKind
from torhaus.subscriptions.queries import Row, agreement_of, bookings_of, entry_of, key_of, rows_on
from torhaus.subscriptions.rules import Standing, Status, standing, stretches
from torhaus.usage.latest import latest_readings
from torhaus.usage.rules import Grant, allowances
from torhaus.vendor.models import Vendor
from torhaus_sdk.licence import Environment


@dataclass(frozen=True)
class Said:
    """What a contract says on a day of the vendor's: how it stands, and the lines that count.

    ``rows`` stand in an order that does not depend on when they were booked.
    """

    contract: Contract
    vendor: Vendor
    now: datetime
    today: date
    stands: Standing
    bookings: Sequence[Booking]
    rows: Sequence[Row]

    @property
    def ends_at(self) -> datetime | None:
        """When the licence ends; None is without end."""
        last = self.stands.term.ends_on
        return end_of(last, self.vendor.time_zone) if last else None

    @property
    def maintained_until(self) -> datetime | None:
        """When the maintenance ends, where it has an end of its own."""
        last = self.contract.maintenance_until
        return end_of(last, self.vendor.time_zone) if last else None

    @property
    def grace_days(self) -> int:
        """How long a product goes on after the end. An evaluation ends (B98), unless its contract says otherwise."""
        if self.contract.grace_days is not None:
            return self.contract.grace_days
        return 0 if self.contract.kind == ContractKind.EVALUATION else self.vendor.grace_days

    @property
    def environment(self) -> Environment:
        """What the licence may be used for."""
        evaluated = self.contract.kind == ContractKind.EVALUATION
        return Environment.EVALUATION if evaluated else Environment.PRODUCTION


def said_by(
    contract: Contract, vendor: Vendor, *, now: datetime | None = None, bookings: Sequence[Booking] | None = None
) -> Said:
    """Give what a contract (with product and customer) says now, inside the scope.

    ``bookings`` are all of the contract, where the caller has them anyway.
    """
    at = clock.now() if now is None else now
    today = at.astimezone(ZoneInfo(vendor.time_zone)).date()
    stands = standing(agreement_of(contract), today)
    booked = bookings_of(contract.pk) if bookings is None else bookings
    # Withdrawn before it began: nothing ever counts.
    withdrawn = contract.cancelled_to is not None and contract.cancelled_to < contract.starts_on
    rows = [] if withdrawn else _rows(booked, day_granted(stands, today))
    return Said(contract, vendor, at, today, stands, booked, rows)


def _rows(bookings: Iterable[Booking], day: date) -> list[Row]:
    rows = [row for row in rows_on(bookings, day) if row.state is Status.ACTIVE]
    return sorted(rows, key=lambda row: (row.booking.kind, key_of(row.booking), row.booking.line))


def name_of(row: Row, vendor: Vendor) -> str:
    """Give the name of what a line books, in the vendor's language."""
    booking = row.booking
    return booking.name or (text_in(booking.item.name, vendor.language) if booking.item else "")


def other_products(said: Said) -> set[int]:
    """Give the products (ids) beside the contract's own of which something is booked."""
    ids = {row.booking.item.product_id for row in said.rows if row.booking.item and row.booking.item.product_id}
    return ids - {said.contract.product_id}


def rows_for(said: Said, product: Product) -> list[Row]:
    """Give the lines that count for a product: all for the contract's own; for another its own and those of none."""
    if product.pk == said.contract.product_id:
        return list(said.rows)
    if product.pk not in other_products(said):
        return []
    return [row for row in said.rows if row.booking.item is None or row.booking.item.product_id in (None, product.pk)]


def own_end(said: Said, row: Row) -> datetime | None:
    """Give a line's own end, where it comes before the licence's."""
    until, last = row.ends_on, said.stands.term.ends_on
    return end_of(until, said.vendor.time_zone) if until and (last is None or until < last) else None


def plan_of(rows: Sequence[Row], product: Product) -> Row | None:
    """Give the plan that decides edition and policy: the product's own, of several that with the highest position."""
    plans = [row for row in rows if row.booking.kind == ItemKind.PLAN]
    own = [row for row in plans if row.booking.item and row.booking.item.product_id == product.pk] or plans
    # Of several in the same position the last by key, as ``rows`` stand.
    return max(reversed(own), key=lambda row: row.booking.item.position if row.booking.item else -1, default=None)


def deciding_plan(said: Said, product: Product) -> int | None:
    """Give the plan (item id) whose policy holds for a product, where the contract has none of its own."""
    plan = plan_of(rows_for(said, product), product)
    return plan.booking.item_id if plan else None


def grants_of(said: Said, product: Product) -> Grants:
    """Derive what the licence for a product grants."""
    contract, rows = said.contract, rows_for(said, product)
    plan = plan_of(rows, product)
    booked = bool(rows) or product.pk == contract.product_id
    ends_at, maintained = said.ends_at, said.maintained_until
    return Grants(
        contract=contract.number,
        customer=contract.customer.number,
        product=product.key,
        kind=contract.kind,
        edition=key_of(plan.booking) if plan else "",
        environment=said.environment.value,
        starts_at=seconds(start_of(contract.starts_on, said.vendor.time_zone)),
        ends_at=seconds(ends_at) if ends_at else None,
        grace_days=said.grace_days,
        maintained_until=seconds(maintained) if maintained else None,
        suspended=contract.suspended,
        lacks="" if rows else ("nothing_booked" if booked else "product_not_licensed"),
        items=tuple(_granted(said, row) for row in rows if row.booking.kind != ItemKind.SEAT),
        allowances=allowances_in(rows),
        seats=seats_booked_by([row.booking for row in rows]),
        policy=policy_in_force(contract, plan.booking if plan else None, rows) if rows else Policy(),
    )


def seconds(moment: datetime) -> int:
    """Give an instant as whole seconds since 1970."""
    return int(moment.timestamp())


def _granted(said: Said, row: Row) -> Granted:
    end = own_end(said, row)
    return Granted(key_of(row.booking), row.booking.kind, row.booking.quantity, seconds(end) if end else None)


def allowances_in(rows: Sequence[Row]) -> dict[str, int | None]:
    """Give how much of each meter some lines bring together."""
    booked = [(row.booking.item_id, row.booking.quantity) for row in rows if row.booking.item_id]
    known = allowances_of({item_id for item_id, _ in booked})
    totals = allowances(booked, [Grant(one.item_id, one.meter_id, one.quantity, one.per_unit) for one in known])
    return {one.meter.key: totals[one.meter_id] for one in known if one.meter_id in totals}


def usage_of(said: Said) -> tuple[dict[str, int], date | None]:
    """Give the latest reading of each meter by key, and the day on which time alone changes one of them."""
    return latest_readings(said.contract.pk, said.today)


def changes_at(said: Said, usage_changes_on: date | None) -> datetime | None:
    """Give the next moment at which time alone changes what is derived: never later than it does."""
    zone = said.vendor.time_zone
    moments = [start_of(day, zone) for day in _first_days(said)]
    if usage_changes_on is not None:
        moments.append(start_of(usage_changes_on, zone))
    if said.ends_at is not None:
        moments.append(said.ends_at)
    return min((moment for moment in moments if moment > said.now), default=None)


def _first_days(said: Said) -> Iterator[date]:
    """Give the days on which a line begins or is over, and the contract's own first one."""
    yield said.contract.starts_on
    for line in stretches(entry_of(booking) for booking in said.bookings).values():
        for stretch in line:
            if stretch.starts_on is not None:
                yield stretch.starts_on
            if stretch.ends_on is not None and stretch.ends_on < date.max:
                yield date.fromordinal(stretch.ends_on.toordinal() + 1)
