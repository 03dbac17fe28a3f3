"""An erasure stops where others begin: who had the address before, whose jobs wait, who answers to the same name (R65)."""

import json

import pytest
from django_scopes import scopes_disabled
from django_tasks_db.models import DBTaskResult

from tests import people
from tests.backoffice import one_person
from tests.backoffice.one_person import MARA, NAME, TWIN, asked, at_the_desk, erase, seen_on, signed_in
from tests.doors import staff_client
from tests.web.visitors import words
from torhaus.accounts.erasure_requests import open_request_of
from torhaus.accounts.models import MailChange, User
from torhaus.core import clock
from torhaus.journeys.mail_invitations import mail_invitations
from torhaus.journeys.tasks import mail_invitations as job
from torhaus.journeys.tasks import told
from torhaus.notices.models import Mail
from torhaus.records.deeds import Actor, deed, write_record
from torhaus.records.models import ActorKind, IdempotencyKey, PersonalValue
from torhaus.support.models import Attachment, Message, Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return one_person.world()


@deed("plant")
def plant(by, subject=("", ""), **personal):
    return write_record(by=by, subject=subject, personal=personal)


def values_of(record):
    return dict(PersonalValue.objects.filter(record=record).values_list("field", "value"))


def test_R65_what_was_recorded_of_whoever_had_the_address_before_stays_theirs(world):
    before = User.objects.get(mail=TWIN)
    theirs = Actor(ActorKind.PERSON, before.ref, MARA, "192.0.2.7")
    acted = plant(theirs, ("contract", "x"))
    changed = plant(theirs, ("user", before.ref), mail=MARA, new_mail=TWIN)
    hers = plant(Actor(ActorKind.PERSON, User.objects.get(mail=MARA).ref, MARA), ("user", before.ref), mail=TWIN)
    about = plant(people.SYSTEM, ("contract", "x"), mail=MARA, name="Mara")
    noted = plant(theirs, ("user", before.ref), note=f"Calls {MARA} back")
    erase(at_the_desk(), asked())
    assert values_of(acted) == {"actor_name": MARA, "actor_address": "192.0.2.7"}
    assert values_of(changed) == {"actor_name": MARA, "actor_address": "192.0.2.7", "mail": MARA, "new_mail": TWIN}
    assert values_of(hers) == {"actor_name": "", "mail": TWIN}
    assert {name: value for name, value in values_of(about).items() if not name.startswith("actor_")} == {
        "mail": "", "name": "",
    }  # fmt: skip
    assert values_of(noted)["note"] == ""


def test_R65_what_an_administrator_sent_out_for_others_goes_on_without_them(world):
    owner = signed_in("owner@nordwind.example")
    owner.post("/members/invite/", {"name": "Eva Neu", "mail": "eva@nordwind.example", "role": "member"})
    row = one_person.row_of("eva@nordwind.example")
    with scopes_disabled():
        type(row).objects.filter(pk=row.pk).update(mail_waits=True)
    mara = User.objects.get(mail=MARA)
    by = told(Actor(ActorKind.PERSON, mara.ref, mara.mail, "192.0.2.7", "r"))
    assert MARA not in json.dumps(by)
    waiting = job.enqueue(world.customer.ref, [row.ref], by)
    job.func(world.customer.ref, [], by)
    erase(at_the_desk(), asked())
    assert DBTaskResult.objects.filter(pk=waiting.id).exists(), "Eva still waits for her link"
    job.func(world.customer.ref, [row.ref], by)
    with scopes_disabled():
        assert Mail.objects.filter(template="invitation", recipient="eva@nordwind.example").count() == 2
    [record] = one_person.records("mail_invitations")
    assert record.actor_ref == mara.ref
    assert "actor_name" not in values_of(record)
    assert mail_invitations(customer_ref=world.customer.ref, member_refs=[row.ref], by=people.SYSTEM) == 0


def test_a_job_knows_by_reference_who_sent_it(world):
    owner = signed_in("owner@nordwind.example")
    owner.post("/members/invite/", {"name": "Eva Neu", "mail": "eva@nordwind.example", "role": "member"})
    mara, row = User.objects.get(mail=MARA), one_person.row_of("eva@nordwind.example")
    with scopes_disabled():
        type(row).objects.filter(pk=row.pk).update(mail_waits=True)
    job.func(world.customer.ref, [row.ref], told(Actor(ActorKind.PERSON, mara.ref, mara.mail, "192.0.2.7", "r")))
    [record] = one_person.records("mail_invitations")
    assert values_of(record) == {"actor_name": MARA, "actor_address": "192.0.2.7"}


