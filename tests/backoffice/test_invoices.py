"""Staff match invoices that came without a known customer."""

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.backoffice.conftest import records
from torhaus.billing.models import Invoice


@pytest.fixture
def invoice(world):
    with scopes_disabled():
        return Invoice.objects.create(
            number="R-1",
            issued_on=people.NOON.date(),
            currency="EUR",
            gross_cents=197064,
            customer_hint="Südwind",
            origin="V-2026-001",
        )


def test_likely_customers_are_suggested(invoice, sign_in):
    body = sign_in("billing").get(f"/staff/invoices/{invoice.ref}/").content.decode()
    likely = body.split('id="suggested"')[1].split('id="search"')[0]
    assert likely.index("Nordwind") < likely.index("Südwind"), "the contract it names counts more than a name"


def test_a_match_shows_in_the_portal_and_is_recorded(invoice, world, sign_in):
    client = sign_in("billing")
    assert "R-1" in client.get("/staff/invoices/").content.decode()
    answer = client.post(f"/staff/invoices/{invoice.ref}/", {"customer": world.customer.ref})
    assert answer.status_code == 302
    body = client.get("/staff/invoices/").content.decode()
    assert "Every invoice has its customer" in body
    client.post(f"/staff/contracts/{world.contract.ref}/view/")
    assert "R-1" in client.get("/invoices/").content.decode()
    [record] = records("match_invoice")
    assert (record.customer_ref, record.subject_ref) == (world.customer.ref, invoice.ref)


def test_matching_again_changes_nothing(invoice, world, sign_in):
    client, url = sign_in("billing"), f"/staff/invoices/{invoice.ref}/"
    client.post(url, {"customer": world.customer.ref})
    again = client.post(url, {"customer": world.other.ref}, follow=True)
    assert "already had a customer" in again.content.decode()
    with scopes_disabled():
        assert Invoice.objects.get().customer_id == world.customer.pk
    assert len(records("match_invoice")) == 1
    assert "there is nothing left to match" in client.get(url).content.decode()


@pytest.mark.parametrize("ref", ["", "nope", "x" * 10001, "a\x00b", "<script>alert(1)</script>"])
def test_an_unknown_customer_is_refused(invoice, sign_in, ref):
    answer = sign_in("billing").post(f"/staff/invoices/{invoice.ref}/", {"customer": ref})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    with scopes_disabled():
        assert Invoice.objects.get().customer_id is None


def test_the_list_is_searched(invoice, sign_in):
    client = sign_in("billing")
    for query in ("r-1", "R-1", "süd", "Südw", "V-2026"):
        assert "R-1</th>" in client.get("/staff/invoices/", {"q": query}).content.decode(), query
    assert "Nothing begins with" in client.get("/staff/invoices/?q=zzz").content.decode()


def test_sales_match_nothing(invoice, world, sign_in):
    answer = sign_in("sales").post(f"/staff/invoices/{invoice.ref}/", {"customer": world.customer.ref})
    assert answer.status_code == 403
    assert records("match_invoice") == []
