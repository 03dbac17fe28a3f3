"""How an installation ends: by its product, by a customer, by staff; and what its name is meanwhile."""

from datetime import timedelta

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.licensing import places
from tests.licensing.places import activate, counts, deactivate, policy_of, remove
from torhaus.core import clock
from torhaus.licensing.leases import holder_of, take_lease
from torhaus.licensing.models import Installation, RemovedBy
from torhaus.licensing.name_installation import NameTooLong, name_installation
from torhaus.licensing.remove_installation import UnknownInstallation
from torhaus.records.models import PersonalValue, Record

pytestmark = pytest.mark.django_db


def recorded(deed: str) -> list[Record]:
    with scopes_disabled():
        return list(Record.objects.filter(deed=deed).order_by("pk"))


def rename(of, installation, name):
    return name_installation(contract_ref=of.ref, installation_ref=installation.ref, name=name, by=people.SYSTEM)


def floating():
    """A floating contract, and its one installation with a lease of its own and one of a process."""
    of = places.contract(model="floating", max_leases=5)
    made = activate(of)
    take_lease(
        licence_id=made.licence.pk,
        installation_id=made.installation.pk,
        holder=holder_of(made.installation.ref, "worker-1"),
        policy=policy_of(made),
        now=clock.now(),
    )
    assert counts() == (1, 2)
    return of, made.installation


@pytest.mark.parametrize("by", RemovedBy)
def test_place_and_leases_are_free_at_once(by):
    of, installation = floating()
    ended = deactivate(of, installation) if by == RemovedBy.PRODUCT else remove(of, installation, by)
    assert ended.removed_by == by
    assert ended.removed_at is not None
    assert counts() == (0, 0)
    (record,) = recorded("deactivate_installation" if by == RemovedBy.PRODUCT else "remove_installation")
    assert (record.after["installation"], record.after["removed_by"]) == (installation.ref, by)
    assert record.customer_ref == of.customer.ref


def test_repeated_it_is_harmless_and_the_first_word_stands():
    of = places.contract()
    installation = activate(of).installation
    remove(of, installation)
    assert remove(of, installation, RemovedBy.STAFF).removed_by == "customer"
    assert deactivate(of, installation).removed_by == "customer"
    assert counts() == (0, 0)
    assert len(recorded("remove_installation") + recorded("deactivate_installation")) == 1


def test_keep_gives_only_the_lease_back():
    of, installation = floating()
    assert deactivate(of, installation, keep=True, process="worker-1").removed_at is None
    assert counts() == (1, 1)
    deactivate(of, installation, keep=True)
    deactivate(of, installation, keep=True)
    assert counts() == (1, 0)
    assert not recorded("deactivate_installation")


@pytest.mark.parametrize("act", [remove, deactivate, lambda of, one: rename(of, one, "mine")])
def test_what_belongs_to_another_contract_is_unknown(act):
    mine, theirs = places.contract("V-1001"), places.contract("V-1002")
    installation = activate(theirs).installation
    with pytest.raises(UnknownInstallation):
        act(mine, installation)
    with scopes_disabled():
        found = Installation.objects.get()
    assert found.removed_at is None
    assert found.name == ""


def test_a_removed_test_installation_frees_no_place_that_counts():
    of = places.contract(max_installations=1, test_installations=1)
    activate(of, "a")
    test = activate(of, "b", environment="test").installation
    remove(of, test)
    assert counts() == (1, 0)


def test_a_removed_installation_gets_no_lease_any_more():
    of = places.contract(model="floating", max_leases=5)
    made = activate(of)
    remove(of, made.installation)
    taken = take_lease(
        licence_id=made.licence.pk,
        installation_id=made.installation.pk,
        holder=made.installation.ref,
        policy=policy_of(made),
        now=clock.now() + timedelta(seconds=1),
    )
    assert taken is None
    assert counts() == (0, 0)


def test_a_name_is_given_changed_and_taken_away():
    of = places.contract()
    installation = activate(of).installation
    assert rename(of, installation, "  Lager   Süd ").name == "Lager Süd"
    assert rename(of, installation, "Lager Süd").name == "Lager Süd"
    (record,) = recorded("name_installation")
    assert "Lager" not in str(record.after)
    assert PersonalValue.objects.get(record=record, field="installation_name").value == "Lager Süd"
    assert activate(of, name="host-17").installation.name == "Lager Süd"
    assert rename(of, installation, "").name == ""
    with pytest.raises(NameTooLong):
        rename(of, installation, "x" * 121)
    remove(of, installation)
    with pytest.raises(UnknownInstallation):
        rename(of, installation, "gone")


def test_a_name_holds_nothing_that_cannot_be_seen():
    of = places.contract()
    made = activate(of, name="prod\u202e\x07-1\u200b \u2066 a").installation
    assert made.name == "prod-1 a"
    assert rename(of, made, "\u202eLager\nSüd\x00\ufeff").name == "Lager Süd"
    assert rename(of, made, "\u202e\u200b").name == ""
