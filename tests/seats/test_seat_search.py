"""Searches of seats find what the search before found, letter by letter, on both databases; pages leave nothing out."""

import random
import re
import unicodedata

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django_scopes import scope, scopes_disabled
from django_scopes.exceptions import ScopeError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import people
from tests.seats import seating
from torhaus.organisations.search import spellings
from torhaus.records.deeds import deed, nothing_done
from torhaus.seats import seat_pages
from torhaus.seats.forget_holder import forget_holder
from torhaus.seats.holders import Holder
from torhaus.seats.lookup import looked_up
from torhaus.seats.models import Seat
from torhaus.seats.queries import seat_standing
from torhaus.seats.reassign_seat import reassign_seat
from torhaus.seats.seat_list import SORTS, SeatFilter, filtered_seats, in_order
from torhaus.seats.seat_pages import seats_of_page, seek

pytestmark = pytest.mark.django_db
ON_SQLITE = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL keeps its index by itself")
ASCII = st.text(st.sampled_from("abAB1 .%_\\'-@"), max_size=6)
LETTERS = st.text(st.sampled_from("abA1 .%_äÄößéÉ\u0301şŞ-@"), max_size=6)
SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(autouse=True)
def every_search_is_looked_up(monkeypatch):
    """However few seats there are."""
    monkeypatch.setattr(seat_pages, "READ_THROUGH", 0)


def found(of, text: str) -> set[int]:
    """As lists and files find them, which read through all, and as pages do, which look it up."""
    wanted = SeatFilter(text=text)
    with scope(customer=of.customer_id, customer_ref=of.customer.ref):
        keys = set(filtered_seats(of, wanted, people.NOON).values_list("pk", flat=True))
        sought = seek(of, wanted, "holder", kinds=seat_standing(of, people.NOON.date()), now=people.NOON)
    assert set(sought.keys or ()) == keys
    return keys


def found_before(of, text: str) -> set[int]:
    """As searches looked before one text was kept for them."""
    fields = ("name", "organisation", "mail")
    alike = Q(*((f"{field}__icontains", form) for form in spellings(text) for field in fields), _connector=Q.OR)
    with scopes_disabled():
        return set(Seat.objects.filter(alike, contract=of, released_at=None).values_list("pk", flat=True))


def letters(text: str) -> str:
    return unicodedata.normalize("NFC", text.casefold())


def plant(of, holders) -> None:
    kind = people.item("full", "seat")
    with scopes_disabled():
        Seat.objects.bulk_create(
            Seat(contract=of, kind=kind, place=n, name=name, organisation=organisation, mail=mail.lower() + str(n),
                 assigned_at=people.NOON) for n, (name, organisation, mail) in enumerate(holders, 1)
        )  # fmt: skip


@SLOW
@given(holders=st.lists(st.tuples(ASCII, ASCII, ASCII), max_size=8), text=ASCII.filter(len))
def test_letters_of_ascii_are_found_as_before(holders, text):
    with transaction.atomic():
        of, other = seating.contract(), seating.contract("V-2026-002")
        plant(of, holders)
        plant(other, holders)
        assert found(of, text) == found_before(of, text)
        transaction.set_rollback(True)


@SLOW
@given(holders=st.lists(st.tuples(LETTERS, LETTERS, ASCII), max_size=8), text=LETTERS.filter(len))
def test_other_letters_are_found_in_any_case_and_composition_and_nothing_else_is(holders, text):
    with transaction.atomic():
        of = seating.contract()
        plant(of, holders)
        with scopes_disabled():
            rows = list(Seat.objects.filter(contract=of))
        said = {one.pk: (one.name, one.organisation, one.mail) for one in rows}
        expected = {pk for pk, texts in said.items() if any(letters(text) in letters(one) for one in texts)}
        assert found(of, text) == expected
        if not unicodedata.combining(text[0]):  # which no person begins with
            composed = {pk for pk in said if unicodedata.is_normalized("NFC", ("".join(said[pk]) + text).casefold())}
            whole = {pk for pk in found_before(of, text) if unicodedata.is_normalized("NFC", "".join(said[pk]) + text)}
            whole &= composed  # ß with an accent becomes ss with one on the second s
            assert whole <= expected, "nothing that was found before is lost"
        transaction.set_rollback(True)


def test_searches_follow_whoever_holds_the_seat_and_forget_who_held_it():
    of = seating.contract()
    seat = seating.assign(of, Holder("Ada Öztürk", "ada@nordwind.example", "Straße & Söhne"))
    assert found(of, "ÖZT") == found(of, "STRASSE") == found(of, "ada@") == {seat.pk}
    assert found(of, "öztürk\x1fstra") == found(of, "türkstra") == set(), "one holder's fields stand apart"
    reassign_seat(
        contract_ref=of.ref, seat_ref=seat.ref, holder=Holder("Ben", "ben@nordwind.example"), by=people.SYSTEM
    )
    assert (found(of, "özt"), found(of, "ben@")) == (set(), {seat.pk})
    seating.release(of, seat)
    with scopes_disabled():
        row = Seat.objects.get(pk=seat.pk)
    assert (row.sought, found(of, "ben@")) == ("", set())


