"""Seats through the SDK, against a portal that is really served: both clients, every refusal, and the command."""

import json
import urllib.request
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

import pytest

from tests.sdk.console import Desk, keys_of
from tests.sdk.loops import run
from tests.sdk.portal import client as client_of
from tests.sdk.portal import portal as own_portal
from tests.sdk.test_readme import SEATS
from tests.servers import serving
from torhaus_sdk import errors
from torhaus_sdk.account import SeatReport
from torhaus_sdk.async_client import AsyncClient
from torhaus_sdk.client import Client

pytestmark = [pytest.mark.servers, pytest.mark.slow, pytest.mark.timeout(300)]
SEED = """
import json
from tests.seats import seating
from torhaus.vendor.actions import create_signing_key
people.vendor()
create_signing_key(by=people.SYSTEM)
made = {name: seating.contract(f"V-2026-00{n}") for n, name in enumerate(("sync", "async", "desk", "over", "readme", "factor", "guests"))}
from datetime import date
from tests.web import education
education.mark_of(made["desk"], date(2026, 1, 1), date(date.today().year + 1, 12, 31))
education.mark_of(made["sync"], date(2026, 1, 1), date(date.today().year + 1, 12, 31))
seating.book(made["over"], "guest", 520)
with scopes_disabled():
    from torhaus.seats.models import Seat
    kind = people.item("guest", "seat")
    Seat.objects.bulk_create(
        Seat(contract=made["over"], kind=kind, place=n + 1, mail=f"g{n}@nordwind.example", assigned_at=people.NOON)
        for n in range(520)
    )
print(json.dumps({name: people.token(of) for name, of in made.items()}))
"""
SEAL = "from torhaus.records.actions import seal_records; seal_records()"
REMOVE = (
    """
from torhaus.seats.models import Seat
from torhaus.seats.remove_second_factor import remove_second_factor
with scopes_disabled():
    seat = Seat.objects.select_related("contract").get(ref="{ref}")
remove_second_factor(contract_ref=seat.contract.ref, seat_ref=seat.ref, by=people.SYSTEM)
"""
    + SEAL
)
FORBID = (
    """
from torhaus.seats.models import Seat
from torhaus.seats.permit_guests import permit_guests
with scopes_disabled():
    seat = Seat.objects.select_related("contract").get(ref="{ref}")
permit_guests(contract_ref=seat.contract.ref, seat_ref=seat.ref, allowed=False, by=people.SYSTEM)
"""
    + SEAL
)
BOOK = (
    """
from tests.seats import seating
from torhaus.journeys.add_booking import NewBooking, add_booking
from torhaus.subscriptions.models import Booking, Contract
with scopes_disabled():
    newest = Booking.objects.select_related("contract").filter(contract__number="V-2026-002").order_by("-pk").first()
new = NewBooking("seats full", 7, "seat", people.item("full", "seat"))
add_booking(contract_ref=newest.contract.ref, new=new, last_seen=newest.pk, by=people.SYSTEM)
"""
    + SEAL
)
NEXT_YEAR = date(datetime.now(UTC).year + 1, 12, 31)


@pytest.fixture(scope="module")
def house():
    with serving() as here:
        here.tokens = json.loads(here.python(SEED).strip().splitlines()[-1])
        here.keys = keys_of(here.url)
        yield here


def product(kind, house, **options):
    return kind(house.url, "acme", keys=house.keys, state_file=None, timeout=20.0, **options)


