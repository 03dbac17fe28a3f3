"""Seats, the price plan and booking more with the second vendor: its kinds, ratios, meters, money and days."""

import re
from datetime import date

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.doors import staff_client
from tests.seats import seating
from tests.vendors import firns
from tests.web.visitors import card, words
from torhaus.core import clock
from torhaus.notices.models import Mail
from torhaus.subscriptions.models import Booking, BookingRequest

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock_and_own_files")]
PLAN, BOOK = "/settings/account/price-plan/", "/settings/account/book/"
VAT_ID = "CHE-999.999.996 MWST"


@pytest.fixture
def contracts(stopped_clock_and_own_files):
    return firns.contracts()


def give(client, kind: str, name: str, mail: str = ""):
    """Assign a seat on the page."""
    return client.post("/seats/assign/", {"kind": kind, "name": name, "mail": mail}, follow=True)


def wanted(total="5", step="review", **fields) -> dict[str, str]:
    """The form of booking more editors of 2026/78, filled in."""
    values = {"kind": "editor", "booked": "2", "total": total, "country": "CH", "vat_id": VAT_ID, "step": step}
    return values | fields


def accept(row: BookingRequest):
    """Accept a request as sales do, from its page; give what that page said."""
    sales = staff_client(people.staff("sales"))
    page = sales.get(f"/staff/requests/{row.ref}/")
    seen = re.search(r'name="last_seen" value="(\d+)"', page.content.decode())[1]
    assert sales.post(f"/staff/requests/{row.ref}/accept/", {"last_seen": seen}).status_code == 302
    return words(page)


def booked(contract) -> dict[str, int]:
    return {key: count.booked for key, count in seating.standing(contract).items()}


def mails(template) -> list[Mail]:
    with scopes_disabled():
        return list(Mail.objects.filter(template=template).order_by("pk"))


def test_seats_are_counted_and_given_by_the_vendors_kinds_and_the_ratios_of_each_plan(contracts):
    hut, summit = contracts["2026/78"], contracts["2026/77"]
    assert booked(hut) == {"editor": 2, "reader": 10}
    assert booked(summit) == {"editor": 12, "reader": 120, "fach": 12}
    luc = firns.inside(hut, "owner", "en")
    assert "Editor 2 Reader 10" in words(luc.get("/seats/assign/"))
    assert "Locker" not in words(luc.get("/seats/assign/")), "the plan Hut brings none"
    give(luc, "editor", "Luc", "Luc@lacbleu.example")
    give(luc, "editor", "Eva", "eva@lacbleu.example")
    full = give(luc, "editor", "Noé", "noe@lacbleu.example")
    assert full.status_code == 422
    assert "No seat of this kind is free." in words(full)
    assert "verkauf@firn.example" in words(full)
    assert "neither becomes the other" in words(give(luc, "reader", "Eva", "eva@lacbleu.example"))
    give(luc, "reader", "Noé", "noe@lacbleu.example")
    assert "no such kind of seat in this contract" in words(give(luc, "fach", "North"))
    assert seating.held(hut) == [
        ("editor", 1, "luc@lacbleu.example"),
        ("editor", 2, "eva@lacbleu.example"),
        ("reader", 1, "noe@lacbleu.example"),
    ]
    nina = firns.inside(summit)
    assert "Fach Nord hat jetzt den Platz" in words(give(nina, "fach", "Fach Nord"))
    assert seating.held(summit) == [("fach", 1, "")]


def test_B83_B84_what_a_release_takes_along_is_what_the_vendor_says_of_the_kind(contracts):
    hut = contracts["2026/78"]
    luc = firns.inside(hut)
    for kind, said in (("editor", "löscht"), ("reader", "bleiben")):
        give(luc, kind, kind, f"{kind}@lacbleu.example")
        with scopes_disabled():
            ref = seating.Seat.objects.get(mail=f"{kind}@lacbleu.example").ref
        assert said in words(luc.get(f"/seats/{ref}/release/"))
        assert luc.post(f"/seats/{ref}/release/").status_code == 303
    assert seating.held(hut) == []


