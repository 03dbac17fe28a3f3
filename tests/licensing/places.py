"""What the tests of places share: a contract with a policy, machines that activate, and the count of the rows."""

from django_scopes import scopes_disabled

from tests import people
from torhaus.licensing.activate_installation import Activated, activate_installation
from torhaus.licensing.fingerprints import hashed_parts
from torhaus.licensing.grants import Policy, read_grants
from torhaus.licensing.models import ContractPolicy, Installation, Lease, Licence, RemovedBy
from torhaus.licensing.remove_installation import deactivate_installation, remove_installation


def contract(number="V-2026-001", **fields):
    """A contract of the vendor's first customer with its plan booked, and a policy with ``fields``."""
    people.vendor()
    made = people.contract(people.customer(number=f"1{number[-4:]}"), number)
    people.booking(made)
    policy(made, **fields)
    return made


def policy(of, **fields) -> ContractPolicy:
    """Agree on a policy with the contract's customer; what is not named is as usual for node-locked licences."""
    defaults = {"model": "node_locked"} | fields
    with scopes_disabled():
        made = ContractPolicy.objects.update_or_create(contract=of, defaults=defaults)[0]
        of.revision += 1
        of.save(update_fields=["revision"])
    return made


def machine(name: str, **changed: str) -> dict[str, str]:
    """The fingerprint of a machine, with some of its parts changed."""
    return {"machine": f"machine {name}", "board": f"board {name}", "disk": f"disk {name}"} | changed


def activate(of, which="a", /, **fields) -> Activated:
    """Activate the machine ``which``, or one with ``parts``."""
    parts = fields.pop("parts", None) or machine(which)
    return activate_installation(contract_ref=of.ref, parts=hashed_parts(parts), by=people.SYSTEM, **fields)


def deactivate(of, installation: Installation, **fields) -> Installation:
    """The product ends its installation."""
    return deactivate_installation(contract_ref=of.ref, installation_ref=installation.ref, by=people.SYSTEM, **fields)


def remove(of, installation: Installation, removed_by=RemovedBy.CUSTOMER) -> Installation:
    """A person removes an installation."""
    return remove_installation(
        contract_ref=of.ref, installation_ref=installation.ref, removed_by=removed_by, by=people.SYSTEM
    )


def counts() -> tuple[int, int]:
    """How many places the one licence counts: of installations, of leases. They are those of the rows."""
    with scopes_disabled():
        licence = Licence.objects.get()
        rows = Installation.objects.filter(removed_at__isnull=True, counts=True).count(), Lease.objects.count()
    assert (licence.installations, licence.leases) == rows
    return rows


def policy_of(activated: Activated) -> Policy:
    """The policy as it was derived for the licence of an installation."""
    return read_grants(activated.licence.grants).policy
