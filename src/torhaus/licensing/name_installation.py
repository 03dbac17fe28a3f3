"""The deed ``name_installation``: people give a place where the product runs a name they know it by."""

from django_scopes import scope

from torhaus.licensing.installation_names import LONGEST_NAME, plain_name
from torhaus.licensing.installations import installation_of_contract
from torhaus.licensing.models import Installation
from torhaus.licensing.remove_installation import UnknownInstallation
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.subscriptions.actions import lock_contract


class NameTooLong(Exception):
    """The name has more than ``LONGEST_NAME`` characters."""


@deed("name_installation")
def name_installation(*, contract_ref: str, installation_ref: str, name: str, by: Actor) -> Installation:
    """Name an installation; empty takes the name away, characters that cannot be seen are left out. The same name again: nothing is done.

    Raises:
        NameTooLong: it has more than 120 characters.
        UnknownContract: no such contract.
        UnknownInstallation: it is none of the contract's, or was removed.
    """
    clean = plain_name(name)
    if len(clean) > LONGEST_NAME:
        raise NameTooLong(len(clean))
    contract = lock_contract(ref=contract_ref)
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        installation = installation_of_contract(contract.pk, installation_ref)
        if installation is None or installation.removed_at is not None:
            raise UnknownInstallation(installation_ref)
        if installation.name == clean:
            nothing_done()
            return installation
        old, installation.name = installation.name, clean
        installation.save(update_fields=["name"])
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={"contract": contract.number, "installation": installation.ref},
        personal={"installation_name": clean, "old_name": old},
    )
    return installation
