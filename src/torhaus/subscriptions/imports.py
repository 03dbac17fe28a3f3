"""Bulk writes and their reads for the import: contracts, and bookings appended to them.

Callers switch the tenant scope off: a vendor's file is about all customers.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import F

from torhaus.catalogue.imports import item_ids, product_ids
from torhaus.core import clock
from torhaus.organisations.imports import customer_ids_across_customers
from torhaus.records.deeds import part
from torhaus.subscriptions.models import Booking, Contract

Values = dict[str, Any]
DAYS = ("starts_on", "ends_on", "cancelled_to", "maintenance_until")
COUNTS = ("term_months", "notice_days", "offline_days", "grace_days")
CONTRACT = ("number", "kind", "auto_renews", *COUNTS, *DAYS)
BOOKING = ("line", "kind", "name", "quantity")


def contract_ids_across_customers(numbers: Sequence[str]) -> dict[str, int]:
    """Give the primary keys of contracts by number."""
    return dict(Contract.objects.filter(number__in=numbers).values_list("number", "pk"))


def contract_refs_across_customers(numbers: Sequence[str]) -> dict[str, str]:
    """Give the references of contracts by number."""
    return dict(Contract.objects.filter(number__in=numbers).values_list("number", "ref"))


def customers_of_contracts_across_customers(numbers: Sequence[str]) -> dict[str, str]:
    """Give the customers' numbers of contracts by number."""
    return dict(Contract.objects.filter(number__in=numbers).values_list("number", "customer__number"))


def stored_contracts_across_customers(numbers: Sequence[str]) -> dict[str, Values]:
    """Give contracts by number."""
    rows = Contract.objects.filter(number__in=numbers).values("customer__number", "product__key", *CONTRACT)
    return {
        row["number"]: {
            **{name: row[name] for name in CONTRACT},
            **{name: _day(row[name]) for name in DAYS},
            "customer": row["customer__number"],
            "product": row["product__key"],
        }
        for row in rows
    }


def stored_lines_across_customers(contracts: Sequence[str]) -> dict[tuple[str, str], Values]:
    """Give what was booked last for each line of some contracts, by contract and line."""
    names = ("contract__number", "item__key", "active_from", "until", *BOOKING)
    rows = Booking.objects.filter(contract__number__in=contracts).order_by("id").values(*names)
    # In order of booking: the last of a line stands in the end.
    return {
        (row["contract__number"], row["line"]): {
            "contract": row["contract__number"],
            "item": row["item__key"],
            **{name: row[name] for name in BOOKING},
            "active_from": _day(row["active_from"]),
            "until": _day(row["until"]),
        }
        for row in rows
    }


def _day(value: Any) -> str | None:
    return value.isoformat() if value else None


@part
def lock_contracts(*, numbers: Sequence[str]) -> None:
    """Lock contracts by number, always in the same order, until the deed is done."""
    list(Contract.objects.select_for_update().filter(number__in=numbers).order_by("pk").values_list("pk"))


@part
def mark_contracts_changed(*, ids: Collection[int]) -> None:
    """Let whatever was derived from contracts (by primary key, locked by the caller) be derived again."""
    Contract.objects.filter(pk__in=ids).update(revision=F("revision") + 1)


@part
def put_contracts(*, rows: Sequence[Values]) -> None:
    """Write contracts, new and changed (locked by the caller); a changed one gets its next revision."""
    customers = customer_ids_across_customers([row["customer"] for row in rows])
    products = product_ids([row["product"] for row in rows])
    numbers = [row["number"] for row in rows]
    revisions = dict(Contract.objects.filter(number__in=numbers).values_list("number", "revision"))
    Contract.objects.bulk_create(
        [
            Contract(
                customer_id=customers[row["customer"]],
                product_id=products[row["product"]],
                revision=revisions.get(row["number"], -1) + 1,
                **{name: row[name] for name in CONTRACT},
            )
            for row in rows
        ],
        update_conflicts=True,
        unique_fields=["number"],
        update_fields=["product", "revision", *CONTRACT[1:]],
    )


@part
def append_bookings(*, rows: Sequence[Values]) -> None:
    """Append a booking for each row; what was booked before stays as it is. The caller has locked the contracts."""
    contracts = contract_ids_across_customers(list({row["contract"] for row in rows}))
    items = item_ids([row["item"] for row in rows if row["item"]])
    now = clock.now()
    Booking.objects.bulk_create(
        Booking(
            contract_id=contracts[row["contract"]],
            item_id=items[row["item"]] if row["item"] else None,
            active_from=row["active_from"],
            until=row["until"],
            booked_at=now,
            **{name: row[name] for name in BOOKING},
        )
        for row in rows
    )
    mark_contracts_changed(ids=contracts.values())
