"""A contract's licence on its staff page: its state, its places, its installations, and its suspension."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django_scopes import scope, scopes_disabled

from tests import people
from tests.backoffice.conftest import records
from tests.backoffice.test_policies import words
from torhaus.core import clock
from torhaus.licensing.kept import kept_licence
from torhaus.licensing.models import Installation
from torhaus.vendor.actions import create_signing_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _noon():
    with clock.at(people.NOON):
        yield


@pytest.fixture
def bearer(world):
    """What a product of the contract's token sends along."""
    create_signing_key(by=people.SYSTEM)
    return lambda contract: {"authorization": f"Bearer {people.token(contract)}"}


def page_of(contract):
    return f"/staff/contracts/{contract.ref}/"


@pytest.fixture
def installation(world):
    with scope(customer=world.customer.pk, customer_ref=world.customer.ref):
        licence = kept_licence(world.contract, world.contract.product)
        licence.installations = 1
        licence.save()
        return Installation.objects.create(
            licence=licence,
            digest="d" * 64,
            name="<b>db-1</b>",
            version="34.1",
            environment="production",
            activated_at=clock.now(),
            last_seen_at=clock.now(),
        )


def test_the_page_says_how_the_licence_stands(world, sign_in):
    client = sign_in("support")
    shown = words(client.get(page_of(world.contract)))
    assert "Licence for Acme Valid" in shown
    assert "The usual policy: neither contract nor plan have one" in shown
    assert "The product has not been activated anywhere yet." in shown


def test_allowances_stand_with_what_is_used_and_free(world, sign_in):
    people.allowance(people.item(), 100, meter=people.meter(), per_unit=False)
    people.reading(world.contract, people.NOON.date(), 250, meter=people.meter())
    shown = words(sign_in().get(page_of(world.contract)))
    assert "250 of 100 used, 0 free" in shown
    assert "More used than booked" in shown


def test_R52_a_contract_is_suspended_and_goes_on(world, sign_in, bearer):
    client, url = sign_in("sales"), f"{page_of(world.contract)}suspend/"
    ask, headers = reverse("api:validate"), bearer(world.contract)

    def answer():
        return client.post(ask, {}, content_type="application/json", headers=headers).json()

    assert answer()["valid"] is True
    assert "Products are told at their next call" in words(client.get(url))
    assert answer()["valid"] is True
    assert client.post(url).status_code == client.post(url).status_code == 302
    assert (answer()["valid"], answer()["code"]) == (False, "suspended")
    assert "Suspended" in words(client.get(page_of(world.contract)))
    [record] = records("suspend_contract")
    assert (record.actor_kind, record.customer_ref, record.after) == ("staff", world.customer.ref, {"suspended": True})
    client.post(f"{page_of(world.contract)}resume/")
    assert answer()["valid"] is True
    assert len(records("resume_contract")) == 1


def test_support_cannot_suspend(world, sign_in):
    client = sign_in("support")
    assert client.post(f"{page_of(world.contract)}suspend/").status_code == 403
    assert "Suspend" not in words(client.get(page_of(world.contract)))


def test_an_installation_is_removed_once_it_was_confirmed(world, sign_in, installation):
    client = sign_in("support")
    url = f"/staff/installations/{installation.ref}/remove/"
    assert "<b>db-1</b>" not in client.get(page_of(world.contract)).content.decode()
    assert "It is told at its next call that it was removed" in words(client.get(url))
    assert client.post(url).status_code == client.post(url).status_code == 302
    with scopes_disabled():
        found = Installation.objects.get()
    assert (found.removed_by, found.removed_at) == ("staff", clock.now())
    [record] = records("remove_installation")
    assert record.actor_kind == "staff"
    assert "was removed already" in words(client.get(url))


def test_an_installation_gets_the_name_that_staff_give_it(world, sign_in, installation):
    client = sign_in("support")
    url = f"/staff/installations/{installation.ref}/name/"
    assert url in client.get(page_of(world.contract)).content.decode()
    assert 'value="&lt;b&gt;db-1&lt;/b&gt;"' in client.get(url).content.decode()
    answer = client.post(url, {"name": " Lager  Süd "}, follow=True)
    assert answer.redirect_chain == [(page_of(world.contract), 302)]
    assert "The installation is now called Lager Süd." in words(answer)
    [record] = records("name_installation")
    assert (record.actor_kind, record.customer_ref) == ("staff", world.customer.ref)
    assert "has no name any more" in words(client.post(url, {"name": ""}, follow=True))
    german = client.post(url, {"name": "Lager"}, follow=True, headers={"accept-language": "de"})
    assert "Die Installation heißt jetzt Lager." in words(german)
    for name in ("x" * 121, "a\u202eb"):
        assert client.post(url, {"name": name}).status_code == 422
    with scopes_disabled():
        assert Installation.objects.get().name == "Lager"
        Installation.objects.update(removed_at=clock.now(), removed_by="staff")
    assert client.get(url).status_code == client.post(url, {"name": "late"}).status_code == 404


@pytest.mark.parametrize("what", ["name", "remove"])
def test_an_unknown_installation_is_not_found(world, sign_in, what):
    client, url = sign_in(), f"/staff/installations/AAAAAAAAAAAA/{what}/"
    assert client.get(url).status_code == client.post(url).status_code == 404


def test_B53_a_licence_without_end_is_shown_as_unlimited(world, sign_in):
    made = people.contract(world.other, "V-7", kind="perpetual", ends_on=None, term_months=None, auto_renews=False)
    people.booking(made)
    assert "Last day unlimited" in words(sign_in().get(page_of(made)))


def test_B54_the_last_day_is_the_one_agreed_whatever_the_format(world, sign_in):
    client, page = sign_in(), page_of(world.contract)
    assert "Last day 2027-03-31" in words(client.get(page))
    assert "Letzter Tag 31.03.2027" in words(client.get(page, headers={"accept-language": "de"}))


def test_B98_an_evaluation_ends_without_notice_and_never_converts(world, bearer):
    today = people.NOON.date()
    made = people.contract(
        world.other,
        "V-8",
        kind="evaluation",
        starts_on=today,
        ends_on=today + timedelta(days=30),
        term_months=1,
        auto_renews=False,
    )
    people.booking(made)
    headers = bearer(made)

    def said():
        answer = Client().post(reverse("api:validate"), {}, content_type="application/json", headers=headers)
        return answer.json()

    first = said()
    assert (first["valid"], first["licence"]["kind"], first["trial"]["days_left"]) == (True, "evaluation", 30)
    for days in (31, 62, 400):
        with clock.at(people.NOON + timedelta(days=days)):
            answer = said()
            assert (answer["valid"], answer["code"]) == (False, "expired")
            assert (answer["licence"]["kind"], answer["access"]) == ("evaluation", "read_only")
    with scopes_disabled():
        made.refresh_from_db()
    assert (made.kind, made.auto_renews) == ("evaluation", False)
