"""``torhaus check`` finds kept licences that say something else than their contracts, and how to mend them."""

import pytest
from django_scopes import scope, scopes_disabled

from tests.people import booking, contract, customer, vendor
from torhaus.console.findings import _kept_licences
from torhaus.licensing.kept import kept_licence
from torhaus.licensing.kept_check import forget_kept_licences, sampled_licences_across_customers
from torhaus.subscriptions.models import Contract

pytestmark = pytest.mark.django_db


@pytest.fixture
def agreed():
    vendor()
    made = contract(customer())
    booking(made)
    return made


def keep(made):
    with scope(customer=made.customer_id, customer_ref=made.customer.ref):
        return kept_licence(made, made.product)


def test_without_a_vendor_there_is_nothing_to_find():
    assert list(_kept_licences()) == []


def test_a_row_that_is_as_derived(agreed):
    keep(agreed)
    [finding] = _kept_licences()
    assert (finding.level, finding.subject) == ("ok", "licences")
    assert "looked at: 1" in finding.said


def test_a_write_past_the_deeds_is_found_and_mended(agreed):
    keep(agreed)
    with scopes_disabled():
        Contract.objects.update(suspended=True)  # as an SQL shell would: no revision is raised
    [finding] = _kept_licences()
    assert finding.level == "error"
    assert "V-2026-001 (acme)" in finding.said
    assert "torhaus check --derive-licences" in finding.mend
    assert forget_kept_licences() == 1
    assert '"suspended":true' in keep(agreed).grants
    assert [finding.level for finding in _kept_licences()] == ["ok"]


def test_rows_that_will_be_derived_anyway_are_no_fault(agreed):
    keep(agreed)
    with scopes_disabled():
        Contract.objects.update(suspended=True, revision=7)
    assert sampled_licences_across_customers().wrong == []
