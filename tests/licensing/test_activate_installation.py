"""What an activation does: who gets a place, which place it is, and who is refused why."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django_scopes import scopes_disabled

from tests import people
from tests.licensing import places
from tests.licensing.places import activate, counts, deactivate, machine, policy, remove
from torhaus.core import clock
from torhaus.licensing import activate_installation as deeds
from torhaus.licensing.models import Installation, Lease, Licence
from torhaus.records.models import PersonalValue, Record
from torhaus.subscriptions.actions import UnknownContract

pytestmark = pytest.mark.django_db


def records(name="activate_installation") -> list[Record]:
    with scopes_disabled():
        return list(Record.objects.filter(deed=name).order_by("pk"))


def test_a_new_place_is_kept_and_recorded():
    of = places.contract()
    made = activate(of, name="prod-1", version="34.1", environment="production")
    assert made.created
    row = made.installation
    assert (row.name, row.version, row.environment, row.counts) == ("prod-1", "34.1", "production", True)
    assert counts() == (1, 0)
    assert made.licence.installations == 1
    (record,) = records()
    assert record.after["installation"] == row.ref
    assert record.customer_ref == of.customer.ref
    assert "prod-1" not in str(record.after)
    assert PersonalValue.objects.get(record=record, field="installation_name").value == "prod-1"


def test_the_same_machine_keeps_its_place_and_brings_it_up_to_date():
    of = places.contract(max_installations=1)
    first = activate(of, name="prod-1", version="34.1").installation
    with clock.shifted(timedelta(hours=2)):
        again = activate(of, name="other", version="34.2")
    assert not again.created
    assert again.installation.pk == first.pk
    assert again.installation.version == "34.2"
    assert again.installation.name == "prod-1", "what it is called once, it is called until a person says otherwise"
    assert again.installation.last_seen_at - first.last_seen_at > timedelta(hours=1, minutes=59)
    assert len(records()) == 1
    assert counts() == (1, 0)


def test_a_clock_that_went_back_does_not_unsee_an_installation():
    of = places.contract()
    seen = activate(of).installation.last_seen_at
    with clock.shifted(timedelta(hours=-2)):
        assert activate(of).installation.last_seen_at == seen


@pytest.mark.parametrize(
    ("matching", "changed", "same"),
    [
        ("most", {"disk": "new"}, True),
        ("most", {"disk": "new", "board": "new"}, False),
        ("any", {"disk": "new", "board": "new"}, True),
        ("any", {"disk": "new", "board": "new", "machine": "new"}, False),
        ("all", {"disk": "new"}, False),
    ],
)
def test_a_machine_with_changed_parts_is_the_same_as_far_as_was_agreed(matching, changed, same):
    of = places.contract(matching=matching)
    first = activate(of).installation
    second = activate(of, parts=machine("a", **changed))
    assert second.created is not same
    assert (second.installation.pk == first.pk) is same
    assert counts() == (1 if same else 2, 0)
    if same:
        # Its parts were brought up to date: the next change is compared with what it is now.
        again = activate(of, parts=machine("a", **changed))
        assert not again.created
        assert again.installation.parts == second.installation.parts != first.parts


def test_of_two_that_fit_the_better_one_is_taken():
    of = places.contract(matching="any")
    one = activate(of, parts={"a": "1", "b": "1", "c": "1"}).installation
    activate(of, parts={"a": "2", "b": "2", "c": "2"})
    found = activate(of, parts={"a": "1", "b": "1", "c": "2"})
    assert found.installation.pk == one.pk


def test_machines_of_other_contracts_are_others():
    first, second = places.contract("V-1001"), places.contract("V-1002")
    one, two = activate(first), activate(second)
    assert one.created
    assert two.created
    assert one.installation.licence_id != two.installation.licence_id


def test_the_last_place_goes_once_and_is_free_again_afterwards():
    of = places.contract(max_installations=2)
    first = activate(of, "a").installation
    activate(of, "b")
    with pytest.raises(deeds.TooManyInstallations) as refused:
        activate(of, "c")
    assert (refused.value.used, refused.value.limit, refused.value.code) == (2, 2, "too_many_installations")
    assert counts() == (2, 0)
    assert not activate(of, "b").created, "who has a place keeps it"
    deactivate(of, first)
    assert activate(of, "c").created
    assert counts() == (2, 0)


@pytest.mark.parametrize(("overage", "room"), [("refuse", 4), ("percent", 5), ("report", 9)])
def test_beyond_the_limit_the_policy_decides(overage, room):
    of = places.contract(max_installations=4, overage=overage, overage_percent=25)
    for number in range(room):
        assert activate(of, f"m{number}").created
    if overage != "report":
        with pytest.raises(deeds.TooManyInstallations):
            activate(of, "one more")
    assert counts() == (room, 0)


def test_the_database_itself_refuses_one_too_many():
    of = places.contract(max_installations=1)
    activate(of)
    with scopes_disabled(), pytest.raises(IntegrityError, match="licence_installations_within"), transaction.atomic():
        Licence.objects.update(installations=2)


def test_less_agreed_later_takes_nobodys_place():
    of = places.contract(max_installations=3)
    rows = [activate(of, name).installation for name in "abc"]
    policy(of, max_installations=1)
    assert not activate(of, "c").created
    with pytest.raises(deeds.TooManyInstallations) as refused:
        activate(of, "d")
    assert (refused.value.used, refused.value.limit) == (3, 1)
    for row in rows[:2]:
        deactivate(of, row)
    with pytest.raises(deeds.TooManyInstallations):
        activate(of, "d")
    deactivate(of, rows[2])
    assert activate(of, "d").created


def test_test_installations_do_not_count_as_far_as_was_agreed():
    of = places.contract(max_installations=1, test_installations=2)
    tests = [activate(of, f"t{n}", environment=env).installation for n, env in enumerate(("test", "development"))]
    assert [row.counts for row in tests] == [False, False]
    assert activate(of, "t2", environment="test").installation.counts, "the third takes a place that counts"
    with pytest.raises(deeds.TooManyInstallations):
        activate(of, "t3", environment="test")
    assert counts() == (1, 0)
    remove(of, tests[0])
    assert not activate(of, "t3", environment="test").installation.counts
    assert counts() == (1, 0)


def test_staging_counts():
    of = places.contract(test_installations=2)
    assert activate(of, environment="staging").installation.counts


def test_fewer_test_installations_later_do_not_make_the_others_count():
    of = places.contract(max_installations=1, test_installations=2)
    rows = [activate(of, f"t{n}", environment="test").installation for n in range(2)]
    policy(of, max_installations=1, test_installations=1)
    assert not activate(of, "t0", environment="test").installation.counts
    remove(of, rows[0])
    assert activate(of, "t2", environment="test").installation.counts, "one runs beside it, and one is all there may be"


def test_a_test_installation_that_goes_productive_takes_a_place():
    of = places.contract(max_installations=1, test_installations=1)
    activate(of, "a", environment="production")
    activate(of, "b", environment="test")
    with pytest.raises(deeds.TooManyInstallations):
        activate(of, "b", environment="production")
    with scopes_disabled():
        assert Installation.objects.get(environment="test").counts is False
    policy(of, max_installations=2, test_installations=1)
    moved = activate(of, "b", environment="production")
    assert (moved.created, moved.installation.counts) == (False, True)
    assert counts() == (2, 0)
    record = records()[-1]
    assert (record.before["environment"], record.after["environment"]) == ("test", "production")


def test_a_productive_one_that_becomes_a_test_frees_its_place_and_its_lease():
    of = places.contract(model="floating", max_leases=1, test_installations=1)
    assert activate(of, "a", environment="production").lease_until
    assert counts() == (1, 1)
    moved = activate(of, "a", environment="test")
    assert (moved.installation.counts, moved.lease_until) == (False, None)
    assert counts() == (0, 0)


def test_a_floating_licence_gives_a_lease_with_the_activation_while_one_is_free():
    of = places.contract(model="floating", max_leases=1, lease_seconds=600)
    with clock.at(people.NOON):
        first, second = activate(of, "a"), activate(of, "b")
    assert first.lease_until == people.NOON + timedelta(seconds=600)
    assert second.created
    assert second.lease_until is None
    assert counts() == (2, 1)
    assert first.licence.leases == 1


def test_removed_by_whom_and_activated_again_as_a_new_row():
    of = places.contract()
    first = activate(of).installation
    removed = remove(of, first)
    assert removed.removed_by == "customer"
    second = activate(of)
    assert second.created
    assert second.installation.ref != first.ref
    with scopes_disabled():
        assert Installation.objects.count() == 2


def suspended(of):
    of.suspended = True


def not_started(of):
    of.starts_on, of.ends_on = date(2027, 4, 1), date(2028, 3, 31)


def ended(of):
    of.starts_on, of.ends_on, of.auto_renews = date(2025, 4, 1), date(2026, 3, 31), False


@pytest.mark.parametrize(
    ("change", "refusal", "code"),
    [
        (suspended, deeds.LicenceSuspended, "licence_suspended"),
        (not_started, deeds.LicenceNotStarted, "licence_not_started"),
        (ended, deeds.LicenceEnded, "licence_ended"),
    ],
)
def test_who_has_no_licence_gets_no_place(change, refusal, code):
    of = places.contract()
    with scopes_disabled():
        change(of)
        of.revision += 1
        of.save()
    with clock.at(people.NOON), pytest.raises(refusal) as refused:
        activate(of)
    assert refused.value.code == code
    with scopes_disabled():
        assert not Installation.objects.exists()
    assert not records()


def test_within_the_grace_one_still_gets_a_place():
    of = places.contract()
    with scopes_disabled():
        of.ends_on, of.auto_renews, of.grace_days = date(2026, 11, 20), False, 5
        of.save()
    with clock.at(people.NOON):
        assert activate(of).created
    with clock.at(people.NOON + timedelta(days=5)), pytest.raises(deeds.LicenceEnded):
        activate(of, "b")


def test_an_old_version_goes_on_where_that_was_agreed():
    of = places.contract(fallback=True)
    with scopes_disabled():
        of.ends_on, of.auto_renews, of.grace_days = date(2026, 6, 30), False, 5
        of.save()
    released = int(people.NOON.timestamp()) - 300 * 86400
    with clock.at(people.NOON):
        assert activate(of, build=deeds.Build(released)).created
        with pytest.raises(deeds.LicenceEnded):
            activate(of, "b", build=deeds.Build(released + 299 * 86400))


def test_nothing_booked():
    people.vendor()
    of = people.contract(people.customer())
    with pytest.raises(deeds.NothingBooked):
        activate(of)


@pytest.mark.parametrize("key", ["other", "nowhere"])
def test_a_product_that_is_not_licensed(key):
    of = places.contract()
    people.product("other", name={"": "Other"})
    with pytest.raises(deeds.ProductNotLicensed):
        activate(of, product_key=key)
    with scopes_disabled():
        assert not Installation.objects.exists()


def test_environments_and_versions_as_agreed():
    of = places.contract(environments=["production"], minimum_version="33", maximum_version="35")
    with pytest.raises(deeds.EnvironmentNotAllowed) as refused:
        activate(of, environment="staging", version="34")
    assert refused.value.subjects == ("staging",)
    with pytest.raises(deeds.EnvironmentNotAllowed):
        activate(of, version="34")
    for version in ("32.9", "36", ""):
        with pytest.raises(deeds.VersionNotAllowed):
            activate(of, environment="production", version=version)
    assert activate(of, environment="production", version="34.1").created


def test_a_fingerprint_without_parts():
    with pytest.raises(deeds.FingerprintMissing):
        deeds.activate_installation(contract_ref=places.contract().ref, parts={}, by=people.SYSTEM)


def test_a_contract_nobody_has():
    with pytest.raises(UnknownContract):
        deeds.activate_installation(contract_ref="nowhere", parts={"id": "0" * 32}, by=people.SYSTEM)


def test_long_words_are_cut_and_strange_ones_kept():
    of = places.contract()
    made = activate(of, name="<script>é" + "x" * 500, version="1" * 90)
    assert len(made.installation.name) == 120
    assert made.installation.name.startswith("<script>é")
    assert len(made.installation.version) == 40


def test_a_refusal_leaves_nothing_behind():
    of = places.contract(max_installations=0)
    with pytest.raises(deeds.TooManyInstallations):
        activate(of)
    with scopes_disabled():
        assert not Installation.objects.exists()
        assert not Lease.objects.exists()
        assert not Licence.objects.filter(installations__gt=0).exists()
    assert not records()