def erase(mail: str) -> None:
    @deed("plant")
    def erased() -> None:
        forget_holder(mail=mail, name_in=lambda language: "Gelöscht")
        nothing_done()

    erased()


def test_an_erased_holder_is_found_no_more():
    of = seating.contract()
    seating.assign(of, Holder("Ada Öztürk", "ada@nordwind.example", "Nordwind"))
    erase("ada@nordwind.example")
    assert [len(found(of, text)) for text in ("özt", "ada@", "nordwind", "GELÖSCHT")] == [0, 0, 0, 1]


def test_the_database_refuses_a_released_seat_that_is_still_found():
    seat = seating.assign(seating.contract())
    with scopes_disabled(), pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.filter(pk=seat.pk).update(released_at=people.NOON, name="", mail="", organisation="")


# Ideographs of four bytes, which nothing shortens; notes that are twelve bytes each once they are composed for searches.
@pytest.mark.parametrize("signs", [range(0x20000, 0x2A6DE), [*range(0x1D15E, 0x1D165), *range(0x1D1BB, 0x1D1C1)]])
def test_the_longest_holders_are_kept_and_found(signs):
    of, chance = seating.contract(), random.Random(5)
    name, organisation = ("".join(map(chr, chance.choices(signs, k=120))) for _ in "ab")
    mail = ".".join("".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=47)) for _ in range(4))[:190]
    mail = mail.replace(".", "@", 1)
    seat = seating.assign(of, Holder(name, mail, organisation))
    assert found(of, name[40:80]) == found(of, organisation) == found(of, mail) == {seat.pk}


@ON_SQLITE
def test_what_is_looked_up_says_what_the_seats_say_whoever_wrote_them():
    of = seating.contract(full=9)
    kept, left, gone = (seating.assign(of, Holder(f"Zoë {n}", f"zoe{n}@nordwind.example")) for n in "123")
    seating.release(of, left)
    with scopes_disabled():
        Seat.objects.filter(pk=kept.pk).update(sought="somebody else", name="Somebody else")
        Seat.objects.filter(pk=gone.pk).delete()
    assert (looked_up("zoë", 9), looked_up("somebody", 9)) == ("[]", f"[{kept.pk}]")
    with connection.cursor() as cursor:  # raises where it says anything else than the seats
        cursor.execute("INSERT INTO seats_sought(seats_sought, rank) VALUES ('integrity-check', 1)")


@ON_SQLITE
def test_nothing_of_an_erased_holder_is_left_where_searches_look():
    of = seating.contract()
    seat = seating.assign(of, Holder("Xqzy", "xqzy@nordwind.example"))

    def stored() -> bytes:
        with connection.cursor() as cursor:
            cursor.execute("SELECT block FROM seats_sought_data")
            return b"".join(block for (block,) in cursor.fetchall())

    assert b"qzy" in stored()
    erase("xqzy@nordwind.example")
    assert b"qzy" not in stored(), "SQLite notes only that something is gone, until it merges"
    assert looked_up("gelöscht", 9) == f"[{seat.pk}]"


@ON_SQLITE
@pytest.mark.parametrize("sort", SORTS)
def test_what_was_looked_up_is_what_the_query_begins_with(sort):
    of = seating.contract()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'")
        assert cursor.fetchone() == (0,), "no installation has statistics, and plans differ with them"
    for wanted in (SeatFilter(text="nordwind"), SeatFilter(text="nordwind", kind="full", state="active")):
        plan = in_order(seat_pages._wanted_among("[1, 2]", of, wanted, people.NOON), sort).explain()
        assert re.search(r"SEARCH seats_seat .*\browid=\?", plan), plan


@pytest.mark.parametrize("sort", ["holder", "-seen"])
@pytest.mark.parametrize(("read_through", "most"), [(0, 5), (9, 5), (0, 4), (0, 1)])
def test_however_it_is_looked_for_the_same_is_found(monkeypatch, sort, read_through, most):
    """Looked up, read through, and where another customer's seats are too many to be looked up."""
    monkeypatch.setattr(seat_pages, "READ_THROUGH", read_through)
    monkeypatch.setattr(seat_pages, "MOST_COUNTED", most)
    of, other = seating.contract(full=9), seating.contract("V-2026-002", full=9)
    mine = [seating.assign(of, Holder(name, f"{name}@x.example")) for name in ("anna", "bert", "annabel")]
    for n in range(3):
        seating.assign(other, Holder(f"anna {n}", f"anna{n}@y.example"))
    wanted = SeatFilter(text="ANNA")
    with scope(customer=of.customer_id, customer_ref=of.customer.ref):
        sought = seek(of, wanted, sort, kinds=seat_standing(of, people.NOON.date()), now=people.NOON)
        shown = [one.pk for one in seats_of_page(sought, offset=0, limit=5)]
    expected = sorted([mine[0].pk, mine[2].pk], reverse=sort == "-seen")
    assert (shown, sought.more) == (expected[:most], most == 1)


