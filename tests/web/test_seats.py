"""Licences & seats: what is booked, used and free, who holds what, found again among very many."""

import csv
import io
import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.doors import staff_client
from tests.seats import seating
from tests.web.visitors import card, words
from torhaus.core import clock
from torhaus.frame.viewers import CURRENT
from torhaus.organisations.models import Membership
from torhaus.seats import seat_pages
from torhaus.seats.holders import Holder
from torhaus.seats.models import Seat
from torhaus.seats.report_seats import SeatSaid, report_seats

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def contract(db):
    made = seating.contract()
    with scopes_disabled():
        type(made.customer).objects.update(language="en")
    return made


def signed_in(of, language="en", role="administrator") -> Client:
    """Somebody of the contract's customer; people with several contracts see the first until they choose."""
    with scopes_disabled():
        known = Membership.objects.filter(customer=of.customer, role=role).first()
    row = known or people.member(of.customer, role, mail=f"{role}.{of.customer.ref}@nordwind.example".lower())
    client = staff_client(row.person)
    session = client.session
    session[CURRENT] = of.ref
    session.save()
    client.cookies["torhaus_language"] = language
    return client


def seen(of, seat, days=0, **fields) -> None:
    said = SeatSaid(seat.ref, people.NOON - timedelta(days=days), **fields)
    report_seats(contract_ref=of.ref, said=[said], by=people.SYSTEM)


def crowded(of) -> dict[str, Seat]:
    """Seats in every state: two full ones, two guests, a room."""
    with clock.at(people.NOON - timedelta(days=200)):
        ada = seating.assign(of, Holder("Ada Öztürk", "ada@nordwind.example", "Nordwind"))
        ben = seating.assign(of, "ben")
    gus = seating.assign(of, Holder("", "gus@kanzlei.example", "Kanzlei Kant"), "guest", created_by=ada.ref)
    eve = seating.assign(of, "eve", "guest", ends_on=people.NOON.date() + timedelta(days=9))
    room = seating.assign(of, Holder("Board papers"), "room")
    seen(of, ada, owned_bytes=48_000_000, invited_bytes=2_000_000)
    seen(of, ben, 100)
    return {"ada": ada, "ben": ben, "gus": gus, "eve": eve, "room": room}


def names(answer) -> list[str]:
    """The holders of the list, in order."""
    body = answer.content.decode()
    table = body[body.index("<tbody") : body.index("</tbody>")] if "<tbody" in body else ""
    found = re.findall(r'<th scope="row"[^>]*>(.*?)</th>', table)
    return [" ".join(re.sub(r"<span.*", "", re.sub(r"</?a[^>]*>", "", one)).split()) for one in found]


def test_B76_B77_each_kind_says_what_is_booked_used_and_available(contract):
    crowded(contract)
    answer = signed_in(contract).get("/seats/")
    shown = words(answer)
    full, guest = card(answer, "kind-full"), card(answer, "kind-guest")
    assert all(said in full for said in ("Full seat full 2", "of 2 used", "Booked 2", "Used 2", "Available 0")), full
    numbers = ("of 4 used", "Booked 4", "Used 2", "of them invited 2", "Available 2")
    assert all(said in guest for said in numbers), guest
    assert "Ada Öztürk ada@nordwind.example Nordwind Full seat Active 2026-11-22 48 MB 2 MB shared" in shown
    assert "Ben ben@nordwind.example – Full seat 100 days idle 2026-08-14 –" in shown
    assert "Eve eve@nordwind.example – Guest seat Invited until 2026-12-01 – –" in shown
    german = words(signed_in(contract, "de").get("/seats/"))
    assert "Lizenzen & Plätze" in german
    assert all(said in german for said in ("von 4 belegt", "Gebucht 4", "davon eingeladen 2")), german


