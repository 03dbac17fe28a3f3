"""Staff find and create customers, and see a portal with a customer's eyes."""

from datetime import date

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.backoffice.conftest import records
from torhaus.billing.models import BillingAccount
from torhaus.organisations.models import Address, Contact, Customer
from torhaus.subscriptions.models import Contract

NEW = {
    "number": "30001",
    "name": "Öresund & Söhne <AG>",
    "language": "de",
    "vat_id": "DE123456789",
    "street": "Hafenstraße 3",
    "extra": "",
    "postal_code": "18055",
    "city": "Rostock",
    "country": "DE",
    "contact_name": "Ada Ö’Neil",
    "contact_mail": "ada@oeresund.example",
    "contact_phone": "",
    "payment_method": "direct_debit",
    "invoice_format": "portal",
    "billing_mail": "",
}
CONTRACT = {
    "with_contract": "on",
    "contract-number": "V-9",
    "contract-product": "acme",
    "contract-kind": "subscription",
    "contract-starts_on": "2026-01-31",
    "contract-term_months": "1",
    "contract-ends_on": "",
    "contract-auto_renews": "on",
    "contract-notice_days": "",
}


def found(client, query):
    return client.get("/staff/customers/", {"q": query}).content.decode()


def test_a_customer_is_found_by_each_way(world, sign_in):
    with scopes_disabled():
        Contact.objects.create(customer=world.customer, name="Mara", mail="Mara.L@Nordwind.example")
    client = sign_in("support")
    for query in ("nordw", "NORDWIND LOG", "1048", "10482", "V-2026", "v-2026-001", "mara.l@", " nordw "):
        body = found(client, query)
        assert "Nordwind Logistik" in body, query
        assert "Südwind" not in body, query
    assert "Südwind" in found(client, "süd")
    assert "Südwind" not in found(client, "wind")
    assert "Südwind" in client.get("/staff/customers/?q=wind&anywhere=on").content.decode()


@pytest.mark.parametrize("query", ["%", "_", "\\", "'", '"><script>', "\x00", "x" * 10001, "é", "\U0010ffff", "😀"])
def test_nothing_one_types_breaks_the_search(world, sign_in, query):
    answer = sign_in("support").get("/staff/customers/", {"q": query})
    assert answer.status_code == 200
    assert "Nordwind" not in answer.content.decode()
    assert "<script>" not in answer.content.decode()


@pytest.mark.parametrize("query", ["Ärzte", "ärzte", "ÄRZTE", "ärztehaus ö"])
@pytest.mark.parametrize("anywhere", ["", "&anywhere=on"])
def test_letters_outside_ascii_are_found_in_any_case(world, sign_in, query, anywhere):
    people.customer(number="30001", name="Ärztehaus Öst GmbH")
    page = sign_in("sales").get(f"/staff/customers/?q={query}{anywhere}").content.decode()
    assert "Ärztehaus Öst GmbH" in page
    assert "Nordwind" not in page


def test_the_list_is_sorted_and_paged_by_links(world, sign_in, django_assert_max_num_queries):
    with scopes_disabled():
        Customer.objects.bulk_create(Customer(number=f"9{n:04}", name=f"Nord {n:04}", language="en") for n in range(60))
    client = sign_in("support")
    body = client.get("/staff/customers/?q=nord&sort=-number&page=2").content.decode()
    assert 'aria-sort="descending"' in body
    assert "Nord 0034" in body
    assert "26 to 50 of 61" in body
    with django_assert_max_num_queries(12):
        client.get("/staff/customers/?page=3")
    assert client.get("/staff/customers/?page=nonsense&sort=secret_hash").status_code == 200


@pytest.mark.django_db
def test_the_search_uses_the_indexes(world):
    from django.db import connection

    from torhaus.organisations import search

    with scopes_disabled():
        plans = [
            Customer.objects.filter(search.number_begins_with("104")).explain(),
            search._folded(Customer.objects.all(), "name", "nord").explain(),
            search._folded(Contact.objects.all(), "mail", "mara").explain(),
            Contract.objects.filter(search.number_begins_with("v-2")).explain(),
        ]
    if connection.vendor == "sqlite":
        for plan in plans:
            assert "SCAN" not in plan, plan


