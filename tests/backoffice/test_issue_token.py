"""Staff issue a token: shown once, the old one ends when that was chosen (B5), and one form issues one token."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people, servers
from tests.backoffice.conftest import records
from tests.licensing.crowds import ENGINES
from torhaus.core import clock
from torhaus.licensing.models import LicenceToken
from torhaus.notices.models import Mail
from torhaus.organisations.models import Contact
from torhaus_sdk.tokens import parse_token


def form(client, contract):
    """The hidden values and choices of the page."""
    page = client.get(f"/staff/contracts/{contract.ref}/tokens/new/").content.decode()
    return {"newest_seen": re.search(r'name="newest_seen"(?: value="(\w*)")?', page)[1] or "", "overlap": "0"}


def issue(client, contract, **changes):
    data = form(client, contract) | changes
    return client.post(f"/staff/contracts/{contract.ref}/tokens/new/", data)


def token_in(answer):
    return re.search(r'id="token">([^<]+)<', answer.content.decode())[1]


def opens(text):
    return Client().post("/login/", {"token": text}).status_code == 302


def test_B5_a_new_token_ends_the_old_one_at_once(world, sign_in):
    old = people.token(world.contract)
    holder = Client()
    holder.post("/login/", {"token": old})
    assert holder.get("/dashboard/").status_code == 200
    answer = issue(sign_in("support"), world.contract)
    assert answer.status_code == 200
    new = token_in(answer)
    assert not opens(old)
    assert holder.get("/dashboard/").status_code == 302, "who was signed in with it is out at the next request"
    assert opens(new)
    [_, record] = records("issue_token")
    assert record.actor_kind == "staff"
    assert record.customer_ref == world.customer.ref
    assert record.after["token"] == parse_token(new).public_id
    assert record.after["ended"] == 1


def test_B5_an_overlap_keeps_the_old_one_until_then(world, sign_in):
    old = people.token(world.contract)
    new = token_in(issue(sign_in(), world.contract, overlap="24h"))
    with clock.shifted(timedelta(hours=23, minutes=59)):
        assert opens(old)
        assert opens(new)
    with clock.shifted(timedelta(hours=24, minutes=1)):
        assert not opens(old)
        assert opens(new)


def test_the_token_is_masked_copyable_and_kept_nowhere(world, sign_in):
    client = sign_in()
    answer = issue(client, world.contract)
    body, text = answer.content.decode(), token_in(answer)
    assert "no-store" in answer["Cache-Control"]
    assert body.count(text) == 1
    assert body.index("<details") < body.index(text), "it is behind the eye"
    assert 'data-copy="token"' in body
    secret = parse_token(text).secret
    with scopes_disabled():
        stored = str(list(LicenceToken.objects.values())) + str([r.after for r in records()])
    assert secret not in stored
    assert secret not in str(dict(client.session))


def test_a_contact_nobody_can_write_to_keeps_no_token_back(world, sign_in):
    with scopes_disabled():
        Contact.objects.create(customer=world.customer, role="main", name="Ada", mail="ada@intranet")
        Contact.objects.create(customer=world.customer, role="technical", name="Bo", mail="bo@acme.example")
    answer = issue(sign_in("support"), world.contract)
    assert answer.status_code == 200
    assert opens(token_in(answer))
    with scopes_disabled():
        assert list(Mail.objects.values_list("recipient", flat=True)) == ["bo@acme.example"]


def test_a_contact_whose_name_cannot_stand_in_a_header_is_written_to_without_it(world, sign_in):
    with scopes_disabled():
        Contact.objects.create(customer=world.customer, role="main", name="Ada\u2028Lovelace", mail="ada@acme.example")
    answer = issue(sign_in("support"), world.contract)
    assert answer.status_code == 200
    assert opens(token_in(answer))
    with scopes_disabled():
        assert list(Mail.objects.values_list("recipient", "recipient_name")) == [("ada@acme.example", "")]


def test_the_same_form_twice_issues_one_token_and_explains(world, sign_in):
    client = sign_in()
    data = form(client, world.contract)
    first = client.post(f"/staff/contracts/{world.contract.ref}/tokens/new/", data)
    again = client.post(f"/staff/contracts/{world.contract.ref}/tokens/new/", data)
    assert again.status_code == 409
    body = again.content.decode()
    assert "Nothing was issued now" in body
    assert parse_token(token_in(first)).public_id in body
    assert token_in(first) not in body
    assert len(records("issue_token")) == 1
    assert opens(token_in(first))
    assert token_in(issue(client, world.contract)), "a fresh form issues another"


@pytest.mark.parametrize("overlap", ["", "1y", "-1", "0\x00", "7d, 0"])
def test_nonsense_issues_nothing(world, sign_in, overlap):
    old = people.token(world.contract)
    assert issue(sign_in(), world.contract, overlap=overlap).status_code == 422
    assert opens(old)
    assert len(records("issue_token")) == 1


def test_R21_extra_fields_change_nothing(world, sign_in):
    extra = {"prefix": "evil", "contract_ref": "x", "by": "system", "expires_at": "2099-01-01", "public_id": "x"}
    text = token_in(issue(sign_in(), world.contract, **extra))
    assert text.startswith("acme_")
    with scopes_disabled():
        row = LicenceToken.objects.get()
    assert (row.contract_id, row.expires_at) == (world.contract.pk, None)


@pytest.mark.parametrize("role", ["billing", "release_manager"])
def test_a_role_without_the_right_issues_nothing(world, sign_in, role):
    client = sign_in(role)
    data = {"overlap": "0", "newest_seen": ""}
    assert client.post(f"/staff/contracts/{world.contract.ref}/tokens/new/", data).status_code == 403
    assert records("issue_token") == []


def test_revoking_ends_the_session_at_the_next_request(world, sign_in):
    text = people.token(world.contract)
    holder = Client()
    holder.post("/login/", {"token": text})
    client = sign_in("support")
    url = f"/staff/tokens/{parse_token(text).public_id}/revoke/"
    assert "No other token" in client.get(url).content.decode()
    assert holder.get("/dashboard/").status_code == 200
    assert client.post(url).status_code == 302
    assert holder.get("/dashboard/").status_code == 302
    assert not opens(text)
    client.post(url)
    assert len(records("revoke_token")) == 1


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.parametrize("database", ENGINES)
def test_B5_two_issues_at_once_leave_one_token_alive(database):
    """Separate processes on committed data: the contract's lock lets one pass after the other."""
    with servers.installation(database=database) as here:
        ref = here.python(
            """
            people.vendor()
            contract = people.contract(people.customer())
            people.token(contract)
            print(contract.ref)
            """
        ).split()[-1]
        code = f"""
            import threading
            from django.db import connection
            from torhaus.journeys.issue_token import issue_token
            def run():
                issue_token(contract_ref={ref!r}, prefix="acme", by=people.SYSTEM)
                connection.close()
            threads = [threading.Thread(target=run) for _ in range(5)]
            [t.start() for t in threads]; [t.join() for t in threads]
            """
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(here.python, [code, code]))
        counted = here.python(
            """
            from torhaus.licensing.models import LicenceToken
            from torhaus.licensing.search import token_state
            from torhaus.core import clock
            with scopes_disabled():
                states = [str(token_state(t, clock.now())) for t in LicenceToken.objects.all()]
            print(len(states), states.count("live"), states.count("ended"))
            """
        ).split()
        assert counted[-3:] == ["11", "1", "10"]