def test_B76_B81_B82_B83_B87_the_life_of_seats_and_what_is_refused(house):
    with product(Client, house) as made:
        made.save_token(house.tokens["sync"])
        seats = made.seats
        ada = seats.assign("full", name="Ada", mail="Ada@nordwind.example", organisation="Nordwind")
        assert (ada.kind, ada.state, ada.mail, ada.owned_bytes) == ("full", "initiated", "ada@nordwind.example", 0)
        room = seats.assign("room", name="Board")
        assert (room.mail, room.temporary) == ("", False)
        seen = datetime.now(UTC).replace(microsecond=0)
        assert seats.report([SeatReport(ada.ref, seen, 4096), SeatReport(room.ref, owned_bytes=1000)]) == 2
        ben = seats.reassign(ada.ref, name="Ben", mail="ben@nordwind.example")
        assert (ben.ref, ben.owned_bytes, ben.last_seen_at, ben.state) == (ada.ref, 4096, None, "initiated")
        guest = seats.assign("guest", mail="gus@nordwind.example", ends_on=NEXT_YEAR, created_by=ben.ref)
        assert (guest.ends_on, guest.created_by) == (NEXT_YEAR, ben.ref)
        assert not seats.extend(guest.ref, None).temporary
        account = seats.account()
        numbers = {one.key: (one.booked, one.used, one.invited, one.available, one.over) for one in account.seats}
        assert numbers == {"full": (2, 1, 1, 1, 0), "guest": (4, 1, 1, 3, 0), "room": (1, 1, 1, 0, 0)}
        assert account.owned_bytes == 5096
        assert (account.state, account.plans[0].key, account.of_kind("nothing")) == ("active", "medium", None)
        assert (account.education.key, account.education.ends_on) == ("schools", NEXT_YEAR)
        assert [one.ref for one in seats.all()] == [ada.ref, room.ref, guest.ref]
        refusals = {
            errors.NoFreeSeat: lambda: seats.assign("room", name="Due diligence"),
            errors.MailTaken: lambda: seats.assign("full", mail="BEN@nordwind.example"),
            errors.NotConvertible: lambda: seats.assign("full", mail="gus@nordwind.example"),
            errors.HolderUnfit: lambda: seats.assign("full", name="Nobody"),
            errors.SeatKindUnknown: lambda: seats.assign("throne", mail="x@nordwind.example"),
            errors.SeatUnknown: lambda: seats.release("x" * 12),
            errors.SeatEndPassed: lambda: seats.extend(guest.ref, date(2020, 1, 1)),
        }
        for kind, call in refusals.items():
            with pytest.raises(kind) as refused:
                call()
            assert "…" not in refused.value.message("de") + refused.value.message("en")
            assert refused.value.message("de") != refused.value.message("en")
        with pytest.raises(errors.MailTaken) as taken:
            seats.assign("full", mail="ben@nordwind.example")
        assert taken.value.about == ben.ref
        freed = [seats.release(one.ref) for one in (ben, guest, guest)]
        assert [one.deletes for one in freed] == [True, False, False]
        with pytest.raises(errors.SeatReleased):
            seats.reassign(ben.ref, mail="cleo@nordwind.example")


def test_B89_a_second_factor_that_was_reported_keeps_the_seat_until_it_is_removed(house):
    with product(Client, house) as made:
        made.save_token(house.tokens["factor"])
        ada = made.seats.assign("full", mail="ada@nordwind.example")
        assert (ada.second_factor, ada.invited_bytes, ada.may_create_guests) == (False, 0, True)
        made.seats.report([SeatReport(ada.ref, invited_bytes=77, second_factor=True)])
        made.seats.report([SeatReport(ada.ref, owned_bytes=5)])  # what is not said stays
        [now] = made.seats.all()
        assert (now.second_factor, now.invited_bytes, now.owned_bytes) == (True, 77, 5)
        with pytest.raises(errors.SecondFactorActive) as refused:
            made.seats.reassign(ada.ref, mail="ben@nordwind.example")
        assert refused.value.about == ada.ref
        house.python(REMOVE.format(ref=ada.ref))
        [event] = [one for one in made.seats.changes().events if one.deed == "remove_second_factor"]
        assert event.seats == (ada.ref,)
        assert not made.seats.page().seats[0].second_factor
        assert made.seats.reassign(ada.ref, mail="ben@nordwind.example").mail == "ben@nordwind.example"

    async def act():
        async with product(AsyncClient, house) as made:
            await made.save_token(house.tokens["factor"])
            await made.seats.report([SeatReport(ada.ref, invited_bytes=78, second_factor=True)])
            assert [(one.invited_bytes, one.second_factor) async for one in made.seats.all()] == [(78, True)]
            await made.seats.report([SeatReport(ada.ref, second_factor=False)])
            assert [one.second_factor async for one in made.seats.all()] == [False]

    run(act())


