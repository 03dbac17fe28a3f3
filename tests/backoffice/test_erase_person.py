"""A person is erased: everything but what the law keeps goes, all of it or nothing, and nobody else's data (R65)."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail as outbox
from django.db import connection
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.authenticator import set_up
from tests.backoffice import one_person
from tests.backoffice.one_person import (
    LONGER,
    MARA,
    NAME,
    TWIN,
    asked,
    at_the_desk,
    changed,
    deliver_all,
    erase,
    records,
    row_of,
    rows_of_others,
    seat_of,
    seen_on,
    signed_in,
)
from tests.doors import staff_client
from tests.web.visitors import words
from tests.whole_database import everything, traces
from torhaus.accounts.erasure_requests import open_request_of
from torhaus.accounts.models import ErasureRequest, User
from torhaus.core import clock
from torhaus.core.link_codes import code_of
from torhaus.core.random import new_ref
from torhaus.journeys.collect_files import collect_files
from torhaus.journeys.erase_person import deed as erasing
from torhaus.notices.models import Mail
from torhaus.organisations.models import Contact, Membership
from torhaus.records.actions import seal_records
from torhaus.records.chain import check_chain
from torhaus.seats.changes import seat_changes
from torhaus.subscriptions.models import EducationRequest
from torhaus.support.models import Message, Ticket
from torhaus.vendor.keys import trusted_keys

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(settings, tmp_path):
    """The contract of the customer that Mara is an administrator of."""
    settings.DATA_DIR = tmp_path
    return one_person.world()


def test_R65_a_person_is_erased_everywhere_and_nobody_else(world):
    client = signed_in(MARA)
    set_up(client)
    client.post(f"/members/{row_of(LONGER).ref}/role/", {"role": "member"})
    assert len(traces(MARA)) >= 14, "she is everywhere"
    before, ref = rows_of_others(everything()), asked(client)
    desk = at_the_desk()
    page = words(desk.get(f"/staff/personal-data/{ref}/"))
    for said in ("Contacts", "Texts and files in tickets kept for now 2 Kept where they may be business letters", "Seats pseudonymised 1",
                 "Nordwind Logistik GmbH", "Invoices: eight years"):  # fmt: skip
        assert said in page
    assert "The person is erased" in words(erase(desk, ref))
    assert not [row for row in everything()["django_session"] if client.session.session_key in row], "ended at once"
    assert client.get("/account/").status_code == 302
    assert "/login/" in client.get("/dashboard/").url
    deliver_all()
    assert set(traces(MARA)) == {"files"}, "the proof, to which nothing refers any more"
    with clock.shifted(timedelta(days=3)):
        collect_files()
    assert traces(MARA, "+49 211 4711") == {}
    assert [row for rows in traces(NAME).values() for row in rows if TWIN not in row] == []
    assert rows_of_others(everything()) == before
    [last] = [one for one in outbox.outbox if MARA in one.to[0] and one.subject == "Your data is erased"]
    assert "your account and what was stored of you are erased" in last.body
    seal_records()
    report = check_chain(keys=trusted_keys())
    assert report.intact, report.problems
    assert report.erased >= 4
    [record] = records("erase_person")
    assert record.after["found"]["seats"] == 1
    assert record.after["erased"] == report.erased


def test_R65_the_same_address_may_come_anew_and_begins_with_nothing(world):
    desk = at_the_desk()
    erase(desk, asked())
    owner = signed_in("owner@nordwind.example")
    owner.post("/members/invite/", {"name": NAME, "mail": MARA, "role": "member"})
    row = row_of(MARA)
    anew = Client(headers={"accept-language": "en"})
    address = f"/invitation/{row.invitation}/{code_of(row.invitation)}/"
    anew.get(address)
    answer = anew.post("/invitation/", {"name": NAME, "password": people.PASSWORD, "repeated": people.PASSWORD})
    assert answer.status_code == 302, words(answer)
    said = json.loads(signed_in(MARA).post("/account/data/").content)
    assert [one["role"] for one in said["memberships"]] == ["member"]
    assert (said["seats"], said["ticket_messages"], said["contacts"], said["erasure_requests"]) == ([], [], [], [])


def test_R65_products_and_the_customer_see_that_a_seat_has_another_holder_and_keeps_what_it_owns(world):
    with scopes_disabled():
        before = seat_of(world, MARA)
    erase(at_the_desk(), asked())
    seal_records()
    with scopes_disabled():
        last = seat_changes(world, after=0, limit=100)[-1]
        seat = seat_of(world, "")
    assert (last.deed, last.seats, last.deletes) == ("reassign_seat", (before.ref,), False)
    assert (seat.ref, seat.place, seat.name, seat.organisation, seat.released_at) == (
        before.ref, before.place, "Gelöschte Person", "", None,
    )  # fmt: skip
    owner = signed_in("owner@nordwind.example")
    assert "Gelöschte Person" in words(owner.get("/seats/"))
    owner.post(f"/seats/{seat.ref}/reassign/", {"name": "Eva Neu", "mail": "eva@nordwind.example", "organisation": ""})
    with scopes_disabled():
        assert seat_of(world, "eva@nordwind.example").ref == before.ref


def test_R65_a_request_that_waits_is_withdrawn_with_a_record_that_its_customer_reads(world):
    with scopes_disabled():
        waiting = EducationRequest.objects.get()
    erase(at_the_desk(), asked())
    with scopes_disabled():
        after = EducationRequest.objects.get()
    assert (after.state, after.asked_by_id, after.statement, after.proof_key) == ("withdrawn", None, "", "")
    [record] = records("withdraw_education_request")
    assert (record.customer_ref, record.subject_ref) == (world.customer.ref, world.ref)
    assert record.after == {"contract": world.number, "request": waiting.ref, "category": "school"}
    activity = words(signed_in("owner@nordwind.example").get("/activity/"))
    assert "Our staff" in activity
    assert "The request for education terms was taken back" in activity


def test_R65_what_was_granted_stays_granted(world):
    with scopes_disabled():
        row = EducationRequest.objects.get()
    sales = staff_client(people.staff("sales"))
    granted = sales.post(f"/staff/education/{row.ref}/grant/", {"ends_on": str(clock.now().date()), "percent": 40})
    assert granted.status_code == 302
    erase(at_the_desk(), asked())
    with scopes_disabled():
        after = EducationRequest.objects.get()
    assert (after.state, after.percent, after.asked_by_id, after.proof_key) == ("granted", 40, None, "")
    assert records("withdraw_education_request") == []


def test_R65_what_was_written_in_tickets_stays_without_its_author_and_is_answered_all_the_same(world):
    erase(at_the_desk(), asked())
    with scopes_disabled():
        ticket = Ticket.objects.get()
        said = [(one.body, one.author_name, one.author_mail) for one in Message.objects.order_by("position")]
    assert said == [
        ("The import stops at 34 %", "", ""),
        ("And now at 35 %", "", ""),
        ("Me, too", "Tamara Lindqvist", LONGER),
    ]
    desk = at_the_desk("support")
    page = words(desk.get(f"/staff/tickets/{ticket.ref}/"))
    assert page.count("Erased person") == 3
    assert "Answers reach nobody by mail" in page
    assert "ask before you tell anything" not in page
    answer = {"body": "It is mended.", "seen": "3", "nonce": new_ref(), "then": "wait"}
    assert desk.post(f"/staff/tickets/{ticket.ref}/answer/", answer).status_code == 302
    with scopes_disabled():
        told = Mail.objects.filter(template="ticket_answered").values_list("recipient", flat=True)
        assert list(told) == [LONGER], "the contact who wrote still hears"


def test_R65_whoever_owns_an_account_hands_it_over_first(world):
    with scopes_disabled():
        Membership.objects.filter(role="owner", customer=world.customer).update(role="member")
        Membership.objects.filter(person__mail=MARA).update(role="owner")
    client = signed_in(MARA)
    page = words(client.get("/account/erasure/"))
    assert "You own the account of Nordwind Logistik GmbH" in page
    assert "Ask to be erased" not in page
    assert "Hand that over first" in words(client.post("/account/erasure/", follow=True))
    assert not ErasureRequest.objects.exists()
    desk = at_the_desk()
    desk.post("/staff/personal-data/new/", {"mail": MARA, "asked_on": "2026-11-02", "note": "By letter."})
    ref = open_request_of(MARA).ref
    page = desk.get(f"/staff/personal-data/{ref}/")
    assert "The person owns Nordwind Logistik GmbH" in words(page)
    assert 'name="seen"' not in page.content.decode()
    everything_before = everything()
    answer = desk.post(f"/staff/personal-data/{ref}/erase/", {"seen": "x"}, follow=True)
    assert "has to be handed over first. Nothing was erased" in words(answer)
    assert changed(everything_before, everything()) <= {"django_session"}


def test_R65_a_crash_in_the_middle_leaves_all_and_once_more_does_it(world, monkeypatch):
    ref, desk = asked(), at_the_desk()
    desk.raise_request_exception = False

    def crash(*_args, **_more):
        raise RuntimeError("the power went")

    before = everything()
    with monkeypatch.context() as patch:
        patch.setattr(erasing, "forget_mail", crash)
        seen = seen_on(desk.get(f"/staff/personal-data/{ref}/"))
        assert desk.post(f"/staff/personal-data/{ref}/erase/", {"seen": seen}).status_code == 500
    assert changed(before, everything()) <= {"django_session"}
    assert "The person is erased" in words(erase(desk, ref))
    deliver_all()
    assert set(traces(MARA)) <= {"files"}


def test_R65_two_tabs_at_once_do_it_once(world):
    ref = asked()
    desks = [at_the_desk(mail=f"admin{n}@acme.example") for n in range(4)]
    seen = seen_on(desks[0].get(f"/staff/personal-data/{ref}/"))

    def one(desk):
        try:
            return desk.post(f"/staff/personal-data/{ref}/erase/", {"seen": seen}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(one, desks)) == {302}
    assert len(records("erase_person")) == 1
    assert len(records("reassign_seat")) == 1
    with scopes_disabled():
        assert Mail.objects.filter(template="person_erased").count() == 1
    assert "was decided before" in words(
        desks[3].post(f"/staff/personal-data/{ref}/erase/", {"seen": seen}, follow=True)
    )


def test_R65_what_changed_since_it_was_shown_is_shown_again(world):
    ref, desk = asked(), at_the_desk()
    seen = seen_on(desk.get(f"/staff/personal-data/{ref}/"))
    with scopes_disabled():
        Contact.objects.create(customer=world.customer, role="billing", name=NAME, mail=MARA)
    answer = desk.post(f"/staff/personal-data/{ref}/erase/", {"seen": seen}, follow=True)
    assert "more or less to erase than you were shown" in words(answer)
    assert User.objects.filter(mail=MARA).exists()
    assert "The person is erased" in words(erase(desk, ref))


def test_R65_somebody_without_an_account_who_wrote_is_erased_by_address(world):
    desk = at_the_desk()
    with scopes_disabled():
        Membership.objects.filter(person__mail=MARA).delete()
        User.objects.filter(mail=MARA).delete()
    desk.cookies["torhaus_language"] = "de"
    today = clock.today("Europe/Berlin").isoformat()
    assert f'value="{today}"' in desk.get("/staff/personal-data/new/").content.decode(), "as browsers read days"
    desk.cookies["torhaus_language"] = "en"
    form = {"mail": f" {MARA.upper()} ", "asked_on": "2026-11-02", "note": "By <b>letter</b>, called back."}
    page = desk.post("/staff/personal-data/new/", form, follow=True)
    assert "By <b>letter</b>, called back." in words(page)
    [row] = ErasureRequest.objects.all()
    assert (row.mail, str(row.due_on), row.person) == (MARA, "2026-12-02", None)
    answer = desk.post("/staff/personal-data/new/", form)
    assert answer.status_code == 422
    assert "on the list already" in words(answer)
    said = json.loads(desk.post(f"/staff/personal-data/{row.ref}/export/").content)
    assert said["person"] is None
    assert [one["text"] for one in said["ticket_messages"]] == ["And now at 35 %"]
    assert [one["mail"] for one in said["seats"]] == [MARA]
    assert LONGER not in json.dumps(said)
    assert "The person is erased" in words(erase(desk, row.ref))
    deliver_all()
    assert set(traces(MARA)) <= {"files"}
    with scopes_disabled():
        assert check_chain(keys=trusted_keys()).problems == []


def test_R64_staff_export_what_the_person_would_get_and_it_is_recorded(world):
    ref, desk = asked(), at_the_desk()
    answer = desk.post(f"/staff/personal-data/{ref}/export/")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="personal-data-{ref}.json"'
    theirs = json.loads(signed_in(MARA).post("/account/data/").content)
    ours = json.loads(answer.content)
    changing = {"made_at", "what_you_did", "what_was_done_about_you", "sign_in", "person"}
    assert {name: value for name, value in ours.items() if name not in changing} == {
        name: value for name, value in theirs.items() if name not in changing
    }
    assert ours["person"]["mail"] == MARA
    for foreign in (LONGER, "Tamara", TWIN, "owner@"):
        assert foreign not in answer.content.decode()
    assert [one.actor_kind for one in records("export_personal_data")] == ["staff", "person"]


def test_R65_only_staff_with_the_right_and_who_just_proved_it_erase(world):
    ref = asked()
    for role in ("sales", "billing", "support", "release_manager"):
        desk = at_the_desk(role)
        assert desk.get("/staff/personal-data/").status_code == 403
        for what in ("erase", "decline", "export"):
            assert desk.post(f"/staff/personal-data/{ref}/{what}/", {"reason": "x"}).status_code == 403
    owner = signed_in("owner@nordwind.example")
    assert owner.post(f"/staff/personal-data/{ref}/erase/").status_code in {302, 403}
    late = staff_client(people.staff(mail="late@acme.example"))
    seen = seen_on(late.get(f"/staff/personal-data/{ref}/"))
    answer = late.post(f"/staff/personal-data/{ref}/erase/", {"seen": seen})
    assert answer.url.startswith("/account/confirm/?next=%2Fstaff%2Fpersonal-data%2F")
    assert User.objects.filter(mail=MARA).exists()
    desk = at_the_desk()
    assert desk.get("/staff/personal-data/nosuch/").status_code == 404
    assert desk.post("/staff/personal-data/nosuch/erase/").status_code == 404
    answer = desk.post(
        "/staff/personal-data/new/", {"mail": "sales@acme.example", "asked_on": "2026-11-02", "note": "x"}
    )
    assert "Accounts of staff are not erased here" in words(answer)
    assert desk.get("/account/erasure/").status_code == 404


def test_R65_the_wish_is_taken_back_or_declined_with_a_reason(world):
    client = signed_in(MARA)
    asked(client)
    with scopes_disabled():
        told = {one.recipient: one.text for one in Mail.objects.filter(template="erasure_asked")}
    assert set(told) == {MARA, "hello@acme.example"}
    assert "/account/erasure/" in told[MARA]
    assert "already" in words(client.post("/account/erasure/", follow=True))
    assert "taken it back" in words(client.post("/account/erasure/withdraw/", follow=True))
    assert "nothing to take back" in words(client.post("/account/erasure/withdraw/", follow=True))
    assert list(ErasureRequest.objects.values_list("state", "mail")) == [("withdrawn", "")]
    ref, desk = asked(client), at_the_desk()
    assert "1 person wants to be erased" in words(desk.get("/staff/"))
    assert desk.post(f"/staff/personal-data/{ref}/decline/", {"reason": " "}).status_code == 422
    assert desk.post(f"/staff/personal-data/{ref}/decline/", {"reason": "x" * 10_001}).status_code == 422
    desk.post(f"/staff/personal-data/{ref}/decline/", {"reason": "We could not make sure <who> you are, é."})
    deliver_all()
    [last] = [one for one in outbox.outbox if one.subject == "Your data is not erased"]
    assert "We could not make sure <who> you are, é." in last.body
    assert "supervisory authority" in last.body
    with scopes_disabled():
        assert not Mail.objects.filter(template="person_erased").exists(), "the last mail is not kept"
    assert User.objects.filter(mail=MARA).exists()
    assert "declined" in words(desk.get("/staff/personal-data/"))


def test_R65_the_page_of_a_wish_needs_few_queries_however_much_there_is(world, django_assert_max_num_queries):
    ref, desk = asked(), at_the_desk()
    with django_assert_max_num_queries(14):
        desk.get(f"/staff/personal-data/{ref}/")
    with scopes_disabled():
        for n in range(30):
            Mail.objects.create(
                template="x", language="en", recipient=MARA, subject="x", text="x", written_at=clock.now()
            )
            Contact.objects.create(customer=world.customer, role=f"r{n}", name=NAME, mail=MARA)
    with django_assert_max_num_queries(14):
        desk.get(f"/staff/personal-data/{ref}/")
    with django_assert_max_num_queries(12):
        desk.get("/staff/personal-data/")
