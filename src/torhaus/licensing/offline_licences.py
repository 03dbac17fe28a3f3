"""What an offline licence grants, derived from the contract and the bookings in force; and the ones issued."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import QuerySet

from torhaus.catalogue.models import ItemKind
from torhaus.catalogue.queries import allowances_of, product_keys, seat_ratios_of
from torhaus.core import clock
from torhaus.core.texts import text_in
from torhaus.licensing.models import LicenceToken, OfflineLicence
from torhaus.licensing.queries import working, working_tokens
from torhaus.licensing.rules import (
    CLOCKS_DIFFER,
    Ratio,
    Refusal,
    content,
    day_granted,
    end_of,
    file_end,
    refusal,
    seats_with_following,
)
from torhaus.subscriptions.models import Booking, Contract, ContractKind
from torhaus.subscriptions.queries import Row, agreement_of, bookings_of, rows_on
from torhaus.subscriptions.rules import Status, standing
from torhaus.usage.rules import Grant, allowances
from torhaus.vendor.models import Vendor
from torhaus_sdk.jws import unb64
from torhaus_sdk.licence import Environment, Item, Licence, Seats


@dataclass(frozen=True)
class Draft:
    """What a file issued now would say, without reference and number; or why none is issued."""

    licence: Licence
    refusal: Refusal | None

    @property
    def content(self) -> str:
        """The digest of what it grants."""
        return content(self.licence)


def draft_of(contract: Contract, vendor: Vendor, tokens: Sequence[LicenceToken] | None = None) -> Draft:
    """Derive the licence of a contract (with product and customer) as of now, inside the scope.

    ``tokens`` are all of the contract, newest first, where the caller has them anyway.
    """
    now = clock.now().replace(microsecond=0)
    zone, today = vendor.time_zone, clock.today(vendor.time_zone)
    stands = standing(agreement_of(contract), today)
    ends_at = end_of(stands.term.ends_on, zone) if stands.term.ends_on else None
    grace = vendor.grace_days if contract.grace_days is None else contract.grace_days
    rows = _rows(bookings_of(contract.pk), day_granted(stands, today))
    licence = Licence(
        issuer=vendor.key,
        subject=contract.number,
        audience=_audience(contract, rows),
        id="",
        issued_at=now,
        not_before=now - CLOCKS_DIFFER,
        expires_at=file_end(now, days=contract.offline_days, ends_at=ends_at, grace_days=grace),
        licence_ends_at=ends_at,
        maintained_until=end_of(contract.maintenance_until, zone) if contract.maintenance_until else None,
        edition=next((_key(row) for row in reversed(rows) if row.booking.kind == ItemKind.PLAN), ""),
        items=_items(rows, vendor, stands.term.ends_on),
        allowances=_allowances(rows),
        seats=_seats(rows),
        bindings=(),
        customer=contract.customer.number,
        grace_days=grace,
        sequence=0,
        environment=Environment.EVALUATION if contract.kind == ContractKind.EVALUATION else Environment.PRODUCTION,
        tokens=tuple(one.public_id for one in (working_tokens(contract.pk) if tokens is None else working(tokens))),
    )
    why = refusal(stands, suspended=contract.suspended, ends_at=ends_at, grace_days=grace, now=now)
    return Draft(licence, why or (None if rows else Refusal.EMPTY))


def numbered(draft: Draft, *, ref: str, number: int) -> Licence:
    """Give the licence of a draft with its reference and number, ready to be signed."""
    return replace(draft.licence, id=ref, sequence=number)


def licence_in(row: OfflineLicence) -> Licence:
    """Give what an issued file says. It is ours as we kept it, so its signature is not asked."""
    return Licence.from_claims(json.loads(unb64(row.text.split(".")[1])))


def issued_licences(contract_id: int) -> "QuerySet[OfflineLicence]":
    """Give the contract's files, newest first, inside the scope."""
    return OfflineLicence.objects.filter(contract_id=contract_id).order_by("-number")


def newest_licence(contract_id: int) -> OfflineLicence | None:
    """Give the contract's newest file, inside the scope."""
    return issued_licences(contract_id).first()