def test_another_customers_contract_is_not_searched():
    of, other = seating.contract(), seating.contract("V-2026-002")
    with scope(customer=of.customer_id, customer_ref=of.customer.ref), pytest.raises(ScopeError):
        filtered_seats(other, SeatFilter(), people.NOON)


@pytest.mark.parametrize("sort", [f"{way}{one}" for one in SORTS for way in ("", "-")])
@pytest.mark.parametrize(
    "wanted",
    [
        SeatFilter(),
        SeatFilter(kind="guest"),
        SeatFilter(state="active"),
        SeatFilter(text="nordwind", kind="full", state="active"),
        SeatFilter(text="name 3"),
        SeatFilter(unseen_days=1),
    ],
)
def test_pages_of_very_many_show_each_seat_once_and_in_order(monkeypatch, sort, wanted):
    of = seating.contract(full=9, room=4)
    for n in range(17):
        kind = ("full", "guest", "full", "room")[n % 4]
        seating.assign(of, Holder(f"Name {n * 7 % 5}", "" if kind == "room" else f"p{n}@nordwind.example"), kind)
    with scopes_disabled():
        Seat.objects.filter(pk__in=[one.pk for one in Seat.objects.all()[::2]]).update(state="active", owned_bytes=5)
    with scope(customer=of.customer_id, customer_ref=of.customer.ref):
        every = list(in_order(filtered_seats(of, wanted, people.NOON), sort).values_list("pk", flat=True))
        sought = seek(of, wanted, sort, kinds=seat_standing(of, people.NOON.date()), now=people.NOON)
        pages = [[one.pk for one in seats_of_page(sought, offset=at, limit=4)] for at in range(0, sought.total, 4)]
    assert (sought.total, [pk for page in pages for pk in page]) == (len(every), every)
    assert {len(page) for page in pages[:-1]} <= {4}


def test_of_very_many_that_a_search_finds_it_is_said_that_there_are_more(monkeypatch):
    monkeypatch.setattr(seat_pages, "MOST_COUNTED", 6)
    of = seating.contract(full=9)
    seats = [seating.assign(of, f"p{n}") for n in range(9)]
    with scope(customer=of.customer_id, customer_ref=of.customer.ref):
        sought = seek(
            of, SeatFilter(text="nordwind"), "holder", kinds=seat_standing(of, people.NOON.date()), now=people.NOON
        )
        page = seats_of_page(sought, offset=4, limit=2)
    assert (sought.total, sought.more, [one.pk for one in page]) == (6, True, [one.pk for one in seats[4:6]])


def test_of_a_text_with_digits_these_are_looked_up_first_and_all_of_it_where_that_finds_too_many():
    of = seating.contract(full=9)
    mails = ["ada@werk2471.example", "ben@werk2471.example", "zoe@werk2471.example"]
    ada, ben, zoe = (seating.assign(of, Holder("Somebody", mail)) for mail in mails)
    if connection.vendor == "sqlite":
        assert looked_up(mails[0], 3) == f"[{ada.pk},{ben.pk},{zoe.pk}]", "what stands there in vain is left out later"
        assert (looked_up(mails[0], 2), looked_up("werk2471", 2)) == (f"[{ada.pk}]", None)
    with scope(customer=of.customer_id, customer_ref=of.customer.ref):
        kinds, now = seat_standing(of, people.NOON.date()), people.NOON
        for text, keys in ((mails[1], [ben.pk]), ("werk2471", [zoe.pk, ben.pk, ada.pk])):
            assert seek(of, SeatFilter(text=text), "-holder", kinds=kinds, now=now).keys == keys


def test_searches_are_looked_up_in_an_index_made_for_them():
    of = seating.contract()
    with scope(customer=of.customer_id, customer_ref=of.customer.ref):
        rows = in_order(filtered_seats(of, SeatFilter(text="nordwind"), people.NOON), "holder").values_list("pk")
    if connection.vendor == "sqlite":
        assert "COVERING INDEX seat_holder" in rows.explain()
        with scope(customer=of.customer_id, customer_ref=of.customer.ref):
            unseen = filtered_seats(of, SeatFilter(unseen_days=90), people.NOON).values_list("pk")
        assert "COVERING INDEX seat_holder" in in_order(unseen, "holder")[:25].explain(), "no row is read in vain"
        assert (looked_up("nordwind", 9), looked_up("no", 9)) == ("[]", None)
        seat = seating.assign(of)
        assert (looked_up("nordwind", 1), looked_up("nordwind", 0)) == (f"[{seat.pk}]", None), "none of too many"
        return
    with connection.cursor() as cursor:  # of so few rows PostgreSQL uses no index
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'seat_sought'")
        assert "gin_trgm_ops" in cursor.fetchone()[0]