def test_a_booking_that_became_smaller_says_by_how_many_and_what_to_do(contract):
    crowded(contract)
    seating.book(contract, "full", 1)
    answer = signed_in(contract).get("/seats/")
    assert "Over by 1 seat. Until so many are released or booked again, nobody gets another" in words(answer)
    assert "?kind=full&amp;sort=seen" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["gus@kanzlei.example", "Ada Öztürk", "Ben", "Board papers", "Eve"]),
        ("?text=KANT", ["gus@kanzlei.example"]),
        ("?text=özt", ["Ada Öztürk"]),
        ("?text=ÖZT", ["Ada Öztürk"]),
        ("?text=nordwind.ex&sort=-holder", ["Eve", "Ben", "Ada Öztürk"]),
        ("?kind=guest", ["gus@kanzlei.example", "Eve"]),
        ("?kind=full&state=active", ["Ada Öztürk", "Ben"]),
        ("?state=initiated", ["gus@kanzlei.example", "Board papers", "Eve"]),
        ("?state=temporary", ["Eve"]),
        ("?unseen=90", ["Ben"]),
        ("?unseen=101", []),
        ("?kind=full&sort=seen", ["Ben", "Ada Öztürk"]),
        ("?kind=full&sort=-owned", ["Ada Öztürk", "Ben"]),
        ("?text=%25%25%25", []),
        ("?sort=--holder&page=99", ["gus@kanzlei.example", "Ada Öztürk", "Ben", "Board papers", "Eve"]),
    ],
)
def test_the_list_is_filtered_sorted_and_paged_by_its_address(contract, query, expected):
    crowded(contract)
    answer = signed_in(contract).get("/seats/" + query)
    assert (answer.status_code, names(answer)) == (200, expected)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?text=ad", "Enter at least 3 characters"),
        ("?kind=nothing", "There is no such kind"),
        ("?state=gone", "There is no such state"),
        ("?unseen=soon", "such as 90"),
        ("?unseen=0", "from 1 to 3650"),
        ("?text=a%00b%00", "Null characters are not allowed"),
    ],
)
def test_nonsense_in_the_filter_is_explained_and_left_out(contract, query, said):
    crowded(contract)
    answer = signed_in(contract).get("/seats/" + query)
    assert said in words(answer)
    assert len(names(answer)) == 5


def test_nobody_holds_one_and_none_is_booked(contract):
    assert "Nobody holds a seat yet" in words(signed_in(contract).get("/seats/"))
    other = people.contract(contract.customer, "V-2026-009")
    assert "No seats are booked" in words(signed_in(other).get("/seats/"))


@pytest.mark.parametrize(
    ("role", "status"),
    [("owner", 200), ("administrator", 200), ("auditor", 200), ("technical", 403), ("billing", 403), ("member", 403)],
)
def test_B78_owner_administrator_and_auditor_look_and_others_hear_whom_to_ask(contract, role, status):
    crowded(contract)
    client = signed_in(contract, role=role)
    for path in ("/seats/", "/seats/export.csv"):
        assert client.get(path).status_code == status
    if status == 403:
        assert "Ask the owner of your organisation" in words(client.get("/seats/"))
        assert "/seats/" not in client.get("/dashboard/").content.decode()


def exported(of, query="", language="en") -> list[list[str]]:
    answer = signed_in(of, language).get("/seats/export.csv" + query)
    assert (answer.status_code, "no-store" in answer.headers["Cache-Control"]) == (200, True)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text), delimiter=";" if language == "de" else ","))


def test_the_export_holds_exactly_the_filtered_rows(contract):
    made = crowded(contract)
    rows = exported(contract, "?kind=full&sort=seen")
    assert rows[0][:4] == ["Seat", "Kind", "Key of the kind", "Name"]
    assert [row[3] for row in rows[1:]] == ["Ben", "Ada Öztürk"]
    assert rows[2][:7] == [
        made["ada"].ref,
        "Full seat",
        "full",
        "Ada Öztürk",
        "ada@nordwind.example",
        "Nordwind",
        "Active",
    ]
    assert rows[2][7:] == ["", "2026-05-06T12:00:00+02:00", "2026-11-22T12:00:00+01:00", "48000000", "2000000"]
    assert [row[3:5] for row in exported(contract, "?state=temporary", "de")[1:]] == [["Eve", "eve@nordwind.example"]]
    assert len(exported(contract, "?text=ad")) == 6, "what is no filter filters nothing"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", '=cmd|" /C calc"!A0'])