def test_a_customer_is_created_whole_with_its_first_contract(world, sign_in):
    client = sign_in("sales")
    answer = client.post("/staff/customers/new/", NEW | CONTRACT)
    assert answer.status_code == 302, answer.content.decode()
    body = client.get(answer["Location"]).content.decode()
    assert "Öresund &amp; Söhne &lt;AG&gt;" in body
    with scopes_disabled():
        customer = Customer.objects.get(number="30001")
        address, contact = Address.objects.get(customer=customer), Contact.objects.get(customer=customer)
        billing, contract = BillingAccount.objects.get(customer=customer), Contract.objects.get(customer=customer)
    assert (address.recipient, address.city, address.country) == (NEW["name"], "Rostock", "DE")
    assert (contact.role, contact.mail) == ("main", "ada@oeresund.example")
    assert (billing.payment_method, billing.mail) == ("direct_debit", "ada@oeresund.example")
    assert (contract.ends_on, contract.auto_renews) == (date(2026, 2, 27), True)
    [record] = records("create_customer")
    assert record.customer_ref == customer.ref
    assert "ada@oeresund.example" not in str(record.after), "a person's mail address stays out of the chain"


def test_sending_the_form_twice_creates_one_customer(world, sign_in):
    client = sign_in("sales")
    assert client.post("/staff/customers/new/", NEW).status_code == 302
    again = client.post("/staff/customers/new/", NEW)
    assert again.status_code == 422
    body = again.content.decode()
    assert "Another customer has this number" in body
    assert 'href="#id_number"' in body
    assert "ada@oeresund.example" in body, "what was entered is kept"
    assert len(records("create_customer")) == 1


def test_a_taken_contract_number_leaves_no_customer_behind(world, sign_in):
    answer = sign_in("sales").post("/staff/customers/new/", NEW | CONTRACT | {"contract-number": "V-2026-001"})
    assert answer.status_code == 422
    with scopes_disabled():
        assert not Customer.objects.filter(number="30001").exists()
    assert records("create_customer") == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", ""),
        ("name", "x" * 10001),
        ("name", "a\x00b"),
        ("contact_name", "Ada\u2028Lovelace"),
        ("contact_name", "Ada\nBcc: all@example.com"),
        ("contract-number", "V-\u202e1"),
        ("contact_mail", "<script>alert(1)</script>"),
        ("contact_mail", "nobody"),
        ("country", "XX"),
        ("language", "tlh"),
        ("payment_method", "gold"),
        ("contract-term_months", "1.5"),
        ("contract-term_months", "0"),
        ("contract-starts_on", "2026-02-30"),
        ("contract-starts_on", "0026-02-03"),
        ("contract-ends_on", "2025-01-01"),
        ("contract-kind", "evaluation"),
        ("contract-product", "other"),
        ("contract-number", ""),
        ("contract-notice_days", "-1"),
    ],
)
def test_nonsense_is_refused_with_a_sentence_at_its_field(world, sign_in, field, value):
    answer = sign_in("sales").post("/staff/customers/new/", NEW | CONTRACT | {field: value})
    assert answer.status_code == 422
    body = answer.content.decode()
    assert 'role="alert"' in body
    assert 'aria-invalid="true"' in body
    assert "<script>alert" not in body
    with scopes_disabled():
        assert Customer.objects.count() == 2


def test_errors_are_german_too(world, sign_in):
    answer = sign_in("sales").post("/staff/customers/new/", {}, headers={"accept-language": "de"})
    assert "Füllen Sie dieses Feld aus." in answer.content.decode()


def test_R21_extra_fields_change_nothing(world, sign_in):
    sign_in("sales").post("/staff/customers/new/", NEW | {"ref": "x", "id": "1", "pk": "1", "created_at": "2000-01-01"})
    with scopes_disabled():
        customer = Customer.objects.get(number="30001")
    assert customer.ref != "x"
    assert customer.created_at.year > 2000


def test_staff_see_the_portal_as_the_customer_does_and_cannot_write(world, sign_in):
    client = sign_in("support")
    answer = client.post(f"/staff/contracts/{world.contract.ref}/view/")
    assert (answer.status_code, answer["Location"]) == (302, "/dashboard/")
    body = client.get("/dashboard/").content.decode()
    assert "Nordwind Logistik GmbH" in body
    assert "Preview" in body
    assert client.post("/contracts/add/", {"token": "x"}).status_code == 403
    [record] = records("view_as_customer")
    assert (record.customer_ref, record.actor_ref) == (world.customer.ref, client.user.ref)
    second = people.contract(world.other, number="V-77")
    client.post(f"/staff/contracts/{second.ref}/view/")
    assert "Südwind" in client.get("/dashboard/").content.decode(), "another contract is looked at instead"
    assert client.post("/staff/view/end/")["Location"] == f"/staff/contracts/{second.ref}/"
    assert client.get("/dashboard/").status_code == 302


def test_who_may_not_look_on_cannot_even_with_an_old_preview(world, sign_in):
    client = sign_in("support")
    client.post(f"/staff/contracts/{world.contract.ref}/view/")
    client.user.staff_role = "release_manager"
    client.user.save()
    assert client.get("/dashboard/").status_code == 302
    assert client.post(f"/staff/contracts/{world.contract.ref}/view/").status_code == 403
