"""The one kept row of a licence: derived anew when a revision or the clock says so, and written once for the hot path.

Revisions are read before anything else: what is committed meanwhile leaves a stamp that is too old, and the next
reader derives again. A row is never overwritten by what was derived at an older stamp.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from django.db import InternalError, OperationalError, transaction

from torhaus.catalogue.models import Product
from torhaus.catalogue.queries import products_by_id
from torhaus.core import clock
from torhaus.licensing.derivation import Said, changes_at, grants_of, other_products, said_by, usage_of
from torhaus.licensing.grants import Grants
from torhaus.licensing.models import Installation, Lease, Licence
from torhaus.licensing.validation import Facts, Known
from torhaus.records.deeds import housekeeping
from torhaus.subscriptions.models import Contract
from torhaus.vendor.models import Vendor
from torhaus.vendor.queries import the_vendor

__all__ = ["derive", "facts_of", "is_fresh", "kept_licence", "licences_of", "usage_text"]


@dataclass(frozen=True)
class _Derived:
    grants: str
    used: str
    contract_revision: int
    vendor_revision: int
    derived_at: datetime
    stale_at: datetime | None
    lacks: str


def derive(contract: Contract, product: Product, vendor: Vendor) -> tuple[Grants, dict[str, int], datetime | None]:
    """Derive what a contract (with product and customer) grants for a product now, and what it uses, inside the scope.

    The third is until when that holds while no revision changes (None: for ever).
    """
    return _derive_at(contract, product, vendor, clock.now())


def _derive_at(
    contract: Contract, product: Product, vendor: Vendor, now: datetime
) -> tuple[Grants, dict[str, int], datetime | None]:
    said = said_by(contract, vendor, now=now)
    used, usage_changes_on = usage_of(said)
    return grants_of(said, product), used, changes_at(said, usage_changes_on)


def usage_text(used: dict[str, int]) -> str:
    """Give the canonical text of what is used, as the kept row holds it."""
    return json.dumps(used, sort_keys=True, separators=(",", ":"))


def is_fresh(licence: Licence, contract_revision: int, vendor_revision: int, now: datetime) -> bool:
    """Whether a kept row still says what would be derived now."""
    return (
        licence.contract_revision == contract_revision
        and licence.vendor_revision == vendor_revision
        and (licence.stale_at is None or now < licence.stale_at)
    )


def kept_licence(contract: Contract, product: Product, vendor: Vendor | None = None) -> Licence:
    """Give the licence of a contract for a product as it is now, inside the scope; its row is made or renewed if needed.

    A product that the contract does not license gets no row: its licence is not stored and has no ``ref``. If the
    database cannot be written at the moment, what was derived is given all the same. ``vendor`` is its row as it was
    read before this, where the caller has it.
    """
    rows = Licence.objects.select_related("contract__product", "contract__customer", "product")
    row = rows.filter(contract_id=contract.pk, product_id=product.pk).first()
    vendor, now = vendor or the_vendor(), clock.now()
    if row is None:
        # Read again: what the caller holds may be older than what was booked meanwhile.
        current = Contract.objects.select_related("product", "customer").get(pk=contract.pk)
        return _renewed(Licence(contract=current, product=product, ref=""), vendor, now)
    if is_fresh(row, row.contract.revision, vendor.revision, now):
        return row
    return _renewed(row, vendor, now)


def licences_of(contract: Contract, said: Said | None = None) -> list[Licence]:
    """Give the licences of a contract as they are now, that of its own product first, inside the scope.

    ``said`` is what the contract says now, where the caller has read all of that anyway.
    """
    if said is None:
        current = Contract.objects.select_related("product", "customer").get(pk=contract.pk)
        said = said_by(current, the_vendor())
    booked = other_products(said)
    others = sorted(products_by_id(booked), key=lambda one: one.key) if booked else []
    return [kept_licence(said.contract, product, said.vendor) for product in (said.contract.product, *others)]


def _renewed(row: Licence, vendor: Vendor, now: datetime) -> Licence:
    """Derive a licence anew and write it; give the row with what was derived."""
    grants, used, stale_at = _derive_at(row.contract, row.product, vendor, now)
    derived = _Derived(
        grants=grants.text(),
        used=usage_text(used),
        contract_revision=row.contract.revision,
        vendor_revision=vendor.revision,
        derived_at=now,
        stale_at=stale_at,
        lacks=grants.lacks,
    )
    try:
        with transaction.atomic():
            stored = _kept(row, derived)
    except (OperationalError, InternalError):
        # Locked or read-only for the moment: what was derived holds without being kept.
        stored = row
    for name in _WRITTEN:
        setattr(stored, name, getattr(derived, name))
    return stored


_WRITTEN = ("grants", "used", "contract_revision", "vendor_revision", "derived_at", "stale_at")


@housekeeping
def _kept(row: Licence, derived: _Derived) -> Licence:
    """Write what was derived, unless the row says already what was derived at a newer stamp."""
    values = {name: getattr(derived, name) for name in _WRITTEN}
    if not row.ref:
        if derived.lacks == "product_not_licensed":
            return row
        stored, made = Licence.objects.get_or_create(
            contract_id=row.contract_id, product_id=row.product_id, defaults=values
        )
        stored.contract, stored.product = row.contract, row.product
        if made:
            return stored
        row = stored
    older = Licence.objects.filter(
        pk=row.pk,
        contract_revision__lte=derived.contract_revision,
        vendor_revision__lte=derived.vendor_revision,
    )
    older.update(**values)
    return row


def facts_of(licence: Licence, installation: Installation | None, lease: Lease | None, now: datetime) -> Facts:
    """Give what is known beside the grants of a kept licence, as the rule of validation reads it."""
    return Facts(
        now=int(now.timestamp()),
        installations=licence.installations,
        leases=licence.leases,
        used=json.loads(licence.used),
        installation=None if installation is None else _known(installation),
        lease_until=None if lease is None else int(lease.expires_at.timestamp()),
    )


def _known(installation: Installation) -> Known:
    return Known(
        ref=installation.ref,
        parts=installation.parts,
        name=installation.name,
        environment=installation.environment,
        counts=installation.counts,
        last_seen_at=int(installation.last_seen_at.timestamp()),
        removed_by=installation.removed_by if installation.removed_at else "",
    )
