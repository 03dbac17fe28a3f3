"""Installations as pages list them: state, lease, calls, in few queries however many there are."""

from datetime import timedelta

import pytest
from django.core.paginator import Paginator
from django_scopes import scope, scopes_disabled

from tests import people
from tests.licensing import places
from torhaus.core import clock
from torhaus.licensing.installations import installation_of_contract, installations_of_contract
from torhaus.licensing.models import InstallationDay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


def inside(of):
    return scope(customer=of.customer_id, customer_ref=of.customer.ref)


def asked(row, **days: int) -> None:
    """Note how often an installation asked so many days ago (``d3=10``: ten times, three days ago)."""
    for ago, calls in days.items():
        at = clock.now() - timedelta(days=int(ago[1:]))
        with scopes_disabled():
            InstallationDay.objects.create(installation=row, on=at.date(), calls=calls, first_at=at, last_at=at)


def test_what_runs_stands_first_with_its_lease_and_its_calls():
    of = places.contract(model="floating", max_leases=1)
    with clock.at(people.NOON - timedelta(hours=2)):
        gone = places.activate(of, "gone").installation
        places.remove(of, gone)
        ended = places.activate(of, "ended").installation
    first = places.activate(of, "first").installation
    asked(first, d0=5, d29=7, d30=100)
    with inside(of):
        rows = list(installations_of_contract(of.pk))
        assert [row.ref for row in rows] == [first.ref, ended.ref, gone.ref]
        assert [row.calls for row in rows] == [12, 0, 0]
        assert [row.lease_until for row in rows] == [people.NOON + timedelta(minutes=10), None, None]
        assert rows[0].licence.product.key == "acme"
        assert [row.ref for row in installations_of_contract(of.pk, removed=True)] == [gone.ref]
        assert gone.ref not in {row.ref for row in installations_of_contract(of.pk, removed=False)}
        assert installation_of_contract(of.pk, gone.ref).removed_by == "customer"


def test_a_page_of_many_costs_two_queries(django_assert_num_queries):
    of = places.contract()
    for number in range(30):
        asked(places.activate(of, f"m{number}").installation, d1=number + 1)
    with inside(of), django_assert_num_queries(2):
        page = Paginator(installations_of_contract(of.pk), 10).get_page(2)
        assert len([(row.licence.product.key, row.calls, row.lease_until) for row in page]) == 10


def test_another_contract_sees_none_of_them():
    mine, theirs = places.contract("V-1001"), places.contract("V-1002")
    ref = places.activate(theirs).installation.ref
    with inside(mine):
        assert installation_of_contract(mine.pk, ref) is None
        assert installation_of_contract(theirs.pk, ref) is None
        assert not installations_of_contract(theirs.pk)