@pytest.mark.parametrize(
    ("language", "licences", "chart", "volume", "package"),
    [
        (
            "de",
            [
                "Bearbeiterin 2 1 1 1 1 2",
                "Leserin kommt mit anderen Lizenzen 10 0 0 10 0 10",
                "begann am 01.10.2026 , der nächste beginnt am 01.01.2027",
            ],
            "Genutzt seit 01.11.2026 204 Gebucht 250 Frei 46",
            "Ablage TB Genutzt Noch keine Nutzung gemeldet Gebucht 2 Frei 2",
            "Paket Hütte Laufzeit 3 Monate Laufender Zeitraum 01.10.2026 – 31.12.2026",
        ),
        (
            "en",
            [
                "Editor 2 1 1 1 1 2",
                "Reader comes with other licences 10 0 0 10 0 10",
                "began on 2026-10-01 ; the next one begins on 2027-01-01",
            ],
            "Used since 2026-11-01 204 Booked 250 Free 46",
            "Filing space TB Used No usage reported yet Booked 2 Free 2",
            "Package Hut Subscription term 3 months Current period 2026-10-01 – 2026-12-31",
        ),
    ],
)
def test_B76_B97_the_price_plan_shows_kinds_meters_units_and_terms_of_the_second_vendor(
    contracts, language, licences, chart, volume, package
):
    client = firns.inside(contracts["2026/78"], "owner", language)
    give(client, "editor", "Luc", "luc@lacbleu.example")
    page = client.get(PLAN)
    shown = re.sub(r" : (Bearbeiterin|Leserin|Editor|Reader)", "", card(page, "licences"))
    for said in licences:
        assert said in shown
    assert chart in card(page, "meter-envelopes")
    assert "10/26 131 11/26 204" in card(page, "meter-envelopes"), "what each month came to, by itself"
    assert card(page, "meter-volume").startswith(volume)
    assert package in card(page, "package")
    assert {"de": "Versandte Umschläge: 81 %", "en": "Envelopes sent: 81 %"}[language] in card(page, "todo")
    for foreign in ("EUR", "€", "Gast", "guest", "GB"):
        assert foreign not in words(page)


def test_a_counter_begins_anew_with_the_vendors_month_and_keeps_the_one_before(contracts):
    hut = contracts["2026/78"]
    with clock.at(people.NOON.replace(month=12, day=1)):
        shown = card(firns.inside(hut, "owner", "en").get(PLAN), "meter-envelopes")
    assert "Used since 2026-12-01 0 Booked 250 Free 250" in shown
    assert "10/26 131 11/26 204" in shown


def test_B79_B80_more_are_booked_in_the_vendors_money_by_its_list_and_its_ratio(contracts):
    hut = contracts["2026/78"]
    luc = firns.inside(hut, "owner", "en")
    page = words(luc.get(BOOK))
    assert "Each brings 5 × Reader." in page
    assert "such as CHE123456789MWST." in page
    assert "DE123456789" not in page
    review = luc.post(BOOK, wanted())
    assert "Booked now 2 In total then 5 3 more Reader 15 more come with it Country Switzerland" in words(review)
    # 22 November to 31 December are 40 of 92 days: 3 × 37.05 × 40 / 92
    assert "3 more, 40 of 92 days CHF 48.33" in words(review)
    assert "Then CHF 172.50 for each term, for all 5 , from 2027-01-01. Cancel until 2026-12-17." in words(review)
    shown = re.search(r'name="shown" value="([^"]+)"', review.content.decode())[1]
    assert luc.post(BOOK, wanted(step="confirm", shown=shown)).status_code == 302
    with scopes_disabled():
        row = BookingRequest.objects.select_related("item").get()
    assert (row.item.key, row.booked, row.total, row.country, row.vat_id) == ("editor", 2, 5, "CH", "CHE999999996MWST")
    assert (row.currency, row.now_cents, row.then_cents) == ("CHF", 4833, 17250)
    assert [one.recipient for one in mails("booking_requested")] == ["owner@k-2.example", "verkauf@firn.example"]
    assert "2026/78" in mails("booking_requested")[1].text
    assert "48,33 CHF" in accept(row), "staff read the vendor's language"
    assert booked(hut) == {"editor": 5, "reader": 25}
    with scopes_disabled():
        assert Booking.objects.latest("pk").active_from == date(2026, 11, 22)
    told = next(one for one in mails("booking_decided") if one.recipient == "owner@k-2.example")
    assert (told.language, "Editor" in told.text) == ("en", True)
    assert "Editor 5 0 : Editor 0 5 0 5" in card(luc.get(PLAN), "licences")


