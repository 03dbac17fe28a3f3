"""Every staff page answers, for each role as the matrix says, and in both languages."""

import re

import pytest
from django_scopes import scopes_disabled

from tests import people
from torhaus.billing.models import Invoice
from torhaus.core import clock
from torhaus.frame.rights import STAFF_ROLES
from torhaus.licensing.models import LicenceToken
from torhaus.notices.models import Mail
from torhaus.work.models import Attempt

JOB = "7c7cc0f5-6f7b-4a3c-9a3f-0c6a5f2a8f11"
MAIL = {
    "template": "token_issued",
    "language": "en",
    "recipient": "a@b.example",
    "subject": "A new token",
    "text": "Hello <b>",
    "html": "<p>Hello</p><script>1</script>",
    "written_at": people.NOON,
}


@pytest.fixture
def addresses(world):
    """Every page with the right it needs."""
    token = people.token(world.contract)
    with scopes_disabled():
        public_id = LicenceToken.objects.get().public_id
        mail = Mail.objects.create(**MAIL)
        invoice = Invoice.objects.create(
            number="R-1", issued_on=people.NOON.date(), currency="EUR", gross_cents=1000, customer_hint="Südwind"
        )
    Attempt.objects.create(task_id=JOB, name="send_mail", attempts=5, dead_at=clock.now(), last_error="refused")
    assert token.startswith("acme_")
    contract, customer = world.contract.ref, world.customer.ref
    return {
        "/staff/": "",
        "/staff/customers/": "see_customers",
        "/staff/customers/?q=nord": "see_customers",
        "/staff/customers/?q=nothing": "see_customers",
        "/staff/customers/new/": "create_customer",
        f"/staff/customers/{customer}/": "see_customers",
        f"/staff/customers/{customer}/contracts/new/": "create_customer",
        f"/staff/contracts/{contract}/": "see_customers",
        f"/staff/contracts/{contract}/bookings/new/": "add_booking",
        f"/staff/contracts/{contract}/tokens/new/": "issue_token",
        f"/staff/tokens/{public_id}/revoke/": "revoke_token",
        "/staff/invoices/": "match_invoices",
        f"/staff/invoices/{invoice.ref}/": "match_invoices",
        f"/staff/invoices/{invoice.ref}/?q=nord": "match_invoices",
        "/staff/mails/": "see_mails",
        f"/staff/mails/{mail.ref}/": "see_mails",
        f"/staff/mails/{mail.ref}/html/": "see_mails",
        "/staff/jobs/": "see_work",
        f"/staff/jobs/{JOB}/discard/": "see_work",
        "/staff/admin/": "use_admin",
    }


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_R20_a_role_enters_what_the_matrix_says(role, addresses, sign_in):
    client = sign_in(role)
    for address, right in addresses.items():
        expected = 200 if not right or right in STAFF_ROLES[role] else 403
        answer = client.get(address)
        assert answer.status_code == expected, (role, address)
        if expected == 403:
            assert "administrator" in answer.content.decode().lower(), "the page says whom to ask"


def test_nobody_enters_without_signing_in(addresses, client):
    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/staff/sign-in/?next=")


def test_a_role_does_not_see_entries_it_may_not_enter(addresses, sign_in):
    body = sign_in("billing").get("/staff/").content.decode()
    assert 'href="/staff/invoices/"' in body
    for foreign in ("/staff/mails/", "/staff/jobs/", "/staff/admin/", "/staff/customers/new/"):
        assert f'href="{foreign}' not in body


def test_a_work_list_without_work_says_so(world, sign_in):
    body = sign_in().get("/staff/").content.decode()
    for text in ("Every invoice has its customer", "No mail failed", "No background job failed"):
        assert f"<b>{text}</b>" in body
    assert not re.search(r"<b>0 ", body)


def test_pages_of_a_contract_stand_below_customers(addresses, sign_in):
    client = sign_in()
    for address in (address for address in addresses if "/contracts/" in address or "/tokens/" in address):
        body = client.get(address).content.decode()
        assert re.search(r'href="/staff/customers/"[^>]* aria-current="true"', body), address


def test_R41_no_page_is_kept_by_a_browser(addresses, sign_in):
    client = sign_in()
    for address in addresses:
        assert "no-store" in client.get(address)["Cache-Control"], address


def test_pages_are_german_too(addresses, sign_in):
    client = sign_in(**{"accept-language": "de"})
    assert "Kunden" in client.get("/staff/customers/").content.decode()
    for address in addresses:
        body = client.get(address, headers={"accept-language": "de"}).content.decode()
        if "/admin/" not in address and "/html/" not in address:
            assert '<html lang="de"' in body
            assert not re.search(r"Issue a token|Create a customer|Search<", body), address


def test_an_unknown_reference_is_not_found(world, sign_in):
    client = sign_in()
    for address in ("customers/nope/", "contracts/nope/", "tokens/nope/revoke/", "invoices/nope/", "mails/nope/"):
        assert client.get("/staff/" + address).status_code == 404, address


def test_R27_deeds_are_refused_to_get_and_without_csrf(addresses, world, sign_in):
    from django.test import Client

    client = sign_in()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    for address in (
        "/staff/sign-out/",
        f"/staff/contracts/{world.contract.ref}/view/",
        "/staff/view/end/",
        f"/staff/jobs/{JOB}/retry/",
    ):
        assert client.get(address).status_code == 405
        assert strict.post(address).status_code == 403


def test_a_mail_is_shown_as_text_and_its_html_apart_in_a_sandbox(addresses, sign_in):
    client = sign_in()
    page = next(a for a in addresses if re.fullmatch(r"/staff/mails/\w+/", a))
    assert "Hello &lt;b&gt;" in client.get(page).content.decode()
    html = client.get(page + "html/")
    policy = html["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_the_customer_page_needs_few_queries(world, sign_in, django_assert_max_num_queries):
    client = sign_in()
    for number in range(8):
        people.token(people.contract(world.customer, number=f"V-{number}"))
    with django_assert_max_num_queries(12):
        client.get(f"/staff/customers/{world.customer.ref}/")
    client.get(f"/staff/contracts/{world.contract.ref}/")  # the licence is derived at its first use, once
    with django_assert_max_num_queries(12):
        client.get(f"/staff/contracts/{world.contract.ref}/")
    with django_assert_max_num_queries(12):
        client.get("/staff/customers/?q=nord")
    with django_assert_max_num_queries(12):
        client.get("/staff/")