def issued_licence(contract_id: int, ref: str) -> OfflineLicence | None:
    """Find a file of the contract by its reference, inside the scope."""
    return issued_licences(contract_id).filter(ref=ref).first()


def works(row: OfflineLicence, trusted: set[str], now: datetime) -> bool:
    """Whether a product still takes the file: it has not ended, and its key is trusted."""
    return row.expires_at > now and row.kid in trusted


def booked_otherwise(
    row: OfflineLicence, contract: Contract, vendor: Vendor, bookings: Sequence[Booking], token: str
) -> bool:
    """Whether bookings, term or token (its public id; "" for none) differ from what a file says.

    It asks the database nothing. What it leaves out beside the digest of a draft: allowances and
    ratios that changed in the catalogue alone. Where no file would be issued now, nothing differs.
    """
    now, today = clock.now(), clock.today(vendor.time_zone)
    stands, said = standing(agreement_of(contract), today), licence_in(row)
    ends_at = end_of(stands.term.ends_on, vendor.time_zone) if stands.term.ends_on else None
    grace = vendor.grace_days if contract.grace_days is None else contract.grace_days
    rows = _rows(bookings, day_granted(stands, today))
    if not rows or refusal(stands, suspended=contract.suspended, ends_at=ends_at, grace_days=grace, now=now):
        return False
    seats = _booked_seats(rows)
    return (
        (token != "" and token not in said.tokens)
        or said.licence_ends_at != ends_at
        or said.items != _items(rows, vendor, stands.term.ends_on)
        or any(kind not in said.seats or said.seats[kind].max != count for kind, count in seats.items())
    )


def _rows(bookings: Iterable[Booking], day: date) -> list[Row]:
    """Give the lines that count on ``day``, in an order that does not depend on when they were booked."""
    rows = [row for row in rows_on(bookings, day) if row.state is Status.ACTIVE]
    return sorted(rows, key=lambda row: (row.booking.kind, _key(row), row.booking.line))


def _key(row: Row) -> str:
    return row.booking.item.key if row.booking.item else row.booking.line


def _audience(contract: Contract, rows: list[Row]) -> tuple[str, ...]:
    ids = {row.booking.item.product_id for row in rows if row.booking.item and row.booking.item.product_id}
    others = sorted(product_keys(ids - {contract.product_id}))
    return (contract.product.key, *others)


def _items(rows: list[Row], vendor: Vendor, ends_on: date | None) -> tuple[Item, ...]:
    """Give what is licensed. Seats stand apart; an end of its own is told where it comes before the licence's."""
    found = []
    for row in rows:
        booking, until = row.booking, row.ends_on
        if booking.kind == ItemKind.SEAT:
            continue
        own = until is not None and (ends_on is None or until < ends_on)
        found.append(
            Item(
                key=_key(row),
                kind=booking.kind,
                name=booking.name or (text_in(booking.item.name, vendor.language) if booking.item else ""),
                quantity=booking.quantity,
                until=end_of(until, vendor.time_zone) if own and until else None,
            )
        )
    return tuple(found)


def _allowances(rows: list[Row]) -> dict[str, int | None]:
    booked = [(row.booking.item_id, row.booking.quantity) for row in rows if row.booking.item_id]
    known = allowances_of({item_id for item_id, _ in booked})
    totals = allowances(booked, [Grant(one.item_id, one.meter_id, one.quantity, one.per_unit) for one in known])
    return {one.meter.key: totals[one.meter_id] for one in known if one.meter_id in totals}


def _booked_seats(rows: list[Row]) -> dict[str, int]:
    booked: dict[str, int] = {}
    for row in rows:
        if row.booking.kind == ItemKind.SEAT:
            booked[_key(row)] = booked.get(_key(row), 0) + row.booking.quantity
    return booked


def _seats(rows: list[Row]) -> dict[str, Seats]:
    booked = _booked_seats(rows)
    plans = {row.booking.item_id for row in rows if row.booking.kind == ItemKind.PLAN and row.booking.item_id}
    ratios = (
        [Ratio(one.leading.key, one.following.key, one.quantity) for one in seat_ratios_of(plans)] if booked else []
    )
    counted = seats_with_following(booked, ratios)
    return {key: Seats("named", counted[key]) for key in sorted(counted)}
