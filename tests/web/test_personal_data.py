"""What is stored of a person goes out to that person, and nobody else's data with it (R64)."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.authenticator import set_up
from tests.web.visitors import words
from torhaus.accounts.models import MailChange
from torhaus.billing.models import BillingAccount
from torhaus.core import clock
from torhaus.licensing.models import TokenReset
from torhaus.notices.models import Mail
from torhaus.organisations.models import Customer, OwnerRecovery
from torhaus.records.models import ActorKind, Record
from torhaus.seats.models import Seat
from torhaus.support.models import Attachment, AuthorKind, Message, Ticket

pytestmark = pytest.mark.django_db
MINE, THEIRS = "mara@nordwind.example", "ines.geheim@suedwind.example"
SECRET = "INES-GEHEIM"


def seat(contract, kind, mail, place):
    return Seat.objects.create(
        contract=contract, kind=kind, place=place, name=f"Seat of {mail}", mail=mail, assigned_at=clock.now()
    )


def message(ticket, position, author, text, **more):
    fields = {"author_kind": AuthorKind.CUSTOMER, "written_at": clock.now()} | more
    return Message.objects.create(ticket=ticket, position=position, author=author, body=text, **fields)


@pytest.fixture
def two():
    """Two people of two customers, who met in a ticket, on seats of one contract, and in a third customer."""
    people.vendor()
    product = people.product()
    kind = people.item("full", "seat", product=product)
    ours = people.contract(people.customer(), product=product)
    other = people.contract(people.customer("20001", name=f"{SECRET} GmbH"), "V-2", product=product)
    mara = people.member(ours.customer, person=people.person(MINE, name="Mara Lindqvist")).person
    ines = people.member(other.customer, person=people.person(THEIRS, name=f"Ines {SECRET}")).person
    now = clock.now()
    with scopes_disabled():
        seat(ours, kind, MINE, 1)
        seat(ours, kind, THEIRS, 2)
        ticket = Ticket.objects.create(
            contract=ours, number="T-1", reason="other", subject=f"Asked by {SECRET}", mail=THEIRS, language="en",
            opened_at=now, changed_at=now,
        )  # fmt: skip
        message(ticket, 1, ines, f"{SECRET} wrote this")
        message(ticket, 2, mara, "Mara wrote <b>this</b>, é")
        message(ticket, 3, mara, f"a note about {SECRET}", internal=True)
        for mail, subject in ((MINE, f"{SECRET} invites you"), (THEIRS, SECRET)):
            Mail.objects.create(
                customer_ref=ours.customer.ref, template="invitation", language="en", recipient=mail, subject=subject,
                text=SECRET, html=SECRET, written_at=now,
            )  # fmt: skip
    return mara, ines


def enter(mail):
    client = Client(headers={"accept-language": "en"})
    assert client.post("/login/person/", {"mail": mail, "password": people.PASSWORD}).status_code == 302
    return client


def taken(client):
    answer = client.post("/account/data/")
    assert answer.status_code == 200, answer.headers
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="personal-data-2')
    assert "no-store" in answer.headers["Cache-Control"]
    return answer.content.decode()


def test_R64_one_click_gives_a_persons_data_and_nobody_elses(two):
    mara, ines = two
    client = enter(MINE)
    _key, codes = set_up(client)
    text = taken(client)
    said = json.loads(text)
    assert said["person"]["mail"] == MINE
    assert [one["role"] for one in said["memberships"]] == ["owner"]
    assert [one["mail"] for one in said["seats"]] == [MINE]
    assert [one["text"] for one in said["ticket_messages"]] == ["Mara wrote <b>this</b>, é"]
    assert [one["kind"] for one in said["mails_to_you"]] == ["invitation", "account_changed"]
    assert said["sign_in"]["authenticator_app_since"]
    assert {"turn_on_totp", "export_personal_data"} <= {one["what"] for one in said["what_you_did"]}
    for foreign in (SECRET, THEIRS, ines.ref, ines.name):
        assert foreign not in text
    for secret in (*codes, mara.password):
        assert secret not in text
    with scopes_disabled():
        [record] = Record.objects.filter(deed="export_personal_data")
    assert (record.actor_ref, record.subject_ref) == (mara.ref, mara.ref)


def test_R64_the_other_person_gets_hers_and_what_a_third_did_about_her_without_the_third(two):
    mara, ines = two
    with scopes_disabled():
        Record.objects.create(
            at=clock.now(), deed="deactivate_member", actor_kind=ActorKind.PERSON, actor_ref=mara.ref,
            subject_kind="user", subject_ref=ines.ref, after={"by": mara.name},
        )  # fmt: skip
    text = taken(enter(THEIRS))
    said = json.loads(text)
    assert [one["what"] for one in said["what_was_done_about_you"]] == ["deactivate_member"]
    assert [one["text"] for one in said["ticket_messages"]] == [f"{SECRET} wrote this"]
    for foreign in (MINE, mara.ref, mara.name, "Mara"):
        assert foreign not in text


def test_it_asks_for_the_password_when_that_was_some_time_ago_and_strangers_sign_in(two):
    client = enter(MINE)
    assert "nobody else’s data" in words(client.get("/account/data/"))
    assert client.put("/account/data/").status_code == 405
    with clock.at(clock.now() + timedelta(minutes=6)):
        for answer in (client.get("/account/data/"), client.post("/account/data/")):
            assert answer.status_code == 302
            assert answer.url.startswith("/account/confirm/")
    assert Client().post("/account/data/").status_code == 302
    with scopes_disabled():
        assert not Record.objects.filter(deed="export_personal_data").exists()


def test_staff_take_theirs_along_too(two):
    staff = people.staff("support")
    client = Client(headers={"accept-language": "en"})
    client.post("/staff/sign-in/", {"mail": staff.mail, "password": people.PASSWORD})
    said = json.loads(taken(client))
    assert (said["person"]["staff_role"], said["memberships"]) == ("support", [])


def test_R64_what_an_erasure_would_find_is_in_the_export_too(two):
    mara, ines = two
    now = clock.now()
    with scopes_disabled():
        contract = Ticket.objects.get().contract
        customer = contract.customer
        BillingAccount.objects.create(customer=customer, mail=MINE.upper())
        BillingAccount.objects.create(customer=Customer.objects.get(number="20001"), mail=THEIRS)
        for mail in (MINE, THEIRS):
            TokenReset.objects.create(contract=contract, secret_hash=mail, mail=mail, asked_at=now, expires_at=now)
        OwnerRecovery.objects.create(
            customer=customer, name="Mara L.", mail=MINE, reason=SECRET, proposed_by=people.staff(), proposed_at=now,
            ends_at=now,
        )  # fmt: skip
        MailChange.objects.create(user=mara, mail="mara.new@nordwind.example", asked_at=now, expires_at=now)
        MailChange.objects.create(user=ines, mail="ines.new@suedwind.example", asked_at=now, expires_at=now)
        for position, name in ((1, SECRET), (2, "log.txt"), (3, SECRET)):
            Attachment.objects.create(
                message=Message.objects.get(position=position),
                name=name,
                content_type="text/plain",
                size=1,
                key="0" * 64,
            )
    text = taken(enter(MINE))
    said = json.loads(text)
    assert [one["mail"] for one in said["addresses_for_invoices"]] == [MINE.upper()]
    assert [one["mail"] for one in said["links_for_a_lost_token"]] == [MINE]
    assert [(one["name"], one["mail"]) for one in said["proposals_to_own_an_account"]] == [("Mara L.", MINE)]
    assert [one["mail"] for one in said["mail_changes"]] == ["mara.new@nordwind.example"]
    assert [one["files"] for one in said["ticket_messages"]] == [["log.txt"]]
    assert set(said["ticket_messages"][0]) == {"ticket", "written_at", "channel", "text", "files"}
    assert {one["address"] for one in said["what_you_did"]} == {"127.0.0.1"}
    assert SECRET not in text
    assert "suedwind" not in text