def test_the_export_never_holds_a_formula(contract, name):
    seating.assign(contract, Holder(name, "x@nordwind.example", name))
    assert exported(contract)[1][3:6:2] == ["'" + name] * 2


def test_another_customers_seats_are_nowhere(contract):
    crowded(seating.contract("V-2026-002"))
    client = signed_in(contract)
    assert "Nobody holds a seat yet" in words(client.get("/seats/"))
    assert len(exported(contract)) == 1


def many(of, number: int) -> None:
    """So many seats at once, as one customer of 50,000 has them."""
    seating.book(of, "full", number)
    kind = people.item("full", "seat")
    rows = (
        Seat(
            contract=of, kind=kind, place=n, name=f"Person {n * 7919 % number:05}", mail=f"p{n}@nordwind.example",
            organisation=f"Abteilung {n % 40}", state="active", assigned_at=people.NOON,
            last_seen_at=people.NOON - timedelta(minutes=n), owned_bytes=n,
        )
        for n in range(1, number + 1)
    )  # fmt: skip
    with scopes_disabled():
        Seat.objects.bulk_create(rows, batch_size=2000)


@pytest.mark.parametrize("query", ["", "?text=abteilung 7&sort=-seen&page=3", "?unseen=1&sort=organisation"])
def test_queries_do_not_grow_with_the_seats(contract, query):
    counted = []
    for number in (30, 300):
        with scopes_disabled():
            Seat.objects.all().delete()
        many(contract, number)
        client = signed_in(contract)
        client.get("/seats/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/seats/" + query).status_code == 200
        counted.append(len(queries))
    assert counted[0] >= counted[1] - 1
    assert max(counted) <= 12, counted


def holders(answer) -> list[str]:
    return re.findall(r"p\d+@nordwind\.example", answer.content.decode())


@pytest.mark.parametrize("sort", ["holder", "-seen"])
def test_a_long_list_is_walked_by_its_links_to_its_end_and_back_and_old_addresses_still_lead_there(
    contract, monkeypatch, sort
):
    monkeypatch.setattr(seat_pages, "AT_HAND", 60)
    many(contract, 300)
    client = signed_in(contract)
    shown, way, queries_each = [], f"/seats/?sort={sort}", set()
    while way:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(way)
        queries_each.add(len(queries))
        shown.append(holders(answer))
        following = re.search(r'href="([^"]*)" rel="next"', answer.content.decode())
        way = "/seats/" + unescape(following[1]) if following else ""
    every = [one for page in shown for one in page]
    assert len(set(every)) == len(every) == 300
    assert max(queries_each) <= 12
    assert "276 to 300 of 300" in words(answer)
    for number in (12, 7, 1):
        assert holders(client.get(f"/seats/?sort={sort}&page={number}")) == shown[number - 1]
    before = re.search(r'href="([^"]*)" rel="prev"', client.get(f"/seats/?sort={sort}&page=7").content.decode())
    assert "near=" in before[1]
    assert holders(client.get("/seats/" + unescape(before[1]))) == shown[5]
    assert "near=" not in re.search(r'href="[^"]*export.csv([^"]*)"', answer.content.decode())[1]
    assert holders(client.get(f"/seats/?sort={sort}&page=7&near=150.nobody.0")) == shown[6]
    for nonsense in ("%00", "1.%00.a", "<script>", "é", "1" * 10_001):
        assert holders(client.get(f"/seats/?sort={sort}&page=7&near={nonsense}")) == shown[6]
