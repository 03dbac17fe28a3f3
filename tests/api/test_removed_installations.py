"""Somebody removes an installation on a page: what its product hears at its next question."""

import re

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.api.asking import ask, ask_hot, both
from tests.api.program import ask as ask_api
from tests.api.program import fine
from torhaus.licensing.models import ContractPolicy, Installation

MACHINE = {"machine": "0c1f6ab5", "board": "77d0e2c4"}
BY_CUSTOMER = {
    "de": "Diese Installation wurde im Kundenportal entfernt. Ein Administrator kann sie wieder aktivieren.",
    "en": "This installation was removed in the customer portal. An administrator can activate it again.",
}
BY_STAFF = {
    "de": "Diese Installation wurde vom Hersteller entfernt. Bitte wenden Sie sich an dessen Support.",
    "en": "This installation was removed by the vendor. Please ask the vendor’s support.",
}
pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.fixture
def product(contract, token):
    """The body of a product that was activated and may run, on a licence with one floating place."""
    with scopes_disabled():
        ContractPolicy.objects.create(contract=contract, model="floating", max_leases=1)
    said = fine(ask_api(token, "activate", {"fingerprint": MACHINE, "name": "Lager"}), 201)
    body = {"installation": said["installation"]["ref"], "fingerprint": MACHINE}
    assert ask("/api/v1/heartbeat", token, body).json()["code"] == "valid"
    return body


def browser(token) -> Client:
    """The customer's browser, in English; a fresh token would end the product's."""
    client = Client()
    client.cookies["torhaus_language"] = "en"
    assert client.post("/login/", {"token": token}).status_code == 302
    return client


def link(answer, ends_with: str) -> str:
    """The one address on a page that ends so."""
    [found] = set(re.findall(rf'(?:href|action)="([^"]*{ends_with})"', answer.content.decode()))
    return found


def click_remove(client: Client, page: str, ref: str) -> None:
    """Go from a page that lists the installation to its removal, and press the button."""
    listed = client.get(page)
    shown = (
        client.get(link(listed, f"/installations/{ref}/"))
        if f"/{ref}/remove/" not in listed.content.decode()
        else listed
    )
    confirming = client.get(link(shown, f"/installations/{ref}/remove/"))
    assert b'<form method="post"' in confirming.content
    assert client.post(link(shown, f"/installations/{ref}/remove/")).status_code in {302, 303}


def hears(way, token, body, *, removed_by: str, messages: dict[str, str]) -> None:
    for url in ("/api/v1/validate", "/api/v1/heartbeat"):
        for language, message in messages.items():
            said = way(url, token, body | {"nonce": "n"}, Accept_Language=language).json()
            assert (said["valid"], said["code"], said["access"]) == (False, "installation_removed", "none")
            assert said["message"] == message
            assert said["findings"][0] == {
                "code": "installation_removed",
                "subjects": [removed_by],
                "message": message,
            }
            assert said["limits"]["installations"]["used"] == 0
            assert said["limits"]["leases"] == {"max": 1, "used": 0, "free": 1}


def stored() -> str:
    with scopes_disabled():
        return Installation.objects.get().removed_by


@both
def test_a_customer_clicks_remove_and_the_product_hears_it_at_its_next_question(contract, token, product, way):
    click_remove(browser(token), "/installations/", product["installation"])
    assert stored() == "customer"
    hears(way, token, product, removed_by="customer", messages=BY_CUSTOMER)


@both
def test_staff_click_remove_and_the_product_hears_it_at_its_next_question(contract, token, product, way):
    user, client = people.staff("support"), Client()
    sent = {"mail": user.mail, "password": people.PASSWORD}
    assert client.post("/staff/sign-in/", sent).status_code == 302
    click_remove(client, f"/staff/contracts/{contract.ref}/", product["installation"])
    assert stored() == "staff"
    hears(way, token, product, removed_by="staff", messages=BY_STAFF)


def test_what_was_removed_runs_again_once_it_is_activated_again(contract, token, product):
    click_remove(browser(token), "/installations/", product["installation"])
    assert ask_hot("/api/v1/validate", token, product).json()["code"] == "installation_removed"
    again = fine(ask_api(token, "activate", {"fingerprint": MACHINE}), 201)["installation"]["ref"]
    said = ask("/api/v1/heartbeat", token, product | {"installation": again}).json()
    assert (said["valid"], said["installation"]["ref"]) == (True, again)