def test_B104_a_holder_creates_guests_if_permitted_and_lists_their_own(house):
    with product(Client, house) as made:
        made.save_token(house.tokens["guests"])
        ada, ben = (made.seats.assign("full", mail=f"{name}@nordwind.example") for name in ("ada", "ben"))
        gus = made.seats.assign("guest", mail="gus@nordwind.example", created_by=ada.ref)
        assert [one.ref for one in made.seats.all(created_by=ada.ref)] == [gus.ref]
        assert list(made.seats.all("guest", created_by=ben.ref)) == []
        house.python(FORBID.format(ref=ada.ref))
        with pytest.raises(errors.GuestsNotAllowed) as refused:
            made.seats.assign("guest", mail="gil@nordwind.example", created_by=ada.ref)
        assert refused.value.about == ada.ref
        assert "Administrator" in refused.value.message("de")
        assert [one.may_create_guests for one in made.seats.all()] == [False, True, False]
        assert [one.seats for one in made.seats.changes().events if one.deed == "permit_guests"] == [(ada.ref,)]

    async def act():
        async with product(AsyncClient, house) as made:
            await made.save_token(house.tokens["guests"])
            with pytest.raises(errors.GuestsNotAllowed):
                await made.seats.assign("guest", mail="gil@nordwind.example", created_by=ada.ref)
            assert [one.ref async for one in made.seats.all(created_by=ada.ref)] == [gus.ref]
            assert (await made.seats.page(created_by=ben.ref)).seats == ()

    run(act())


def test_a_user_is_led_to_the_booking_page_by_a_link_that_signs_nobody_in(house):
    with product(Client, house) as made:
        made.save_token(house.tokens["factor"])
        gus = made.seats.assign("guest", mail="gus@nordwind.example")
        link = made.seats.booking_link(gus.ref, "full")
        assert link.url.startswith(f"{house.url}/settings/account/book/from-product/")
        assert link.ends_at > datetime.now(UTC)
        with urllib.request.urlopen(link.url) as door:
            assert urlsplit(door.url).path == "/login/"
        with pytest.raises(errors.SeatKindUnknown):
            made.seats.booking_link(gus.ref, "throne")
        with pytest.raises(errors.SeatUnknown):
            made.seats.booking_link("x" * 12)

    async def act():
        async with product(AsyncClient, house) as made:
            await made.save_token(house.tokens["factor"])
            twice = [await made.seats.booking_link(gus.ref, key="one-press") for _ in "ab"]
            assert twice[0] == twice[1] != link

    run(act())


def test_the_feed_is_followed_by_cursor(house):
    with product(Client, house) as made:
        made.save_token(house.tokens["desk"])
        seat = made.seats.assign("full", mail="eve@nordwind.example")
        house.python(SEAL)
        first = made.seats.changes()
        assert [(one.deed, one.seats, one.deletes) for one in first.events] == [("assign_seat", (seat.ref,), False)]
        assert made.seats.changes(first.cursor).events == ()
        made.seats.release(seat.ref)
        house.python(SEAL)
        [event] = made.seats.changes(first.cursor).events
        assert (event.deed, event.deletes, event.sequence > first.cursor) == ("release_seat", True, True)
        assert event.booked == ()
        house.python(BOOK)
        [event] = made.seats.changes(event.sequence).events
        assert (event.deed, event.seats, event.deletes) == ("add_booking", (), False)
        account = made.seats.account()
        assert event.booked[0].seats == {one.key: one.booked for one in account.seats}, "as the account says it"
        assert event.booked[0].seats["full"] == 7
        assert event.booked[0].on == event.at.date() or event.at.hour >= 22  # the day is the vendor's, in Berlin
        with pytest.raises(errors.RequestRefused) as refused:
            made.seats.changes(10**9)
        assert refused.value.code == "cursor_unknown"


def test_the_example_of_the_readme_does_what_it_says(house, capsys):
    with product(Client, house) as made:
        made.save_token(house.tokens["readme"])
        for _ in range(2):
            exec(SEATS, {"licence": made})
    said = capsys.readouterr().out
    assert "No seat (seat_mail_taken)" in said
    assert "Full seat: 1 of 2, 1 available" in said


