"""What the second vendor's customers are written: notices of its meters and seats, reports, invitations; and its rules."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.api.program import ask, fine
from tests.doors import staff_client
from tests.vendors import firns
from tests.web.test_people import NEW, follow, links, records, sign_in, work
from tests.web.visitors import words
from torhaus.core import clock
from torhaus.journeys.tasks import send_usage_reports, warn_of_usage
from torhaus.notices.models import Mail
from torhaus.organisations.models import CompanySecurity, Membership
from torhaus.usage.models import Reading, ReportRecipient
from torhaus.vendor.actions import create_signing_key

pytestmark = pytest.mark.django_db(transaction=True)
ZURICH = ZoneInfo("Europe/Zurich")
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=ZURICH)
REPORTS = "/settings/account/reports/"


@pytest.fixture
def contracts(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "data"
    settings.EMAIL_FILE_PATH = tmp_path
    settings.EMAIL_BACKEND = "torhaus.core.mail.EmlBackend"
    with clock.at(people.NOON):
        create_signing_key(by=people.SYSTEM)
        yield firns.contracts()


def mails(template) -> list[Mail]:
    with scopes_disabled():
        return list(Mail.objects.filter(template=template).order_by("pk"))


def told() -> list[tuple[str, str]]:
    """Let the worker do its minute; give who got which subject."""
    before = len(mails("allowance_reached"))
    warn_of_usage.call()
    return [(one.recipient, one.subject) for one in mails("allowance_reached")[before:]]


def reported(token, meter: str, quantity: int, number: int, **fields) -> dict:
    """Report as the product does; give how the meter stands then."""
    reading = {"id": f"r-{number}", "meter": meter, "quantity": quantity} | fields
    return fine(ask(token, "usage", {"readings": [reading]}))["meters"][meter]


def assigned(token, number: int, kind="editor", **holder) -> None:
    """Assign a seat as the product does."""
    who = holder or {"name": f"P{number}", "mail": f"p{number}@k-2.example"}
    fine(ask(token, "seats/assign", {"kind": kind} | who), 201)


def test_b99_thresholds_of_the_vendors_meters_and_kinds_are_told_of_in_its_words_and_units(contracts):
    summit, hut = contracts["2026/77"], contracts["2026/78"]
    firns.inside(summit, "owner", "de")
    firns.inside(hut, "owner", "en")
    token, other = (people.token(one) for one in (summit, hut))
    # The plan brings 10 TB and each of twelve editors one: 80 % of 22 are 17.6.
    assert reported(token, "volume", 17, 1)["state"] == "fine"
    assert told() == []
    assert reported(token, "volume", 18, 2) == {"used": 18, "max": 22, "free": 4, "state": "near"}
    assert told() == [("owner@k-1.example", "Ablage: 81 % des Kontingents von Vertrag 2026/77 genutzt")]
    assert told() == []
    reported(other, "envelopes", 180, 1, kind="counter")
    near = reported(other, "envelopes", 45, 2, kind="counter")
    assert (near["used"], near["max"]) == (225, 250), "a counter adds up over the month"
    assert told() == [("owner@k-2.example", "Envelopes sent: 90 % of the allowance of contract 2026/78 used")]
    assigned(other, 1)
    assert told() == []
    assigned(other, 2)
    assert told() == [("owner@k-2.example", "Editor: the allowance of contract 2026/78 is used up")]
    for n in range(3, 11):
        assigned(other, n, "reader")
    assert told() == [("owner@k-2.example", "Reader: 80 % of the allowance of contract 2026/78 used")]
    last = mails("allowance_reached")[-1]
    assert "verkauf@firn.example" in last.text
    with scopes_disabled():
        stored = Reading.objects.filter(contract=hut, meter__key="envelopes", on=people.NOON.date())
        assert [one.quantity for one in stored] == [225]


def test_usage_reports_of_the_second_vendor_name_its_kinds_meters_and_units_in_both_languages(contracts):
    summit = contracts["2026/77"]
    owner = firns.inside(summit, "owner", "de")
    firns.inside(summit, "auditor", "en")
    token = people.token(summit)
    assigned(token, 0, "fach", name="Fach Nord")
    assigned(token, 1)
    for role, language in (("owner", "de"), ("auditor", "en")):
        entered = {"mail": firns.mail_of(summit, role), "when": "w0", "language": language}
        assert owner.post(f"{REPORTS}add/", entered).status_code == 302
    with clock.at(MONDAY):
        send_usage_reports.call()
        send_usage_reports.call()
    german, english = sorted(mails("usage_report"), key=lambda one: one.language)
    assert german.subject == "Nutzungsbericht zum Vertrag 2026/77, 22.11.2026"
    assert "vom 16.11.2026 bis zum 22.11.2026" in german.text
    assert "- Bearbeiterin: 12 gebucht, 1 genutzt (8 %), 11 verfügbar" in german.text
    assert "- Fach: 12 gebucht, 1 genutzt (8 %), 11 verfügbar" in german.text
    assert "- Tresore: 40 gebucht, 38 genutzt (95 %), 2 verfügbar" in german.text
    assert "- Ablage [TB]: 22 gebucht, 9 genutzt (40 %), 13 verfügbar" in german.text
    [german_list], [english_list] = german.attachments, english.attachments
    assert german_list["name"] == "nutzungsbericht-2026-77-2026-11-22.csv", "a slash is no file name"
    assert "2026/77;2026-11-16;2026-11-22;Lizenz;Leserin;;120;0;120;0;0;0" in german_list["text"].splitlines()
    assert "2026/77,2026-11-16,2026-11-22,Meter,Filing space,TB,22,9,13,40,," in english_list["text"].splitlines()
    with scopes_disabled():
        assert {one.next_on.isoformat() for one in ReportRecipient.objects.all()} == {"2026-11-30"}


def test_who_is_invited_hears_from_the_second_vendor_in_the_customers_language_and_comes_in(contracts, tmp_path):
    house = contracts["2019/03"].customer
    mail = "vreni@seeblick.example"
    sales = staff_client(people.staff("sales"))
    assert sales.post(f"/staff/customers/{house.ref}/owner/", {"name": "Vreni Marxer", "mail": mail}).status_code == 302
    work()
    [invited] = mails("invitation")
    assert (invited.recipient, invited.language) == (mail, "de"), "the customer has no language, the vendor has"
    assert 'Stiftung "Seeblick"' in invited.text
    assert "Firn" in invited.text
    sent = next(tmp_path.glob("*.eml")).read_text("utf-8")
    assert "hilfe@firn.example" in sent
    assert "Acme" not in sent
    german = Client(headers={"accept-language": "de"})
    assert german.get(links(tmp_path, "invitation")[0]).status_code == 302
    assert 'Stiftung "Seeblick"' in words(german.get("/invitation/"))
    assert german.post("/invitation/", {"name": "Vreni Marxer", "password": NEW}).status_code == 302
    owner, answer = sign_in(mail, NEW)
    assert answer.status_code == 302
    assert "Kundenbereich" in owner.get("/dashboard/").content.decode()
    form = {"name": "Urs", "mail": "urs@seeblick.example", "role": "technical"}
    assert owner.post("/members/invite/", form).status_code == 302
    work()
    assert [one.recipient for one in mails("invitation")] == [mail, "urs@seeblick.example"]
    other = follow(links(tmp_path, "invitation")[1])
    assert other.post("/invitation/", {"name": "Urs", "password": NEW}).status_code == 302
    with scopes_disabled():
        rows = Membership.objects.filter(customer=house).order_by("pk").values_list("role", "state")
        assert list(rows) == [("owner", "active"), ("technical", "active")]


def test_what_a_customer_of_the_second_vendor_asks_of_sign_ins_holds_there_and_nowhere_else(contracts):
    house = contracts["2026/77"]
    for role in ("owner", "administrator", "member"):
        firns.inside(house, role)
    firns.inside(contracts["2026/78"], "member")
    owner, _ = sign_in(firns.mail_of(house, "owner"), client=Client(headers={"accept-language": "de"}))
    rules = {
        "version": 0, "factor_for": "roles", "factor_roles": ["member"], "factor_from": "2026-11-22",
        "methods": ["password", "passkey", "code"], "idle_minutes": "30",
    }  # fmt: skip
    page = words(owner.post("/settings/security/change/", rules, follow=True))
    assert "Mitglied" in page
    assert "22.11.2026" in page
    with scopes_disabled():
        row = CompanySecurity.objects.get()
    assert (row.customer_id, row.factor_roles, row.idle_minutes) == (house.customer_id, ["member"], 30)
    [record] = records("change_company_security")
    assert record.customer_ref == house.customer.ref
    member, _ = sign_in(firns.mail_of(house, "member"))
    assert member.get("/dashboard/").status_code == 302, "first the second factor"
    stranger, _ = sign_in(firns.mail_of(contracts["2026/78"], "member"))
    assert stranger.get("/dashboard/").status_code == 200
    assert owner.get("/dashboard/").status_code == 200
