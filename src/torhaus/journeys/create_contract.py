"""Staff open a contract for a customer; its items are booked afterwards."""

from dataclasses import dataclass
from datetime import date

from torhaus.catalogue.models import Product
from torhaus.organisations.models import Customer
from torhaus.organisations.search import customer_across_customers
from torhaus.records.deeds import Actor, deed, part, write_record
from torhaus.subscriptions.actions import open_contract
from torhaus.subscriptions.models import Contract, ContractKind


class UnknownCustomer(Exception):
    """No customer has this reference."""


@dataclass(frozen=True)
class NewContract:
    """What is agreed. ``ends_on`` is the last day of the first term, None for a contract without an end."""

    number: str
    product: Product
    kind: ContractKind
    starts_on: date
    ends_on: date | None = None
    term_months: int | None = None
    auto_renews: bool = False
    notice_days: int | None = None
    maintenance_until: date | None = None
    offline_days: int | None = None
    grace_days: int | None = None


@part
def open_agreed_contract(*, customer: Customer, agreed: NewContract) -> Contract:
    """Open the contract as agreed (see subscriptions.actions.open_contract)."""
    return open_contract(
        customer=customer,
        product=agreed.product,
        number=agreed.number,
        kind=agreed.kind,
        starts_on=agreed.starts_on,
        ends_on=agreed.ends_on,
        term_months=agreed.term_months,
        auto_renews=agreed.auto_renews,
        notice_days=agreed.notice_days,
        maintenance_until=agreed.maintenance_until,
        offline_days=agreed.offline_days,
        grace_days=agreed.grace_days,
    )


def as_recorded(contract: Contract) -> dict[str, object]:
    """Give what the record of a deed says about a new contract."""
    return {
        "contract": contract.number,
        "product": contract.product.key,
        "kind": str(contract.kind),
        "starts_on": contract.starts_on.isoformat(),
        "ends_on": contract.ends_on.isoformat() if contract.ends_on else None,
        "term_months": contract.term_months,
        "auto_renews": contract.auto_renews,
        "notice_days": contract.notice_days,
        "maintenance_until": contract.maintenance_until.isoformat() if contract.maintenance_until else None,
        "offline_days": contract.offline_days,
        "grace_days": contract.grace_days,
    }


@deed("create_contract")
def create_contract(*, customer_ref: str, agreed: NewContract, by: Actor) -> Contract:
    """Open a contract for a customer.

    Raises:
        UnknownCustomer: no such customer.
        ContractNumberTaken: the number is in use.
    """
    customer = customer_across_customers(customer_ref)
    if customer is None:
        raise UnknownCustomer(customer_ref)
    contract = open_agreed_contract(customer=customer, agreed=agreed)
    write_record(by=by, customer_ref=customer.ref, subject=("contract", contract.ref), after=as_recorded(contract))
    return contract
