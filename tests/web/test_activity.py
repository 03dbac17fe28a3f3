"""The activity log (B102): a customer's own records in words, filtered, paged by cursor, and as CSV and XLSX."""

import csv
import io
import re
import zipfile
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from django.test import Client

from tests import people
from tests.doors import signed_in, staff_client
from tests.web.test_members import ADMIN, OWNER, inside, invite, row_of
from tests.web.visitors import words
from torhaus.core import clock
from torhaus.records.actions import erase_personal_values, seal_records
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.records.models import ActorKind

pytestmark = pytest.mark.django_db(transaction=True)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture
def contract(settings, tmp_path):
    settings.EMAIL_FILE_PATH = tmp_path
    settings.EMAIL_BACKEND = "torhaus.core.mail.EmlBackend"
    people.vendor()
    return people.contract(people.customer(language="en"))


@pytest.fixture
def staffed(contract):
    return {role: people.member(contract.customer, role) for role in ("owner", "administrator", "auditor", "member")}


@deed("name_installation")
def plant(*, customer_ref, name, by=people.SYSTEM):
    write_record(by=by, customer_ref=customer_ref, subject=("installation", "x"), personal={"installation_name": name})


def rows(answer) -> list[str]:
    body = answer.content.decode().partition("<tbody")[2].partition("</tbody>")[0]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in body.split('<tr role="row">')[1:]]


def shown(client, query="") -> list[str]:
    seal_records()
    answer = client.get("/activity/" + query)
    assert answer.status_code == 200
    return rows(answer)


