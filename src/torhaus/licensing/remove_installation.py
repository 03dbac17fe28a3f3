"""The deeds ``deactivate_installation`` (by the product) and ``remove_installation`` (by customer or staff).

Both free the place and its leases. The row stays, so that the next call of a removed installation gets a clear
answer; activated again, it gets a new row.
"""

from django_scopes import scope

from torhaus.core import clock
from torhaus.licensing.installations import installation_of_contract
from torhaus.licensing.leases import drop_leases_of_installation, give_lease_back, holder_of
from torhaus.licensing.models import Installation, RemovedBy
from torhaus.licensing.places import free_installation_place, lock_licence
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.models import Contract
from torhaus.usage.report import forget_source


class UnknownInstallation(Exception):
    """The contract has no installation with this reference."""


@deed("deactivate_installation")
def deactivate_installation(
    *, contract_ref: str, installation_ref: str, keep: bool = False, process: str = "", by: Actor
) -> Installation:
    """End an installation on behalf of the product that runs there. Repeated, or removed before: nothing is done.

    ``keep`` gives only the lease back (that of ``process``, if one is named) and leaves the installation.

    Raises:
        UnknownContract: no such contract.
        UnknownInstallation: it is none of the contract's.
    """
    contract = lock_contract(ref=contract_ref)
    if keep:
        nothing_done()
        with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
            installation = _found(contract, installation_ref)
            give_lease_back(licence_id=installation.licence_id, holder=holder_of(installation.ref, process))
        return installation
    return _end(contract=contract, installation_ref=installation_ref, removed_by=RemovedBy.PRODUCT, by=by)


@deed("remove_installation")
def remove_installation(*, contract_ref: str, installation_ref: str, removed_by: RemovedBy, by: Actor) -> Installation:
    """End an installation on behalf of customer or staff: its next call is told so. Repeated: nothing is done.

    Raises:
        UnknownContract: no such contract.
        UnknownInstallation: it is none of the contract's.
    """
    contract = lock_contract(ref=contract_ref)
    return _end(contract=contract, installation_ref=installation_ref, removed_by=removed_by, by=by)


def _end(*, contract: Contract, installation_ref: str, removed_by: RemovedBy, by: Actor) -> Installation:
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        installation = _found(contract, installation_ref)
        if installation.removed_at is not None:
            nothing_done()
            return installation
        lock_licence(licence_id=installation.licence_id)
        installation.removed_at = clock.now()
        installation.removed_by = removed_by
        installation.save(update_fields=["removed_at", "removed_by"])
        if installation.counts:
            free_installation_place(licence_id=installation.licence_id)
        drop_leases_of_installation(licence_id=installation.licence_id, installation_id=installation.pk)
    # What it counted is there no more either.
    forget_source(contract_id=contract.pk, source=installation.ref)
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        before={"environment": installation.environment, "version": installation.version},
        after={
            "contract": contract.number,
            "installation": installation.ref,
            "removed_by": installation.removed_by,
        },
        personal={"installation_name": installation.name},
    )
    return installation


def _found(contract: Contract, ref: str) -> Installation:
    found = installation_of_contract(contract.pk, ref)
    if found is None:
        raise UnknownInstallation(ref)
    return found
