"""The help page: public contacts, and for a viewer what the support package offers (B21, B25)."""

from datetime import date

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.web.tickets import NEW, client_of, say, support, supported, ticket
from tests.web.visitors import card, words
from torhaus.subscriptions.models import Contract
from torhaus.support.models import Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
LINKS = {"help": "https://help.acme.example", "help_center": "https://faq.acme.example"}


def change(contract, **fields) -> None:
    with scopes_disabled():
        Contract.objects.filter(pk=contract.pk).update(**fields)


def test_anybody_finds_contacts_and_links(db):
    people.vendor(support_mail="support@acme.example", links=LINKS)
    answer = Client().get("/help/")
    assert answer.status_code == 200
    assert "support@acme.example" in card(answer, "ask")
    assert "sales@acme.example" in card(answer, "ask")
    page = answer.content.decode()
    assert 'href="https://help.acme.example"' in page
    assert 'href="https://faq.acme.example"' in page
    assert "Your support" not in page


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Basic support Answer within 24 business hours Business hours Monday to Friday, 9:00–17:00 Europe/Berlin"),
        ("de", "Basis-Support Antwort innerhalb von 24 Geschäftsstunden Geschäftszeiten Montag bis Freitag, 9:00–17:00 Uhr"),
    ],
)  # fmt: skip
def test_B21_with_a_package_the_page_names_it_and_leads_to_the_form(language, expected):
    client = client_of(supported(), language)
    answer = client.get("/help/")
    assert expected in card(answer, "package")
    assert f'href="{NEW}"' in answer.content.decode()
    assert "<textarea" in client.get(NEW).content.decode()


def test_B21_of_several_packages_the_fastest_counts():
    contract = supported()
    support(contract, "support-advanced", hours=4)
    assert "within 4 business hours" in card(client_of(contract).get("/help/"), "package")


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ({}, "within 24 hours Business hours Around the clock"),
        ({"mon": [["08:00", "12:00"], ["13:00", "17:30"]], "sat": [["09:00", "11:00"]]},
         "Monday, 8:00–12:00, 13:00–17:30 Saturday, 9:00–11:00"),
    ],
)  # fmt: skip
def test_business_hours_are_told_as_they_are(hours, expected):
    contract = supported()
    people.vendor(business_hours=hours)
    assert expected in card(client_of(contract).get("/help/"), "package")


def without_package(kind: str):
    """A contract without support in force, for one of five reasons."""
    people.vendor(links=LINKS)
    contract = people.contract(people.customer())
    if kind == "over":
        support(contract, until=date(2026, 11, 21))
    elif kind == "later":
        support(contract, active_from=date(2026, 11, 23))
    elif kind != "none":
        support(contract)
        change(contract, **{"suspended": {"suspended": True}, "expired": {"cancelled_to": date(2026, 11, 21)}}[kind])
    return contract


@pytest.mark.parametrize("kind", ["none", "over", "later", "suspended", "expired"])
def test_B25_without_a_package_in_force_sales_contacts_replace_the_form(kind):
    client = client_of(without_package(kind))
    answer = client.get("/help/")
    shown = card(answer, "package")
    assert "Sales Sales team sales@acme.example +49 211 123450" in shown
    assert "https://faq.acme.example" in shown
    assert f'href="{NEW}"' not in answer.content.decode()
    form = client.get(NEW)
    assert form.status_code == 200
    assert '<form method="post" enctype' not in form.content.decode()
    assert "<textarea" not in form.content.decode()
    assert "sales@acme.example" in card(form, "package")
    said = {"suspended": "is suspended", "expired": "has ended"}.get(kind, "No support package is in force")
    assert said in shown


@pytest.mark.parametrize("kind", ["none", "over", "later", "suspended", "expired"])
def test_B25_a_form_sent_without_a_package_is_refused_and_the_text_is_kept(kind):
    answer = client_of(without_package(kind)).post(
        NEW, {"mail": "a@b.example", "reason": "question", "body": "Where is <it>?"}
    )
    assert answer.status_code == 409
    assert "Where is &lt;it&gt;?" in answer.content.decode()
    with scopes_disabled():
        assert not Ticket.objects.exists()


def test_the_page_counts_what_waits_for_whom():
    contract = supported()
    first = ticket(contract)
    ticket(contract, body="Another question")
    say(first, "Please try again.", user=people.staff("support"))
    assert "1 ticket waits for you 1 ticket is with us" in card(client_of(contract).get("/help/"), "yours")


def test_tickets_stay_within_reach_when_the_package_has_ended():
    contract = without_package("none")
    ticket(contract)
    answer = client_of(contract).get("/help/")
    assert "1 ticket is with us" in card(answer, "yours")
    assert "Ask support" not in words(answer)
