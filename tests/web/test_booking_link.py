"""The link from a product to the page where more is booked: signed, single-use, ten minutes, and it opens nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.api.program import ask, fine, problem
from tests.authenticator import code_of, set_up
from tests.doors import staff_client
from tests.seats import seating
from tests.seats.seating import Holder
from tests.web.test_seats import signed_in
from tests.web.visitors import words
from torhaus.core import clock
from torhaus.core.sealed import seal
from torhaus.records.models import IdempotencyKey, Record
from torhaus.subscriptions.models import BookingLink

PAGE = "/settings/account/book/?kind=full"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def contract(db):
    return seating.contract()


@pytest.fixture
def token(contract):
    return people.token(contract)


@pytest.fixture
def seat(contract):
    return seating.assign(contract)


@pytest.fixture
def link(token, seat):
    return asked(token, seat)


def asked(token, seat) -> str:
    """The path of a new link."""
    said = fine(ask(token, "booking-links", {"seat": seat.ref, "kind": "full"}), 201)
    assert said["ends_at"] == "2026-11-22T11:10:00Z"
    assert said["url"].startswith("http://")
    return urlsplit(said["url"]).path


def followed() -> int:
    with scopes_disabled():
        return Record.objects.filter(deed="follow_booking_link").count()


def test_R73_after_a_change_of_the_secret_key_the_kept_reply_is_refused_plainly_and_a_new_key_works(
    contract, token, seat, settings
):
    body, key = {"seat": seat.ref, "kind": "full"}, {"Idempotency-Key": "k-1"}
    first = ask(token, "booking-links", body, **key)
    assert ask(token, "booking-links", body, **key).content == first.content
    now_in_force, settings.SECRET_KEY = settings.SECRET_KEY, "the secret key of before, as long as it has to be " * 2
    IdempotencyKey.objects.update(
        reply=seal(
            first.content, purpose=b"torhaus kept replies v1", owner=str(IdempotencyKey.objects.get().pk).encode()
        )
    )
    settings.SECRET_KEY = now_in_force
    said = problem(ask(token, "booking-links", body, **key), 409, "idempotent_reply_lost")
    assert "ask anew with a new key" in said["detail"]
    with scopes_disabled():
        assert BookingLink.objects.count() == 1, "nothing is done twice"
    assert fine(ask(token, "booking-links", body, **{"Idempotency-Key": "k-2"}), 201)["url"]


def test_it_leads_to_the_page_once_and_twice_says_what_to_do(contract, seat, link):
    owner = signed_in(contract)
    assert owner.head(link).status_code == 302
    assert followed() == 0, "only who really comes uses it up"
    answer = owner.get(link)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert "Licences in total" in words(owner.get(PAGE))
    again = owner.get(link)
    assert (again.status_code, "works once, for ten minutes. Go back to the product" in words(again)) == (410, True)
    german = signed_in(contract, language="de").get(link)
    assert "gilt einmal, zehn Minuten lang" in words(german)
    with scopes_disabled():
        records = Record.objects.filter(deed__endswith="_booking_link").order_by("pk")
        assert [(one.deed, one.actor_kind, one.after["seat"]) for one in records] == [
            ("issue_booking_link", "token", seat.ref),
            ("follow_booking_link", "person", seat.ref),
        ]


def test_who_is_not_signed_in_signs_in_first_and_the_code_stays_out_of_other_addresses(contract, link):
    known = people.member(contract.customer)
    visitor = Client()
    answer = visitor.get(link)
    assert answer["Location"] == "/login/"
    page = visitor.get("/login/")
    assert link.split("/")[-2] not in page.content.decode(), "neither in a field nor in the link to codes by mail"
    assert followed() == 0
    entered = {"mail": known.person.mail, "password": people.PASSWORD}
    assert visitor.post("/login/person/", entered)["Location"] == link
    assert visitor.get(link)["Location"] == PAGE
    assert followed() == 1
    assert visitor.post("/login/person/", entered)["Location"] != link, "once"


def test_who_signs_in_by_token_by_two_steps_or_late_comes_there_too_or_not(contract, token, seat, link):
    visitor = Client()
    visitor.get(link)
    assert visitor.post("/login/", {"token": token})["Location"] == link
    known = people.member(contract.customer)
    with clock.at(people.NOON):
        secret, _codes = set_up(signed_in_as(known))
    visitor = Client()
    visitor.get(link)
    entered = {"mail": known.person.mail, "password": people.PASSWORD}
    assert visitor.post("/login/person/", entered)["Location"] == "/login/second-factor/"
    with clock.at(people.NOON + timedelta(seconds=30)):
        assert visitor.post("/login/second-factor/", {"code": code_of(secret)})["Location"] == link
    late = Client()
    late.get(link)
    with clock.at(people.NOON + timedelta(minutes=31)):
        assert late.post("/login/", {"token": token})["Location"] == "/"


def signed_in_as(member) -> Client:
    client = Client()
    client.post("/login/person/", {"mail": member.person.mail, "password": people.PASSWORD})
    return client


def test_late_or_forged_it_leads_nowhere(contract, token, seat, link):
    owner = signed_in(contract)
    ref, code = link.split("/")[-3:-1]
    other = asked(token, seat).split("/")
    for forged in (f"{ref}/{'0' * 40}", f"{ref}/{code[:-1]}", f"{ref}/{other[-2]}", f"{ref}/%00", f"%00/{code}", "é/é"):
        answer = owner.get(f"/settings/account/book/from-product/{forged}/")
        assert answer.status_code == (404 if "%00" in forged else 410)
    with clock.at(people.NOON + timedelta(minutes=10)):
        assert signed_in(contract, role="owner").get(link).status_code == 410
    assert followed() == 0
    assert owner.post(link).status_code == 405
    assert owner.get(link).status_code == 302


def test_strangers_and_who_may_not_book_use_nothing_up(contract, link):
    stranger = signed_in(seating.contract("V-2026-002"))
    answer = stranger.get(link)
    assert (answer.status_code, "an account you are not signed in to. Sign out" in words(answer)) == (404, True)
    assert contract.number not in words(answer)
    staff = staff_client(people.staff("sales"))
    assert staff.get(link).status_code == 404
    member = signed_in(contract, role="member")
    assert member.get(member.get(link)["Location"]).status_code == 403
    assert followed() == 0
    assert signed_in(contract).get(link)["Location"] == PAGE


def test_who_has_several_contracts_comes_to_the_one_it_is_about(contract, link):
    other = people.contract(contract.customer, "V-2026-009")
    owner = signed_in(other)
    assert owner.get(link)["Location"] == link
    assert owner.get(link, follow=True).redirect_chain == [(PAGE, 302)]
    assert followed() == 1


def test_what_cannot_be_is_refused_and_old_links_go(contract, token, seat):
    room = seating.assign(contract, Holder("Board"), "room")
    problem(ask(token, "booking-links", {"seat": room.ref}), 409, "seat_holder_unfit")
    problem(ask(token, "booking-links", {"seat": seat.ref, "kind": "nothing"}), 404, "unknown_seat_kind")
    stranger = seating.assign(seating.contract("V-2026-002"))
    for ref in (stranger.ref, "x" * 12):
        problem(ask(token, "booking-links", {"seat": ref}), 404, "seat_unknown")
    assert ask(token, "booking-links", {}).status_code == 422
    for minutes in (0, 11):
        with clock.at(people.NOON + timedelta(minutes=minutes)):
            fine(ask(token, "booking-links", {"seat": seat.ref}), 201)
    with scopes_disabled():
        assert BookingLink.objects.count() == 1
    seating.release(contract, seat)
    problem(ask(token, "booking-links", {"seat": seat.ref}), 409, "seat_released")


@pytest.mark.django_db(transaction=True)
def test_followed_at_the_same_moment_it_works_once(contract, link):
    owners = [signed_in(contract) for _ in range(3)]

    def follow(owner) -> int:
        try:
            with clock.at(people.NOON):
                return owner.get(link).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as crowd:
        assert sorted(crowd.map(follow, owners)) == [302, 410, 410]
    assert followed() == 1


def test_R11_a_reply_kept_for_a_repetition_does_not_show_the_links_code(token, seat):
    body, headers = {"seat": seat.ref}, {"Idempotency-Key": "once"}
    first = ask(token, "booking-links", body, **headers)
    code = urlsplit(first.json()["url"]).path.split("/")[-2]
    kept = IdempotencyKey.objects.get()
    assert code not in kept.reply
    assert "from-product" not in kept.reply
    again = ask(token, "booking-links", body, **headers)
    assert (again.content, again["Idempotent-Replayed"]) == (first.content, "true")
    assert signed_in(seat.contract).get(urlsplit(again.json()["url"]).path).status_code == 302
