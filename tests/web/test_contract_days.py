"""A contract's end, its remaining days and "unlimited" on every page that shows them, around every awkward night (B54).

Days are the vendor's: Berlin's midnight, not UTC's, ends a day, also in the nights the clocks are changed.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests import people
from tests.web.visitors import card, signed_in, words
from torhaus.core import clock
from torhaus.vendor.actions import create_signing_key

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])
WORDS = {
    "en": {
        "left": "{} days left", "one": "1 day left", "today": "last day today", "of_term": "{} days of the term left",
        "one_of_term": "1 day of the term left", "soon": "ends in {} days", "tomorrow": "ends in 1 day",
        "ends_today": "Your subscription ends today", "ended": "Ended on {}", "until": "Licence valid until {}",
        "no_file": "Your contract has ended",
    },
    "de": {
        "left": "noch {} Tage", "one": "noch 1 Tag", "today": "heute letzter Tag", "of_term": "Noch {} Tage Laufzeit",
        "one_of_term": "Noch 1 Tag Laufzeit", "soon": "endet in {} Tagen", "tomorrow": "endet in 1 Tag",
        "ends_today": "Ihr Abonnement endet heute", "ended": "Beendet am {}", "until": "Lizenz gültig bis {}",
        "no_file": "Ihr Vertrag ist beendet",
    },
}  # fmt: skip


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def written(day: date, language: str) -> str:
    return f"{day:%d.%m.%Y}" if language == "de" else day.isoformat()


def open_contract(**fields):
    people.vendor()
    create_signing_key(by=people.SYSTEM)
    values = {"starts_on": date(2025, 1, 1), "auto_renews": False, "term_months": None, "grace_days": 0}
    contract = people.contract(people.customer(), **values | fields)
    people.booking(contract)
    return contract


def pages(contract, language) -> dict[str, object]:
    """The three pages, the offline licence just issued."""
    client = signed_in(contract, language)
    licence = client.post("/licence/issue/", {"newest_seen": "0"}, follow=True)
    found = {"subscription": client.get("/subscription/"), "dashboard": client.get("/dashboard/"), "licence": licence}
    assert {answer.status_code for answer in found.values()} == {200}
    return found


# The moment at Berlin, the contract's last day, and how many days follow: None once it is over.
NIGHTS = [
    ("2026-01-31T12:00", date(2026, 2, 28), 28),
    ("2026-02-28T23:59", date(2026, 3, 1), 1),
    ("2028-02-28T23:59", date(2028, 2, 29), 1),
    ("2028-02-29T00:01", date(2028, 2, 29), 0),
    ("2028-02-29T23:59", date(2028, 2, 29), 0),
    ("2028-03-01T00:01", date(2028, 2, 29), None),  # in UTC it is still the 29th
    ("2026-03-28T23:59", date(2026, 3, 29), 1),  # the clocks go forward
    ("2026-03-29T00:01", date(2026, 3, 29), 0),
    ("2026-03-29T03:01", date(2026, 3, 29), 0),
    ("2026-03-29T23:59", date(2026, 3, 29), 0),
    ("2026-03-30T00:01", date(2026, 3, 29), None),
    ("2026-03-28T23:59", date(2026, 4, 27), 30),  # an hour less than 30 times 24
    ("2026-10-24T23:59", date(2026, 10, 25), 1),  # the clocks go back
    ("2026-10-25T00:01", date(2026, 10, 25), 0),
    ("2026-10-25T23:59", date(2026, 10, 25), 0),
    ("2026-10-26T00:01", date(2026, 10, 25), None),
    ("2026-12-31T00:01", date(2026, 12, 31), 0),
    ("2026-12-31T23:59", date(2026, 12, 31), 0),
    ("2027-01-01T00:01", date(2026, 12, 31), None),
    ("2026-12-31T23:59", date(2027, 1, 31), 31),
]


@LANGUAGES
@pytest.mark.parametrize(("moment", "ends_on", "left"), NIGHTS)
def test_B54_end_and_remaining_days_are_right_on_every_page(moment, ends_on, left, language):
    said, day = WORDS[language], written(ends_on, language)
    with clock.at(berlin(moment)):
        shown = pages(open_contract(ends_on=ends_on), language)
    subscription, dashboard = words(shown["subscription"]), words(shown["dashboard"])
    if left is None:
        assert said["ended"].format(day) in dashboard
        assert said["no_file"] in words(shown["licence"])
        assert said["today"] not in subscription
        assert f"{day} " in subscription
        return
    remaining = {0: said["today"], 1: said["one"]}.get(left, said["left"].format(left))
    assert f"{day} {remaining}" in subscription
    assert {1: said["one_of_term"]}.get(left, said["of_term"].format(left)) in dashboard
    task = {0: said["ends_today"], 1: said["tomorrow"]}.get(left, said["soon"].format(left))
    assert task in card(shown["dashboard"], "todo")
    assert f"{said['until'].format(day)} {remaining}" in card(shown["licence"], "says")


@LANGUAGES
@pytest.mark.parametrize(
    ("moment", "starts_on", "ends_on", "months", "expected", "left"),
    [
        ("2026-01-31T12:00", date(2026, 1, 31), date(2026, 2, 27), 1, date(2026, 2, 27), 27),
        ("2026-02-28T00:01", date(2026, 1, 31), date(2026, 2, 27), 1, date(2026, 3, 30), 30),
        ("2026-02-27T23:59", date(2026, 1, 31), date(2026, 2, 27), 1, date(2026, 2, 27), 0),
        ("2026-04-30T00:01", date(2026, 1, 31), date(2026, 2, 27), 1, date(2026, 5, 30), 30),
        ("2028-02-29T12:00", date(2024, 2, 29), date(2025, 2, 27), 12, date(2029, 2, 27), 364),
        ("2028-02-28T23:59", date(2024, 2, 29), date(2025, 2, 27), 12, date(2028, 2, 28), 0),
        ("2027-03-31T23:59", date(2026, 4, 1), date(2027, 3, 31), 12, date(2027, 3, 31), 0),
        ("2027-04-01T00:01", date(2026, 4, 1), date(2027, 3, 31), 12, date(2028, 3, 31), 365),
    ],
)
def test_B54_a_renewing_contract_shows_the_running_terms_end(
    moment, starts_on, ends_on, months, expected, left, language
):
    said, day = WORDS[language], written(expected, language)
    with clock.at(berlin(moment)):
        contract = open_contract(starts_on=starts_on, ends_on=ends_on, term_months=months, auto_renews=True)
        shown = pages(contract, language)
    remaining = {0: said["today"], 1: said["one"]}.get(left, said["left"].format(left))
    assert f"{day} {remaining}" in words(shown["subscription"])
    assert said["of_term"].format(left) in words(shown["dashboard"])
    assert f"{said['until'].format(day)} {remaining}" in card(shown["licence"], "says")


@LANGUAGES
@pytest.mark.parametrize("moment", ["2026-11-22T12:00", "2028-02-29T23:59", "2026-03-29T00:01", "2026-12-31T23:59"])
def test_B53_B54_unlimited_is_unlimited_everywhere_never_today_and_never_empty(moment, language):
    unlimited = {"en": "Unlimited", "de": "Unbefristet"}[language]
    now = berlin(moment)
    with clock.at(now):
        shown = pages(open_contract(kind="perpetual", ends_on=None), language)
    subscription = words(shown["subscription"])
    assert {"en": f"End {unlimited}", "de": f"Ende {unlimited}"}[language] in subscription
    assert unlimited in words(shown["dashboard"])
    said = card(shown["licence"], "says")
    assert WORDS[language]["until"].format(unlimited) in said
    today = written(now.date(), language)
    assert f"End {today}" not in subscription
    assert f"Ende {today}" not in subscription
    assert WORDS[language]["until"].format(today) not in said
    assert WORDS[language]["today"] not in subscription + said


@LANGUAGES
@pytest.mark.parametrize(
    ("moment", "english", "german"),
    [
        ("2026-03-28T23:59", "2026-04-28 00:59 31 days left", "28.04.2026 00:59 noch 31 Tage"),
        ("2026-10-25T00:01", "2026-11-23 23:01 29 days left", "23.11.2026 23:01 noch 29 Tage"),
        ("2028-01-31T12:00", "2028-03-01 12:00 30 days left", "01.03.2028 12:00 noch 30 Tage"),
    ],
)
def test_B54_a_files_own_end_is_30_times_24_hours_in_the_vendors_time(moment, english, german, language):
    with clock.at(berlin(moment)):
        shown = pages(open_contract(kind="perpetual", ends_on=None), language)
    label = {"en": "File valid until", "de": "Datei gültig bis"}[language]
    assert f"{label} { {'en': english, 'de': german}[language] }" in card(shown["licence"], "says")


@LANGUAGES
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland", "UTC"])
def test_B54_a_vendor_elsewhere_has_its_own_midnight(zone, language):
    said, day = WORDS[language], written(date(2026, 12, 31), language)
    midnight = datetime(2027, 1, 1, tzinfo=ZoneInfo(zone))
    with clock.at(midnight - timedelta(minutes=1)):
        contract = open_contract(ends_on=date(2026, 12, 31))
        people.vendor(time_zone=zone)
        shown = pages(contract, language)
        assert f"{day} {said['today']}" in words(shown["subscription"])
        assert f"{said['until'].format(day)} {said['today']}" in card(shown["licence"], "says")
    with clock.at(midnight + timedelta(minutes=1)):
        after = pages(contract, language)
        assert said["today"] not in words(after["subscription"])
        assert said["ended"].format(day) in words(after["dashboard"])
        assert said["no_file"] in words(after["licence"])


def test_the_end_of_a_token_is_told_in_the_vendors_time():
    with clock.at(berlin("2026-10-24T12:00")):
        contract = open_contract(ends_on=date(2027, 3, 31))
        client = signed_in(contract)
        people.token(contract, overlap="24h")
        assert "2026-10-25 11:00" in card(client.get("/licence/"), "tokens")
