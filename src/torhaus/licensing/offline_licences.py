"""What an offline licence grants, derived from the contract and the bookings in force; and the ones issued."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import QuerySet

from torhaus.catalogue.models import ItemKind
from torhaus.catalogue.queries import product_keys
from torhaus.core import clock
from torhaus.licensing.derivation import Said, grants_of, name_of, other_products, own_end, said_by
from torhaus.licensing.grants import Policy
from torhaus.licensing.machines import Binding
from torhaus.licensing.models import Installation, LicenceToken, OfflineFiles, OfflineLicence
from torhaus.licensing.queries import working, working_tokens
from torhaus.licensing.rules import CLOCKS_DIFFER, Refusal, content, file_end, refusal
from torhaus.seats.queries import booked_seats
from torhaus.subscriptions.models import Booking, Contract
from torhaus.subscriptions.queries import key_of
from torhaus.vendor.models import Vendor
from torhaus_sdk.jws import unb64
from torhaus_sdk.licence import AfterGrace, Enforcement, Item, Licence, Seats

MOST_LOOKED_AT = 200


@dataclass(frozen=True)
class Draft:
    """What a file issued now would say, without reference and number; or why none is issued."""

    licence: Licence
    refusal: Refusal | None
    policy: Policy = field(default_factory=Policy)

    @property
    def content(self) -> str:
        """The digest of what it grants."""
        return content(self.licence)


def draft_of(contract: Contract, vendor: Vendor, tokens: Sequence[LicenceToken] | None = None) -> Draft:
    """Derive the licence of a contract (with product and customer) as of now, inside the scope.

    A file says what the licence for the contract's own product grants (``derivation.grants_of``), for all products
    booked. ``tokens`` are all of the contract, newest first, where the caller has them anyway.
    """
    now = clock.now().replace(microsecond=0)
    said = said_by(contract, vendor, now=now)
    grants, ends_at = grants_of(said, contract.product), said.ends_at
    fallback = grants.policy.fallback and ends_at is not None
    licence = Licence(
        issuer=vendor.key,
        subject=grants.contract,
        audience=(grants.product, *sorted(product_keys(other_products(said)))),
        id="",
        issued_at=now,
        not_before=now - CLOCKS_DIFFER,
        expires_at=file_end(
            now, days=contract.offline_days, ends_at=ends_at, grace_days=grants.grace_days, fallback=fallback
        ),
        licence_ends_at=ends_at,
        maintained_until=said.maintained_until,
        edition=grants.edition,
        items=_items(said),
        allowances=grants.allowances,
        seats={key: Seats("named", count) for key, count in grants.seats.items()},
        bindings=(),
        customer=grants.customer,
        grace_days=grants.grace_days,
        sequence=0,
        environment=said.environment,
        enforcement=Enforcement(grants.policy.enforcement),
        after_grace=AfterGrace(grants.policy.after_grace),
        fallback=fallback,
        tokens=tuple(one.public_id for one in (working_tokens(contract.pk) if tokens is None else working(tokens))),
    )
    withheld = Refusal.WITHHELD if grants.policy.offline_files == OfflineFiles.NONE else None
    return Draft(licence, _refusal(said, fallback=fallback) or withheld, grants.policy)


def _refusal(said: Said, *, fallback: bool = False) -> Refusal | None:
    why = refusal(
        said.stands,
        suspended=said.contract.suspended,
        ends_at=said.ends_at,
        grace_days=said.grace_days,
        now=said.now,
        fallback=fallback,
    )
    return why or (None if said.rows else Refusal.EMPTY)


def numbered(draft: Draft, *, ref: str, number: int, binding: Binding | None = None) -> Licence:
    """Give the licence of a draft with its reference and number, and the machine it is for, ready to be signed."""
    licence = replace(draft.licence, id=ref, sequence=number)
    if binding is None:
        return licence
    return replace(licence, bindings=binding.bindings, marks=binding.marks, matching=binding.matching)


def licence_in(row: OfflineLicence) -> Licence:
    """Give what an issued file says. It is ours as we kept it, so its signature is not asked."""
    return Licence.from_claims(json.loads(unb64(row.text.split(".")[1])))


def issued_licences(contract_id: int) -> "QuerySet[OfflineLicence]":
    """Give the contract's files with the machines they are bound to, newest first, inside the scope."""
    return OfflineLicence.objects.filter(contract_id=contract_id).select_related("installation").order_by("-number")


def newest_licence(contract_id: int) -> OfflineLicence | None:
    """Give the contract's newest file, inside the scope."""
    return issued_licences(contract_id).first()


def newest_licence_for(contract_id: int, installation: Installation | None) -> OfflineLicence | None:
    """Give the newest file for one machine, or with None for any, inside the scope."""
    return issued_licences(contract_id).filter(installation=installation).first()


def next_to_end(contract_id: int) -> OfflineLicence | None:
    """Give of the newest files for each machine that still counts, and for any, the one that ends first."""
    seen: dict[int | None, OfflineLicence] = {}
    for row in issued_licences(contract_id).filter(installation__removed_at__isnull=True)[:MOST_LOOKED_AT]:
        seen.setdefault(row.installation_id, row)
    return min(seen.values(), key=lambda row: row.expires_at, default=None)


def issued_licence(contract_id: int, ref: str) -> OfflineLicence | None:
    """Find a file of the contract by its reference, inside the scope."""
    return issued_licences(contract_id).filter(ref=ref).first()


def works(row: OfflineLicence, trusted: set[str], now: datetime) -> bool:
    """Whether a product is still to take the file: it has not ended, its key is trusted, and its machine counts."""
    gone = row.installation is not None and row.installation.removed_at is not None
    return row.expires_at > now and row.kid in trusted and not gone


def booked_otherwise(
    row: OfflineLicence, contract: Contract, vendor: Vendor, bookings: Sequence[Booking], token: str
) -> bool:
    """Whether bookings, term or token (its public id; "" for none) differ from what a file says.

    It asks the database nothing. What it leaves out beside the digest of a draft: allowances and
    ratios that changed in the catalogue alone. Where no file would be issued now, nothing differs.
    """
    said, kept = said_by(contract, vendor, bookings=bookings), licence_in(row)
    if _refusal(said) is not None:
        return False
    seats = booked_seats(row.booking for row in said.rows)
    return (
        (token != "" and token not in kept.tokens)
        or kept.licence_ends_at != said.ends_at
        or kept.items != _items(said)
        or any(kind not in kept.seats or kept.seats[kind].max != count for kind, count in seats.items())
    )


def _items(said: Said) -> tuple[Item, ...]:
    """Give what is licensed. Seats stand apart; an end of its own is told where it comes before the licence's."""
    return tuple(
        Item(
            key=key_of(row.booking),
            kind=row.booking.kind,
            name=name_of(row, said.vendor),
            quantity=row.booking.quantity,
            until=own_end(said, row),
        )
        for row in said.rows
        if row.booking.kind != ItemKind.SEAT
    )
