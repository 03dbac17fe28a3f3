"""The same pages with the second vendor's data: other currency, plans, units, seats, language and time zone."""

import re

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.journeys.vendor_files import FIRN, load
from tests.web.visitors import card, signed_in, words
from torhaus.billing.models import Invoice
from torhaus.core import clock
from torhaus.subscriptions.models import Contract
from torhaus.vendor.actions import create_signing_key


@pytest.fixture
def contracts(db):
    with clock.at(people.NOON):
        load(FIRN)
        with scopes_disabled():
            yield {contract.number: contract for contract in Contract.objects.select_related("customer")}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "de",
            [
                "Plan: Gipfel",
                "Tresore: 95 % des Kontingents sind belegt 38 von 40",
                "Rechnung F-1002 ist in 9 Tagen fällig 157,45 CHF",
                "Aktuelle Version 2026.10",
                "Installationspaket (51 MB)",
                "Ihre Vertragsdaten wurden aktualisiert",
                "9 von 22 TB",
                "Verlängert sich am 01.02.2027",
            ],
        ),
        (
            "en",
            [
                "plan Summit",
                "Vaults: 95 % of the allowance is used 38 of 40",
                "Invoice F-1002 is due in 9 days CHF 157.45",
                "Latest version 2026.10",
                "9 of 22 TB",
            ],
        ),
    ],
)
def test_dashboard_of_the_second_vendor(contracts, language, expected):
    shown = words(signed_in(contracts["2026/77"], language).get("/dashboard/"))
    for text in expected:
        assert text in shown
    assert "EUR" not in shown
    assert "€" not in shown
    assert "list price" not in shown  # an editor has a monthly price only


def test_subscription_of_the_second_vendor(contracts):
    answer = signed_in(contracts["2026/77"], "de").get("/subscription/")
    shown = words(answer)
    assert "Vertragsnr. 2026/77 Kunde Alpenküche, Partner & Co. Kundennr. K-1" in shown
    assert "Kündigungsfrist 60 Tage vor Ende der Laufzeit Kündbar bis 02.12.2026 zum 31.01.2027" in shown
    assert "Bearbeiterin Plätze 12 Aktiv 01.02.2026 –" in shown
    assert "Siegel Add-on 1 Aktiv 15.03.2026 –" in shown
    assert 'href="tel:+41445550120"' in answer.content.decode()


def test_a_perpetual_contract_of_the_second_vendor_is_unlimited(contracts):
    shown = words(signed_in(contracts["2019/03"]).get("/subscription/"))
    assert "Type Perpetual licence Status Active Subscription term Unlimited Start 2019-05-02 End Unlimited" in shown
    assert "Einmalige Schulung Service 2 Ended 2019-05-10 2019-05-11" in shown
    assert "Cancel by" not in shown


def test_B15_of_the_second_vendor(contracts):
    assert "Editor Seats 2 Active – –" in words(signed_in(contracts["2026/78"]).get("/subscription/"))


def test_invoices_of_the_second_vendor(contracts):
    client = signed_in(contracts["2026/77"], "de")
    answer = client.get("/invoices/")
    assert "Zahlungsart Überweisung Adresse Alpenküche, Partner & Co. Finanzen 2. Stock" in card(answer, "billing")
    assert "8002 Zürich Schweiz" in card(answer, "billing")
    assert "Nächste Rechnung 01.02.2027" in card(answer, "billing")
    assert "F-1001 01.02.2026 03.03.2026 5.837,95 CHF Bezahlt" in words(answer)
    with scopes_disabled():
        paid = Invoice.objects.get(number="F-1001")
    shown = words(client.get(f"/invoices/{paid.ref}/"))
    assert (
        "8,1 % USt. auf 5.400,50 CHF 437,44 CHF" not in shown
    )  # 437.44 by the rule, 437.45 by the vendor: its totals stand
    assert "USt. 437,45 CHF Gesamt 5.837,95 CHF" in shown
    pdf = client.get(f"/invoices/{paid.ref}/pdf/")
    assert b"".join(pdf.streaming_content).startswith(b"%PDF")


def test_unmatched_invoices_are_nobodys(contracts):
    for number in ("2026/77", "2026/78", "2019/03"):
        client = signed_in(contracts[number])
        shown = words(client.get("/invoices/?text=F-1004")) + words(client.get("/dashboard/"))
        assert "€90" not in shown
        assert "CHF 90.00" not in shown


@pytest.mark.parametrize(("language", "unit"), [("de", "Plätze"), ("en", "Seats")])
def test_B26_offline_licence_of_the_second_vendor(contracts, language, unit):
    create_signing_key(by=people.SYSTEM)
    client = signed_in(contracts["2026/77"], language)
    answer = client.post("/licence/issue/", {"newest_seen": "0"}, follow=True)
    said = card(answer, "says")
    name = {"de": "Bearbeiterin", "en": "Editor"}[language]
    assert f"{unit} {name}: 12" in said
    assert {"de": "31.01.2027", "en": "2027-01-31"}[language] in said
    newest = re.search(r'href="(/licence/files/[^"]+)"', answer.content.decode()).group(1)
    file = client.get(newest)
    assert file.headers["Content-Disposition"] == 'attachment; filename="2026-77-1.licence.txt"'