def test_R65_an_address_is_taken_out_of_mails_of_customers_long_left_and_a_name_only_where_she_belongs(world):
    encoded = MARA.replace("@", "%40")
    said = {
        "template": "x", "language": "en", "recipient": "eva@suedwind.example", "written_at": clock.now(),
        "state": "sent", "subject": "Hello",
    }  # fmt: skip
    with scopes_disabled():
        for ref in ("leftlongago", ""):
            Mail.objects.create(text=f"{NAME} wrote as {MARA}.", customer_ref=ref, **said)
            Mail.objects.create(text="Open it", html=f"<a href='https://x.example/?m={encoded}'>", **said)
            Mail.objects.create(text="See the list", attachments=[{"name": "a.csv", "text": f"{NAME};{MARA}"}], **said)
    erase(at_the_desk(), asked())
    with scopes_disabled():
        rows = list(Mail.objects.filter(recipient="eva@suedwind.example").order_by("pk"))
    assert len(rows) == 6
    assert [row.text for row in rows if "wrote" in row.text] == [f"{NAME} wrote as [erased]."] * 2
    assert all(MARA not in row.html and encoded not in row.html for row in rows)
    assert [row.attachments[0]["text"] for row in rows if row.attachments] == [f"{NAME};[erased]"] * 2


def test_R65_a_short_name_that_others_bear_stays_in_kept_replies(world):
    User.objects.filter(mail=MARA).update(name="Mara")
    reply = json.dumps({"seats": [{"name": "Mara", "mail": TWIN}, {"name": "x", "mail": MARA}]})
    IdempotencyKey.objects.create(
        scope="s", key="k2", request="r", claim="c", claimed_at=clock.now(), status=200, reply=reply
    )
    erase(at_the_desk(), asked())
    said = json.loads(IdempotencyKey.objects.get(key="k2").reply)
    assert said == {"seats": [{"name": "Mara", "mail": TWIN}, {"name": "x", "mail": ""}]}


def test_R65_others_keep_the_trace_of_their_own_former_addresses(world):
    other, now = User.objects.get(mail=TWIN), clock.now()
    used = {"user": other, "mail": MARA, "asked_at": now, "expires_at": now}
    MailChange.objects.create(used_at=now, before="first@suedwind.example", **used)
    MailChange.objects.create(**used)
    erase(at_the_desk(), asked())
    assert list(MailChange.objects.values_list("user", "before")) == [(other.pk, "first@suedwind.example")]


def test_R65_staff_may_erase_the_texts_of_tickets_at_once_and_nobody_elses(world):
    ref, desk = asked(), at_the_desk()
    page = desk.get(f"/staff/personal-data/{ref}/")
    assert "Erase the texts now" in words(page)
    path, form = f"/staff/personal-data/{ref}/erase/", {"seen": seen_on(page), "texts": "on"}
    with scopes_disabled():
        late = Message.objects.create(
            ticket=Ticket.objects.get(), position=4, author=User.objects.get(mail=MARA), author_kind="customer",
            body="One more", written_at=clock.now(),
        )  # fmt: skip
    assert "more or less to erase than you were shown" in words(desk.post(path, form, follow=True))
    with scopes_disabled():
        late.delete()
    assert "The person is erased" in words(desk.post(path, form, follow=True))
    with scopes_disabled():
        gone = "This text was deleted: nobody has to keep it any more."
        assert [one.body for one in Message.objects.order_by("position")] == [gone, gone, "Me, too"]
        assert not Attachment.objects.exists()
        assert Ticket.objects.get().subject == "T-1"
    [record] = one_person.records("erase_person")
    assert record.after["texts"] == 2


def test_R65_without_texts_nothing_is_offered_and_unless_ticked_they_stay(world):
    ref, desk = asked(), at_the_desk()
    erase(desk, ref)
    with scopes_disabled():
        assert Attachment.objects.count() == 1
        assert Message.objects.get(position=1).body == "The import stops at 34 %"
    [record] = one_person.records("erase_person")
    assert "texts" not in record.after
    desk.post("/staff/personal-data/new/", {"mail": "x@y.example", "asked_on": "2026-11-02", "note": "By letter."})
    found = open_request_of("x@y.example")
    assert "Erase the texts now" not in words(desk.get(f"/staff/personal-data/{found.ref}/"))


def test_R64_staff_prove_anew_who_they_are_before_they_take_an_export(world):
    ref = asked()
    late = staff_client(people.staff(mail="late@acme.example"))
    answer = late.post(f"/staff/personal-data/{ref}/export/")
    assert answer.status_code == 302
    assert answer.url.startswith("/account/confirm/?next=%2Fstaff%2Fpersonal-data%2F")
    assert one_person.records("export_personal_data") == []
    assert "Wish to be erased" in words(late.get(f"/staff/personal-data/{ref}/"))
