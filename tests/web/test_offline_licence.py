"""The offline licence page: first use, what a file says, copy and download, when it needs a new one, whose it is."""

import html
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django_scopes import scopes_disabled

from tests import people
from tests.doors import staff_client
from tests.web.visitors import card, signed_in, words
from torhaus.catalogue.models import Plan, SeatRatio
from torhaus.core import clock
from torhaus.licensing.models import OfflineLicence
from torhaus.records.models import Record
from torhaus.vendor.actions import create_signing_key
from torhaus.vendor.keys import trusted_keys
from torhaus.vendor.models import KeyState, SigningKey
from torhaus_sdk.licence import verify_licence
from torhaus_sdk.refusals import WrongToken
from torhaus_sdk.tokens import new_token

pytestmark = pytest.mark.usefixtures("stopped_clock")

LANGUAGES = pytest.mark.parametrize("language", ["en", "de"])


@pytest.fixture
def contract(db):
    people.vendor()
    create_signing_key(by=people.SYSTEM)
    contract = people.contract(people.customer(language="en"))
    people.allowance(people.item())
    people.booking(contract, quantity=5000)
    return contract


def issued():
    with scopes_disabled():
        return list(OfflineLicence.objects.order_by("number"))


def issue(client, seen="0", **fields):
    return client.post("/licence/issue/", {"newest_seen": seen} | fields, follow=True)


def shown_text(answer) -> str:
    return html.unescape(re.search(r"<textarea[^>]*>([^<]*)<", answer.content.decode())[1])


def check(text, contract, **more):
    return verify_licence(text, keys=trusted_keys(), audience="acme", now=clock.now(), **more)


@LANGUAGES
def test_B26_first_use_has_one_button_and_a_get_issues_nothing(contract, language):
    client = signed_in(contract, language)
    answer = client.get("/licence/")
    body = answer.content.decode()
    assert body.count('action="/licence/issue/"') == 1
    assert "<textarea" not in body
    assert {"en": "No offline licence yet", "de": "Noch keine Offline-Lizenz"}[language] in words(answer)
    assert client.get("/licence/issue/").status_code == 405
    assert issued() == []


@LANGUAGES
def test_B26_the_licence_stands_there_read_only_with_copy_and_download(contract, language):
    client = signed_in(contract, language)
    answer = issue(client)
    body = answer.content.decode()
    assert answer.status_code == 200
    assert re.search(r'<textarea[^>]* id="licence-text"[^>]* readonly', body)
    assert 'data-copy="licence-text"' in body
    text = shown_text(answer)
    assert text.startswith("-----BEGIN TORHAUS LICENCE-----\n")
    assert text.rstrip().endswith("-----END TORHAUS LICENCE-----")
    licence = check(text, contract)
    assert (licence.subject, licence.customer, licence.sequence) == (contract.number, "10482", 1)
    assert (licence.edition, licence.allowances) == ("medium", {"objects": 5000})
    assert licence.grace_days == 30
    said = card(answer, "says")
    for fact in {
        "en": [
            "Booked Medium: 5,000",
            "Allowances Objects: 5,000",
            "2027-03-31 129 days left",
            "Production",
            "30 days after",
        ],
        "de": [
            "Gebucht Medium: 5.000",
            "Kontingente Objekte: 5.000",
            "31.03.2027 noch 129 Tage",
            "Produktivbetrieb",
            "30 Tage nach",
        ],
    }[language]:
        assert fact in said
    [row] = issued()
    file = client.get(f"/licence/files/{row.ref}/")
    assert file.content.decode() == text
    assert file["Content-Disposition"] == 'attachment; filename="V-2026-001-1.licence.txt"'
    assert file["Content-Type"].startswith("text/plain")
    assert "no-store" in file["Cache-Control"]


