"""The deeds ``suspend_contract`` and ``resume_contract``: its licence stops answering, and answers again."""

from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.subscriptions.actions import lock_contract, set_suspended
from torhaus.subscriptions.models import Contract


@deed("suspend_contract")
def suspend_contract(*, contract_ref: str, by: Actor) -> Contract:
    """Suspend a contract: products learn it at their next call, and no licence file is issued any more.

    Raises:
        UnknownContract: no such contract.
    """
    return _suspended(contract_ref, by, suspended=True)


@deed("resume_contract")
def resume_contract(*, contract_ref: str, by: Actor) -> Contract:
    """Let a suspended contract go on as it was agreed.

    Raises:
        UnknownContract: no such contract.
    """
    return _suspended(contract_ref, by, suspended=False)


def _suspended(contract_ref: str, by: Actor, *, suspended: bool) -> Contract:
    contract = lock_contract(ref=contract_ref)
    if contract.suspended == suspended:
        nothing_done()
        return contract
    set_suspended(contract=contract, suspended=suspended)
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        before={"suspended": not suspended},
        after={"suspended": suspended},
    )
    return contract
