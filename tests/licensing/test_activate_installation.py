"""What an activation does: who gets a place, which place it is, and who is refused why."""

import pytest
from django_scopes import scopes_disabled

from tests import people
from torhaus.licensing import activate_installation as deeds
from torhaus.licensing.activate_installation import activate_installation
from torhaus.licensing.fingerprints import hashed_parts
from torhaus.licensing.models import ContractPolicy, Installation, Licence
from torhaus.licensing.remove_installation import deactivate_installation
from torhaus.records.models import Record

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract():
    people.vendor()
    made = people.contract(people.customer())
    people.booking(made)
    return made


def policy(of, **fields) -> ContractPolicy:
    with scopes_disabled():
        return ContractPolicy.objects.update_or_create(contract=of, defaults={"model": "node_locked"} | fields)[0]


def activate(of, machine="a", **fields):
    parts = fields.pop("parts", {"machine": machine, "board": f"board of {machine}", "disk": f"disk of {machine}"})
    return activate_installation(contract_ref=of.ref, parts=hashed_parts(parts), by=people.SYSTEM, **fields)


def counted() -> int:
    with scopes_disabled():
        return Licence.objects.get().installations


def test_a_new_place_is_kept_and_recorded(contract):
    made = activate(contract, name="prod-1", version="34.1", environment="production")
    assert made.created
    assert (made.installation.name, made.installation.version, made.installation.counts) == ("prod-1", "34.1", True)
    assert counted() == 1
    with scopes_disabled():
        record = Record.objects.get(deed="activate_installation")
    assert record.after["installation"] == made.installation.ref
    assert record.customer_ref == contract.customer.ref


def test_the_last_place_goes_once(contract):
    policy(contract, max_installations=2)
    activate(contract, "a")
    activate(contract, "b")
    with pytest.raises(deeds.TooManyInstallations) as refused:
        activate(contract, "c")
    assert (refused.value.used, refused.value.limit) == (2, 2)
    with scopes_disabled():
        assert Installation.objects.count() == counted() == 2
    activate(contract, "b")
    with scopes_disabled():
        first = Installation.objects.earliest("pk")
    deactivate_installation(contract_ref=contract.ref, installation_ref=first.ref, by=people.SYSTEM)
    assert activate(contract, "c").created