def test_B80_without_a_list_price_for_the_term_or_of_a_package_on_request_sales_names_it(contracts, tmp_path):
    nina = firns.inside(contracts["2026/77"])
    asked = wanted("15", booked="12")
    review = words(nina.post(BOOK, asked))
    assert "Leserin 30 mehr kommen dazu Fach 3 mehr kommen dazu" in review
    assert "Für Ihre Laufzeit gibt es keinen Listenpreis." in review, "an editor has one by the month and the quarter"
    on_request = firns.changed(tmp_path, ("allowances: {vaults: 3,", "contact_only: true\n    allowances: {vaults: 3,"))
    luc = firns.inside(firns.contracts(on_request)["2026/78"])
    review = words(luc.post(BOOK, wanted()))
    assert "Für Ihr Paket gibt es keinen Listenpreis. Unser Vertrieb nennt Ihnen den Preis" in review
    assert "CHF" not in review
    assert luc.post(BOOK, wanted(step="confirm")).status_code == 302
    with scopes_disabled():
        row = BookingRequest.objects.get()
    assert (row.total, row.now_cents, row.then_cents) == (5, None, None)


def test_B101_the_second_vendors_old_package_shows_its_own_sales(contracts):
    vreni = firns.inside(contracts["2019/03"])
    page = words(vreni.get(PLAN))
    assert "Paket Gletscher (alt) nicht mehr im Verkauf Laufzeit Unbefristet" in page
    assert "verkauf@firn.example" in page
    assert "Lizenzen hinzubuchen" not in page
    assert "Dieses Paket verkaufen wir nicht mehr." in words(vreni.get(BOOK))
    assert vreni.post(BOOK, wanted()).status_code == 422


def test_days_are_those_at_the_vendors_place_wherever_that_is(tmp_path, stopped_clock_and_own_files):
    far = firns.changed(tmp_path, ("time_zone: Europe/Zurich", "time_zone: Pacific/Auckland"))
    luc = firns.inside(firns.contracts(far)["2026/78"], "owner", "en")
    # At noon in Zürich it is midnight in Auckland: there the 23rd has begun.
    assert "3 more, 39 of 92 days CHF 47.12" in words(luc.post(BOOK, wanted()))
    firns.contracts()
    assert "3 more, 40 of 92 days CHF 48.33" in words(luc.post(BOOK, wanted()))
    assert luc.post(BOOK, wanted(step="confirm")).status_code == 302
    assert "On 2026-11-22 you asked for 5 in total." in words(luc.get(BOOK))
    firns.contracts(far)
    assert "On 2026-11-23 you asked for 5 in total." in words(luc.get(BOOK)), "the same instant is another day there"
    with scopes_disabled():
        row = BookingRequest.objects.get()
    accept(row)
    with scopes_disabled():
        assert Booking.objects.latest("pk").active_from == date(2026, 11, 23)


def test_who_sees_invoices_is_what_the_second_vendor_says(contracts):
    hut = contracts["2026/78"]
    assert firns.inside(hut, "owner").get("/invoices/").status_code == 200
    assert firns.inside(hut, "billing").get("/invoices/").status_code == 403, "its owners only"