def test_B26_issuing_is_one_record_with_number_key_and_content_and_no_licence_text(contract):
    issue(signed_in(contract))
    with scopes_disabled():
        record = Record.objects.get(deed="issue_offline_licence")
    [row] = issued()
    assert record.after["number"] == 1
    assert (record.after["kid"], record.after["content"]) == (row.kid, row.content)
    assert record.subject_ref == contract.ref
    assert row.text not in str(record.after)
    assert row.issued_by.startswith("acme_")
    assert row.issued_by.count("_") == 1, "the label, not the token"


def test_B48_a_file_fits_the_tokens_of_its_contract_only(contract):
    token = people.token(contract)
    client = Client()
    client.post("/login/", {"token": token})
    text = shown_text(issue(client))
    assert check(text, contract, token_public_id=token.split("_")[1])
    with pytest.raises(WrongToken):
        check(text, contract, token_public_id=new_token("acme").public_id)


def test_the_same_form_twice_issues_one_file_and_a_fresh_one_another(contract):
    client = signed_in(contract)
    issue(client)
    again = issue(client)
    assert again.status_code == 200
    assert "Offline licence no. 1" in words(again)
    assert [row.number for row in issued()] == [1]
    issue(client, seen="1")
    assert [row.number for row in issued()] == [1, 2]


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 40, "²", "1e3", "\x00"])
def test_nonsense_in_the_form_never_fails(contract, seen):
    client = signed_in(contract)
    assert issue(client, seen=seen).status_code == 200
    assert len(issued()) == 1


def test_R21_extra_fields_change_nothing(contract):
    issue(signed_in(contract), contract="V-X", offline_days="9999", kid="x", quantity="1", expires_at="2099-01-01")
    [row] = issued()
    assert row.expires_at == people.NOON + timedelta(days=30)


def test_R50_a_contract_may_say_longer(contract):
    with scopes_disabled():
        type(contract).objects.update(offline_days=90, grace_days=5, maintenance_until=date(2028, 2, 29))
    answer = issue(signed_in(contract))
    assert issued()[0].expires_at == people.NOON + timedelta(days=90)
    said = card(answer, "says")
    assert "5 days after the end of the licence" in said
    assert "Maintenance until 2028-02-29" in said


def test_a_changed_contract_asks_for_a_new_file(contract):
    client = signed_in(contract)
    issue(client)
    assert "has changed since" not in words(client.get("/licence/"))
    people.booking(contract, quantity=6000)
    shown = words(client.get("/licence/"))
    assert "Your contract or its token has changed since this file was issued." in shown
    assert "Your offline licence is out of date" in card(client.get("/dashboard/"), "todo")
    answer = issue(client, seen="1")
    assert "has changed since" not in words(answer)
    assert check(shown_text(answer), contract).allowances == {"objects": 6000}
    assert "offline licence" not in card(client.get("/dashboard/"), "todo")


def test_a_new_token_asks_for_a_new_file(contract):
    client = signed_in(contract)
    issue(client)
    people.token(contract, overlap="7d")
    assert "has changed since" in words(client.get("/licence/"))


@LANGUAGES
def test_a_file_that_ends_soon_or_has_ended_says_so_here_and_on_the_dashboard(contract, language):
    client = signed_in(contract, language)
    issue(client)
    said = {
        "en": ("Issue a new one and install it before then", "ends soon", "Products no longer take it", "has run out"),
        "de": (
            "Stellen Sie vorher eine neue aus",
            "läuft bald ab",
            "Produkte nehmen sie nicht mehr an",
            "ist abgelaufen",
        ),
    }[language]
    with clock.at(people.NOON + timedelta(days=22, hours=23)):
        assert said[0] not in words(signed_in_again(client).get("/licence/"))
        assert said[1] not in card(client.get("/dashboard/"), "todo")
    with clock.at(people.NOON + timedelta(days=23)):
        assert said[0] in words(signed_in_again(client).get("/licence/"))
        assert said[1] in card(client.get("/dashboard/"), "todo")
    with clock.at(people.NOON + timedelta(days=30)):
        answer = signed_in_again(client).get("/licence/")
        assert said[2] in words(answer)
        assert "<textarea" not in answer.content.decode()
        assert said[3] in card(client.get("/dashboard/"), "todo")
        assert client.get(f"/licence/files/{issued()[0].ref}/").status_code == 404
    with clock.at(people.NOON + timedelta(days=61)):
        assert said[3] not in card(signed_in_again(client).get("/dashboard/"), "todo")