def csv_rows(client, query="") -> list[list[str]]:
    answer = client.get("/activity/export.csv" + query)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def xlsx_rows(client, query="") -> list[list[str]]:
    content = b"".join(client.get("/activity/export.xlsx" + query).streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert not list(sheet.iter(f"{SHEET}f")), "no cell is a formula"
    return [
        ["".join(cell.itertext()) for cell in row.findall(f"{SHEET}c")] for row in sheet.iter(f"{SHEET}row")
    ]  # fmt: skip


def test_B102_what_happened_stands_in_words_with_who_and_whom(staffed):
    client = inside()
    invite(client)
    client.post(f"/members/{row_of('new@nordwind.example').ref}/role/", {"role": "auditor"})
    first, second, third = shown(client)
    assert first.startswith("Somebody got another role Technical staff → Auditor (reads only)")
    assert ADMIN in first
    assert first.endswith("Kim Neu new@nordwind.example")
    assert second.startswith("Somebody was invited Technical staff")
    assert third.startswith("Signed in by name")
    client.cookies["torhaus_language"] = "de"
    german = words(client.get("/activity/"))
    assert "Jemand hat eine andere Rolle" in german
    assert "Technik →" in german


def test_B102_who_may_see_it_and_only_their_own_customers(staffed, contract):
    other = people.contract(people.customer(number="20993", name="Südwind AG"), number="V2")
    plant(customer_ref=other.customer.ref, name="Secret cellar")
    plant(customer_ref="", name="Of nobody")
    for mail in (OWNER, ADMIN, "auditor@nordwind.example"):
        page = shown(inside(mail))
        assert page
        assert not [row for row in page if "Secret" in row or "nobody" in row]
        assert "Secret" not in str(csv_rows(inside(mail)))
    assert inside("member@nordwind.example").get("/activity/").status_code == 403
    assert signed_in(people.token(contract)).get("/activity/").status_code == 403
    assert Client().get("/activity/export.xlsx").status_code == 302
    key = "00000000-0000-4000-8000-000000000000"
    for cursor in (key, "x" * 40, "1"):
        assert shown(inside(), f"?before={cursor}"), "an unknown cursor is the newest page"


def test_what_the_vendors_people_do_among_themselves_is_hidden_and_nobody_of_them_is_named(staffed, contract):
    staff = people.staff("sales", name="Samir Saleh")
    staff_client(staff).post(f"/staff/contracts/{contract.ref}/view/")
    hidden("note_ticket", contract.customer.ref)
    page = " ".join(shown(inside()))
    assert "Our staff looked at the portal as you see it" in page
    assert "Samir" not in page + str(csv_rows(inside()))
    assert staff.mail not in page + str(csv_rows(inside()))
    assert "ticket" not in page


def hidden(name: str, customer_ref: str) -> None:
    @deed(name)
    def act():
        write_record(by=Actor(ActorKind.STAFF, "x", "samir@acme.example"), customer_ref=customer_ref)

    act()


def test_B102_filters_by_person_event_and_period_combine_and_the_files_hold_exactly_their_rows(staffed):
    admin, owner = inside(), inside(OWNER)
    invite(admin, "kim@nordwind.example", name="Kim Neu")
    invite(owner, "lee@nordwind.example", name="Lee Alt")
    admin.post(f"/members/{row_of('kim@nordwind.example').ref}/role/", {"role": "auditor"})
    owner.post(f"/members/{row_of('kim@nordwind.example').ref}/role/", {"role": "member"})
    today = clock.today("Europe/Berlin")
    for query, count in (
        ("", 6),
        (f"?by={ADMIN}", 3),
        ("?by=jo+administrator", 3),
        ("?about=kim", 3),
        ("?about=KIM@nordwind.example", 3),
        ("?event=change_member_role", 2),
        ("?by=owner&about=kim", 1),
        ("?by=owner&about=kim&event=invite_member", 0),
        (f"?about=kim&event=invite_member&since={today}&until={today}", 1),
        (f"?since={today + timedelta(days=1)}", 0),
        (f"?until={today - timedelta(days=1)}", 0),
        ("?by=nobody@nowhere.example", 0),
    ):
        page = shown(admin, query)
        assert len(page) == count, query
        for found in (csv_rows(admin, query), xlsx_rows(admin, query)):
            assert len(found) == count + 1, query
            assert [row[2] in line for row, line in zip(found[1:], page, strict=True)] == [True] * count
    for query, said in (
        ("?since=yesterday", "This is not a day"),
        ("?event=party", "no such event"),
    ):
        answer = admin.get("/activity/" + query)
        assert said in words(answer)
        assert len(rows(answer)) == 6, "an invalid filter is left out and says so"


def test_somebody_who_left_is_still_found(staffed):
    owner = inside(OWNER)
    admin = inside()
    invite(admin)
    owner.post(f"/members/{staffed['administrator'].ref}/remove/")
    assert len(shown(owner, f"?by={ADMIN}")) == 2
    assert [row.startswith("Somebody was removed") for row in shown(owner, f"?about={ADMIN}")] == [True]


def test_many_people_of_one_name_are_not_guessed_at(staffed, contract):
    for n in range(21):
        people.member(contract.customer, "member", mail=f"twin{n}@nordwind.example")
    answer = inside().get("/activity/?by=twin")
    assert "More than 20 people are called so" in words(answer)
    assert rows(answer) == []


def test_B102_pages_follow_a_cursor_whatever_happens_meanwhile(staffed, contract):
    for n in range(120):
        plant(customer_ref=contract.customer.ref, name=f"place {n:03}")
    client = inside()
    seal_records()

    def places(answer):
        return re.findall(r"place \d{3}", " ".join(rows(answer)))

    def link(answer, rel):
        found = re.search(rf'href="(\?[^"]*)" rel="{rel}"', answer.content.decode())
        return found and "/activity/" + found[1].replace("&amp;", "&")

    query = "/activity/?event=name_installation"
    first = client.get(query)
    plant(customer_ref=contract.customer.ref, name="place 999")
    seal_records()
    second = client.get(link(first, "next"))
    third = client.get(link(second, "next"))
    seen = places(first) + places(second) + places(third)
    assert seen == [f"place {n:03}" for n in reversed(range(120))], "none twice, none missed"
    assert link(first, "prev") is None
    assert link(third, "next") is None
    assert places(client.get(link(third, "prev"))) == places(second)
    back = client.get(link(second, "prev"))
    assert places(back) == places(first)
    assert places(client.get(link(back, "prev")))[0] == "place 999", "the way back leads to the newest"
    assert "event=name_installation" in link(second, "next")


def test_what_is_not_sealed_yet_is_not_shown(staffed, contract):
    client = inside()
    seal_records()
    plant(customer_ref=contract.customer.ref, name="a moment ago")
    assert "a moment ago" not in " ".join(rows(client.get("/activity/")))
    assert "a moment ago" in " ".join(shown(client))


def test_B102_no_cell_of_a_file_runs_as_a_formula(staffed, contract):
    for name in ("=1+1", "+49", "-1", "@SUM(A1)", "\tx", "https://evil.example"):
        plant(customer_ref=contract.customer.ref, name=name)
    seal_records()
    client = inside()
    cells = [row[3] for row in csv_rows(client, "?event=name_installation")[1:]]
    assert cells == ["https://evil.example", "'\tx", "'@SUM(A1)", "'-1", "'+49", "'=1+1"]
    found = [row[3] for row in xlsx_rows(client, "?event=name_installation")[1:]]
    assert found == ["https://evil.example", "\tx", "@SUM(A1)", "-1", "+49", "=1+1"], "text as it is"
    answer = client.get("/activity/export.csv")
    assert answer.headers["Content-Disposition"].endswith('10482.csv"')
    assert "no-store" in answer.headers["Cache-Control"]


def test_erased_names_are_gone_from_the_log_too(staffed):
    client = inside()
    invite(client)
    seal_records()
    erase_personal_values(value="new@nordwind.example", by=people.SYSTEM)
    erase_personal_values(actor_ref=staffed["administrator"].person.ref, by=people.SYSTEM)
    page = " ".join(shown(client, "?event=invite_member"))
    assert "new@nordwind.example" not in page
    assert "name erased" in page
    assert shown(client, "?about=new@nordwind.example") == []