def test_many_seats_come_in_pages_and_one_key_has_one_effect_on_asyncio(house):
    async def act():
        async with product(AsyncClient, house, language="de") as made:
            await made.save_token(house.tokens["over"])
            assert len({one.ref async for one in made.seats.all("guest")}) == 520
            assert len((await made.seats.page()).seats) == 500
            await made.save_token(house.tokens["async"])
            twice = [await made.seats.assign("full", mail="ada@nordwind.example", key="a-key-of-mine") for _ in "ab"]
            assert twice[0] == twice[1]
            await made.seats.report([SeatReport(twice[0].ref, datetime.now(UTC))])
            moved = await made.seats.reassign(twice[0].ref, mail="ben@nordwind.example")
            await made.seats.extend(moved.ref, NEXT_YEAR)
            assert (await made.seats.account()).of_kind("full").used == 1
            assert (await made.seats.changes()).cursor >= 0
            assert (await made.seats.release(moved.ref)).deletes
            with pytest.raises(errors.SeatKindUnknown) as refused:
                await made.seats.assign("throne", mail="x@nordwind.example")
            assert "Platzart „throne“" in refused.value.message("de")

    run(act())


def test_an_answer_that_is_lost_gives_no_seat_twice(tmp_path):
    with own_portal() as vendor:
        keys = []

        def lose(handler, _path, _data):
            keys.append(handler.headers["Idempotency-Key"])
            handler.close_connection = True
            return True

        vendor.act = lose
        made = client_of(vendor, tmp_path)
        made.save_token(vendor.token.text)
        with pytest.raises(errors.ServerUnreachable):
            made.seats.assign("full", mail="ada@nordwind.example")
        assert len(keys) == 2
        assert len(set(keys)) == 1
        vendor.act = lambda handler, *_: handler.say(200, {"seat": {"ref": 1}}) or True
        with pytest.raises(errors.ServerUnreachable):
            made.seats.assign("full", mail="ada@nordwind.example")
        with pytest.raises(ValueError, match="time zone"):
            made.seats.report([SeatReport("x", datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None))])


def test_an_administrator_sees_and_changes_holders_by_the_command(house, tmp_path):
    desk = Desk(tmp_path, house.url).set_up(house.keys)
    desk.ok("set-token", said=house.tokens["desk"])
    assert "Niemand hat einen Platz." in desk.ok("seats", "list", "--language", "de")
    said = desk.ok("seats", "assign", "full", "--mail", "ada@nordwind.example", "--name", "Ada")
    [seat] = desk.json("seats", "list")["seats"]
    assert seat["ref"] in said
    assert (seat["invited_bytes"], seat["second_factor"], seat["may_create_guests"]) == (0, False, True)
    shown = desk.ok("seats", "list", "--kind", "full", "--language", "de")
    assert seat["mail"] in shown
    assert "Zweiter Faktor" in shown
    assert shown.split()[-2:] == ["nein", "ja"]
    desk.ok("seats", "assign", "guest", "--mail", "gus@nordwind.example", "--created-by", seat["ref"])
    [guest] = desk.json("seats", "list", "--created-by", seat["ref"])["seats"]
    assert guest["created_by"] == seat["ref"]
    desk.ok("seats", "release", guest["ref"], "--yes")
    desk.ok("seats", "reassign", seat["ref"], "--mail", "ben@nordwind.example")
    assert "31.12." in desk.ok("seats", "extend", seat["ref"], "--ends-on", str(NEXT_YEAR), "--language", "de")
    assert "does not end" in desk.ok("seats", "extend", seat["ref"])
    page = desk.ok("seats", "account", "--language", "de")
    assert "Gebucht" in page
    assert "Medium" in page
    assert f"Bildungskonditionen  Schools, 01.01.2026 - 31.12.{NEXT_YEAR.year}" in page
    refused = desk.run("seats", "assign", "room", "--mail", "x@nordwind.example", "--language", "de")
    assert (refused.returncode, "braucht" in refused.stderr) == (5, True)
    assert desk.run("seats", "release", seat["ref"]).returncode == 2, "nobody is there to be asked"
    assert "deletes what it owned" in desk.ok("seats", "release", seat["ref"], "--yes")
    assert desk.run("seats").returncode == 2
    assert desk.run("seats", "assign", "full", "--ends-on", "soon").returncode == 2
