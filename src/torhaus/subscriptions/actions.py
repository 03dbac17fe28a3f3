"""Writes of contracts and bookings: steps of the deeds that open and change them."""

from datetime import date

from django.db import IntegrityError, transaction
from django_scopes import scopes_disabled

from torhaus.catalogue.models import Item, ItemKind, Product
from torhaus.core import clock
from torhaus.organisations.models import Customer
from torhaus.records.deeds import part
from torhaus.subscriptions.models import Booking, Contract, ContractKind


class ContractNumberTaken(Exception):
    """Another contract has this number."""


class UnknownContract(Exception):
    """No contract has this reference."""


class ContractChanged(Exception):
    """Something was booked since the reviewer looked; what was reviewed is no longer what would happen."""


@part
def open_contract(
    *,
    customer: Customer,
    product: Product,
    number: str,
    kind: ContractKind,
    starts_on: date,
    ends_on: date | None,
    term_months: int | None,
    auto_renews: bool,
    notice_days: int | None,
    maintenance_until: date | None = None,
    offline_days: int | None = None,
    grace_days: int | None = None,
) -> Contract:
    """Open a contract without items; those come as bookings.

    Raises:
        ContractNumberTaken: the number is in use.
    """
    contract = Contract(
        customer=customer,
        product=product,
        number=number,
        kind=kind,
        starts_on=starts_on,
        ends_on=ends_on,
        term_months=term_months,
        auto_renews=auto_renews,
        notice_days=notice_days,
        maintenance_until=maintenance_until,
        offline_days=offline_days,
        grace_days=grace_days,
    )
    _insert(contract)
    return contract


def _insert(contract: Contract) -> None:
    with scopes_disabled():
        same = Contract.objects.filter(number=contract.number)
        if same.exists():
            raise ContractNumberTaken(contract.number)
        try:
            with transaction.atomic():
                contract.save(force_insert=True)
        except IntegrityError as error:
            # Asked again, because a broken constraint of another kind is a fault of ours and stays one.
            if same.all().exists():
                raise ContractNumberTaken(contract.number) from error
            raise


@part
def lock_contract(*, ref: str) -> Contract:
    """Lock a contract's row, with its customer: whatever changes what a customer has does this first.

    Raises:
        UnknownContract: no such contract.
    """
    with scopes_disabled():
        rows = Contract.objects.select_for_update(of=("self",)).select_related("customer", "product")
        contract = rows.filter(ref=ref).first()
    if contract is None:
        raise UnknownContract(ref)
    return contract


@part
def append_booking(
    *,
    contract: Contract,
    line: str,
    kind: ItemKind,
    quantity: int,
    item: Item | None = None,
    name: str = "",
    active_from: date | None = None,
    until: date | None = None,
    last_seen: int | None = None,
) -> Booking:
    """Append a booking to a locked contract; it replaces earlier ones of its line from ``active_from`` on.

    ``last_seen`` is the newest booking the reviewer saw (0 for none): the same submission twice books once.

    Raises:
        ContractChanged: a newer booking stands.
    """
    with scopes_disabled():
        newest = Booking.objects.filter(contract=contract).order_by("-pk").values_list("pk", flat=True).first()
        if last_seen is not None and (newest or 0) != last_seen:
            raise ContractChanged(contract.number)
        booking = Booking.objects.create(
            contract=contract,
            line=line,
            item=item,
            kind=kind,
            name=name,
            quantity=quantity,
            active_from=active_from,
            until=until,
            booked_at=clock.now(),
        )
    mark_contract_changed(contract)
    return booking


@part
def mark_contract_changed(contract: Contract) -> None:
    """Let whatever was derived from a locked contract be derived again once this deed ends."""
    contract.revision += 1
    with scopes_disabled():
        contract.save(update_fields=["revision"])


@part
def set_suspended(*, contract: Contract, suspended: bool) -> None:
    """Suspend a locked contract, or let it go on."""
    contract.suspended = suspended
    with scopes_disabled():
        contract.save(update_fields=["suspended"])
    mark_contract_changed(contract)
