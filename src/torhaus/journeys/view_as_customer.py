"""Staff look at the portal with a customer's eyes: read-only, and recorded where the customer sees it."""

from torhaus.records.deeds import Actor, deed, write_record
from torhaus.subscriptions.actions import UnknownContract
from torhaus.subscriptions.models import Contract
from torhaus.subscriptions.queries import contract_across_customers


@deed("view_as_customer")
def view_as_customer(*, contract_ref: str, by: Actor) -> Contract:
    """Record that a member of staff opens the portal of a contract, and give the contract.

    Raises:
        UnknownContract: no such contract.
    """
    contract = contract_across_customers(contract_ref)
    if contract is None:
        raise UnknownContract(contract_ref)
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={"contract": contract.number},
    )
    return contract