def signed_in_again(client):
    """The same browser after its session's time is over: the session is made young again, the token is the same."""
    session = client.session
    session["started_at"] = session["seen_at"] = clock.now().timestamp()
    session.save()
    return client


@LANGUAGES
@pytest.mark.parametrize(
    ("fields", "english", "german"),
    [
        ({"suspended": True}, "suspended", "gesperrt"),
        ({"starts_on": date(2026, 12, 1), "auto_renews": False}, "has not begun", "noch nicht begonnen"),
        ({"auto_renews": False, "ends_on": date(2026, 10, 22)}, "has ended", "beendet"),
    ],
)
def test_a_contract_that_grants_nothing_gets_no_file_and_the_reason(contract, language, fields, english, german):
    with scopes_disabled():
        type(contract).objects.update(**fields)
    client = signed_in(contract, language)
    answer = client.get("/licence/")
    assert {"en": english, "de": german}[language] in words(answer)
    assert "/licence/issue/" not in answer.content.decode()
    refused = issue(client)
    assert {"en": english, "de": german}[language] in words(refused)
    assert issued() == []


def test_in_its_grace_an_ended_contract_still_gets_a_file_until_the_grace_ends(contract):
    with scopes_disabled():
        type(contract).objects.update(auto_renews=False, ends_on=date(2026, 10, 24))
    answer = issue(signed_in(contract))
    [row] = issued()
    assert check(shown_text(answer), contract).items, "what was booked on the last day counts"
    assert row.expires_at.isoformat() == "2026-11-23T22:00:00+00:00"


def test_nothing_booked_nothing_licensed(db):
    people.vendor()
    create_signing_key(by=people.SYSTEM)
    bare = people.contract(people.customer())
    assert "Nothing is booked" in words(issue(signed_in(bare)))
    assert issued() == []


def test_without_a_signing_key_it_says_whom_to_tell(db):
    people.vendor()
    contract = people.contract(people.customer())
    people.booking(contract)
    assert "cannot sign licences just now" in words(issue(signed_in(contract)))
    assert issued() == []


def test_R51_after_a_change_of_keys_old_files_stay_valid_and_those_of_a_distrusted_key_do_not(contract):
    client = signed_in(contract)
    text = shown_text(issue(client))
    first = issued()[0].kid
    create_signing_key(by=people.SYSTEM)
    assert check(text, contract)
    issue(client, seen="1")
    assert issued()[1].kid != first
    SigningKey.objects.filter(kid=first).update(state=KeyState.DISTRUSTED)
    history = card(client.get("/licence/"), "history")
    assert history.count("No longer valid") == 1
    assert client.get(f"/licence/files/{issued()[0].ref}/").status_code == 404
    assert client.get(f"/licence/files/{issued()[1].ref}/").status_code == 200


@LANGUAGES
def test_B53_a_perpetual_licence_is_unlimited(contract, language):
    with scopes_disabled():
        type(contract).objects.update(kind="perpetual", ends_on=None, term_months=None, auto_renews=False)
    answer = issue(signed_in(contract, language))
    assert {"en": "Licence valid until Unlimited", "de": "Lizenz gültig bis Unbefristet"}[language] in card(
        answer, "says"
    )
    assert check(shown_text(answer), contract).licence_ends_at is None


def test_evaluation_seats_free_names_and_lines_that_end_early(contract):
    plan, _ = Plan.objects.get_or_create(item=people.item())
    full, guest = people.item("full", "seat"), people.item("guest", "seat")
    SeatRatio.objects.create(plan=plan, leading=full, following=guest, quantity=5)
    people.booking(contract, "seats", kind="seat", item=full, quantity=25)
    people.booking(contract, "odd", kind="service", item=None, name="<b>Übergabe</b>", quantity=1)
    people.booking(
        contract, "trial", kind="add_on", item=people.item("maps", "add_on"), quantity=1, until=date(2026, 12, 5)
    )
    people.booking(contract, "later", kind="add_on", item=people.item("risk", "add_on"), active_from=date(2027, 1, 1))
    with scopes_disabled():
        type(contract).objects.update(kind="evaluation", auto_renews=False)
    answer = issue(signed_in(contract))
    licence = check(shown_text(answer), contract)
    assert {key: seats.max for key, seats in licence.seats.items()} == {"full": 25, "guest": 125}
    assert {item.key: item.quantity for item in licence.items} == {"medium": 5000, "odd": 1, "maps": 1}
    assert [item.until.isoformat() for item in licence.items if item.until] == ["2026-12-05T23:00:00+00:00"]
    said = card(answer, "says")
    assert "Maps: 1 until 2026-12-05" in said
    assert "Seats Full: 25 Guest: 125" in said
    assert "Evaluation" in said
    assert "&lt;b&gt;Übergabe" in answer.content.decode()


def test_R70_another_customers_file_is_not_found(contract):
    issue(signed_in(contract))
    [row] = issued()
    other = people.contract(people.customer("2", "Südwind"), "V-2")
    client = signed_in(other)
    assert client.get(f"/licence/files/{row.ref}/").status_code == 404
    assert row.ref not in client.get("/licence/").content.decode()
    second = people.contract(contract.customer, "V-3")
    assert signed_in(second).get(f"/licence/files/{row.ref}/").status_code == 404, "another contract of the customer"


def test_staff_see_it_with_the_customers_eyes_and_issue_nothing_there(contract):
    issue(signed_in(contract))
    client = staff_client(people.staff("sales"))
    assert client.post(reverse("backoffice:view_as_customer", args=[contract.ref])).status_code == 302
    answer = client.get("/licence/")
    assert "<textarea" in answer.content.decode()
    assert "/licence/issue/" not in answer.content.decode()
    assert "/licence/reset-token/" not in answer.content.decode()
    assert client.post("/licence/issue/", {"newest_seen": "1"}).status_code == 403
    assert client.post("/licence/reset-token/", {"overlap": "0"}).status_code == 403
    assert len(issued()) == 1


def test_staff_see_the_files_on_the_contract(contract):
    client = staff_client(people.staff("sales"))
    url = f"/staff/contracts/{contract.ref}/"
    assert "No offline licence was issued" in card(client.get(url), "licences")
    issue(signed_in(contract))
    assert "1 Valid 2026-11-22 12:00 any machine acme_" in card(client.get(url), "licences")
    assert "Offline licence issued" in card(client.get(url), "records")


def test_the_history_is_paged(contract):
    client = signed_in(contract)
    for seen in range(12):
        client.post("/licence/issue/", {"newest_seen": str(seen)})
    shown = card(client.get("/licence/"), "history")
    assert "1 to 10 of 12" in shown
    assert "11 to 12 of 12" in card(client.get("/licence/?page=2"), "history")
    assert client.get("/licence/?page=x").status_code == 200


def test_twelve_queries_at_most_however_many_files(contract):
    people.booking(contract, "seats", item=people.item("seat", "seat"), kind="seat", quantity=3)
    client = signed_in(contract)
    issue(client)
    with CaptureQueriesContext(connection) as few:
        client.get("/licence/")
    for number in range(1, 15):
        issue(client, seen=str(number))
    with CaptureQueriesContext(connection) as many:
        assert "1 to 10 of 15" in words(client.get("/licence/"))
    assert len(few) == len(many) <= 12, "\n".join(query["sql"] for query in many)
