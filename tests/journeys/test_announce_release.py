"""Subscribers hear of a version once each, in their language; security updates reach whoever has or had the product."""

import re
from datetime import date, timedelta

import pytest
from django.core import mail as outbox
from django.db import transaction
from django.test import Client
from django_scopes import scopes_disabled
from django_tasks_db.models import DBTaskResult

from tests import people
from tests.backoffice.conftest import records
from torhaus.core import clock
from torhaus.core.link_codes import code_of
from torhaus.core.random import new_ref
from torhaus.journeys import announce_release as announcing
from torhaus.journeys.tasks import announce_due_releases, announce_release
from torhaus.licensing.secrets import hash_secret
from torhaus.notices.delivery import deliver
from torhaus.notices.models import Mail
from torhaus.organisations.models import Contact
from torhaus.releases import announcements
from torhaus.releases.models import (
    AddOnRelease,
    AnnouncedMailbox,
    AnnouncedTo,
    Announcement,
    Release,
    ReleaseSubscription,
)
from torhaus.releases.tasks import tidy_releases
from torhaus.releases.withdraw_release import restore_release, withdraw_release

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vendor():
    people.vendor()


def subscriber(contract, mail="a@x.example", language="en", **fields):
    now = clock.now()
    ref = new_ref()
    values = {"ref": ref, "asked_at": now, "confirmed_at": now, "secret_hash": hash_secret(code_of(ref))} | fields
    with scopes_disabled():
        return ReleaseSubscription.objects.create(contract=contract, mail=mail, language=language, **values)


def published(version="34.2", **fields):
    values = {
        "product": people.product(),
        "published_on": clock.now().date(),
        "published_at": clock.now(),
        "notes": {"en": "# News\n- **fast** search", "de": "# Neues\n- schnelle Suche"},
    }
    return Release.objects.create(version=version, **values | fields)


def work(steps=1000):
    """Do what the worker does by the clock, and the jobs that follow, one page each; give how many pages."""
    announce_due_releases.call()
    done = 0
    while done < steps and (job := waiting().first()):
        announce_release.call(*job.args_kwargs["args"])
        job.delete()
        done += 1
    return done


def waiting():
    return DBTaskResult.objects.filter(task_path=announce_release.module_path).order_by("enqueued_at")


def mails():
    with scopes_disabled():
        return list(Mail.objects.filter(template="release_announced").order_by("pk"))


def told():
    return sorted(mail.recipient for mail in mails())


def running(number="V-1", **fields):
    return people.contract(people.customer(number=f"K{number}"), number=number, **fields)


def test_everybody_subscribed_hears_once_in_their_language():
    contract = running()
    row = subscriber(contract, "jo@x.example", "de")
    subscriber(contract, "al@x.example", "en")
    release = published()
    assert work() == 1
    german, english = mails()
    assert (german.recipient, german.language, german.subject) == ("jo@x.example", "de", "Neue Version: Acme 34.2")
    assert (english.recipient, english.subject) == ("al@x.example", "New version: Acme 34.2")
    assert "schnelle Suche" in german.text
    assert "fast search" in english.text
    assert "**" not in english.text
    assert "http://localhost:8000/downloads/" in german.text
    assert german.customer_ref == contract.customer.ref
    assert work() == 0
    assert len(mails()) == 2
    [record] = records("announce_release")
    assert (record.subject_kind, record.subject_ref, record.after["mails"]) == ("release", release.ref, 2)
    assert row.ref in german.text


def test_each_mail_ends_the_subscription_by_one_click(settings):
    row = subscriber(running(), "jo@x.example")
    published()
    work()
    [mail] = mails()
    link = re.search(r"http\S+/end/", mail.text)[0]
    assert "[[code:" in link, "the log of mails lets nobody follow the link"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    deliver(mail.pk)
    [sent] = outbox.outbox
    header = sent.message()["List-Unsubscribe"]
    assert sent.message()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = re.fullmatch(r"<http://localhost:8000(/\S+)>", header.replace("\n", ""))[1]
    assert url in sent.body
    answer = Client(enforce_csrf_checks=True).post(url, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer.content) == (200, b"")
    row.refresh_from_db()
    assert row.ended_at is not None
    assert Client().post(url).status_code == 404
    assert len(records("end_release_subscription")) == 1
    published("34.3")
    work()
    assert len(mails()) == 1


def test_whose_contract_does_not_run_who_has_not_confirmed_and_who_ended_hear_nothing():
    old = {"starts_on": date(2020, 1, 1), "ends_on": date(2020, 12, 31), "auto_renews": False}
    other = people.product("other", name={"": "Other"})
    for number, fields, said in (
        ("V-1", old, {}),
        ("V-2", {"suspended": True}, {}),
        ("V-3", {"starts_on": date(2099, 1, 1), "ends_on": date(2099, 12, 31)}, {}),
        ("V-4", {"product": other}, {}),
        ("V-5", {}, {"confirmed_at": None}),
        ("V-6", {}, {"ended_at": people.NOON}),
    ):
        subscriber(running(number, **fields), f"{number.lower()}@x.example", **said)
    subscriber(running("V-7", cancelled_to=date(2099, 3, 31)), "hears@x.example")
    published()
    work()
    assert told() == ["hears@x.example"]


def test_a_mailbox_of_many_contracts_hears_once():
    for number in range(3):
        subscriber(running(f"V-{number}"), "Agency@x.example" if number else "agency@X.example")
    published()
    work()
    assert len(mails()) == 1


def test_a_version_that_is_none_to_tell_of_is_not_told():
    subscriber(running())
    published("1", channel="beta")
    published("2", channel="rc")
    published("3", withdrawn_at=people.NOON)
    published("4", published_at=None)
    published("5", published_at=clock.now() - timedelta(days=31))
    later = published("6", published_at=clock.now() + timedelta(hours=1))
    assert work() == 0
    assert mails() == []
    with clock.shifted(timedelta(hours=1, seconds=1)):
        assert work() == 1
    assert [mail.subject for mail in mails()] == [f"New version: Acme {later.version}"]


def test_a_security_update_reaches_technical_contacts_of_everybody_who_has_or_had_the_product():
    ended = running("V-1", starts_on=date(2020, 1, 1), ends_on=date(2020, 12, 31), auto_renews=False)
    now, other = running("V-2"), running("V-3", product=people.product("other", name={"": "Other"}))
    subscriber(now, "tech@v2.example")
    with scopes_disabled():
        for contract, role, mail in (
            (ended, "technical", "tech@v1.example"),
            (ended, "main", "main@v1.example"),
            (now, "technical", "TECH@v2.example"),
            (now, "billing", "billing@v2.example"),
            (other, "technical", "tech@v3.example"),
        ):
            Contact.objects.create(customer=contract.customer, role=role, name="Jo", mail=mail, language="de")
        only_main = running("V-4")
        Contact.objects.create(customer=only_main.customer, role="main", name="", mail="main@v4.example")
        Contact.objects.create(customer=only_main.customer, role="main", name="", mail="broken")
    published(security=True, channel="rc")
    work()
    assert told() == ["main@v4.example", "tech@v1.example", "tech@v2.example"]
    by_mail = {mail.recipient: mail for mail in mails()}
    assert by_mail["tech@v1.example"].subject == "Sicherheitsupdate: Acme 34.2"
    assert by_mail["tech@v1.example"].headers == {}
    assert "List-Unsubscribe" in by_mail["tech@v2.example"].headers


def test_an_add_on_is_told_to_whom_it_is_open():
    flows = people.item("flows", "add_on", name={"en": "Flows"})
    booked, without, trial = running("V-1"), running("V-2"), running("V-3", kind="evaluation", auto_renews=False)
    people.booking(booked, "flows", kind="add_on", item=flows, quantity=1)
    for number, contract in enumerate((booked, without, trial)):
        subscriber(contract, f"{number}@x.example")
    now = clock.now()
    AddOnRelease.objects.create(add_on=flows, version="2.0", published_on=now.date(), published_at=now)
    work()
    assert told() == ["0@x.example", "2@x.example"]
    assert mails()[0].subject == "New version: Flows 2.0"


def test_pages_go_on_after_a_kill_and_nobody_hears_twice(monkeypatch):
    monkeypatch.setattr(announcements, "PAGE", 3)
    contract = running()
    for number in range(10):
        subscriber(contract, f"{number}@x.example")
    published()
    assert work(steps=2) == 2
    assert len(mails()) == 6
    job = waiting().get()
    written = announcing.write_mail
    calls = []

    def killed(**values):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return written(**values)

    monkeypatch.setattr(announcing, "write_mail", killed)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        announce_release.call(*job.args_kwargs["args"])
    assert len(mails()) == 6, "a page is whole or not at all"
    monkeypatch.setattr(announcing, "write_mail", written)
    args = job.args_kwargs["args"]
    announce_release.call(*args)
    announce_release.call(*args)  # the worker was killed before it could note that the job was done
    work()
    assert len(mails()) == len(set(told())) == 10
    assert Announcement.objects.get().mails == 10


def test_a_page_whose_job_is_lost_is_asked_for_again_after_an_hour(monkeypatch):
    monkeypatch.setattr(announcements, "PAGE", 2)
    contract = running()
    for number in range(5):
        subscriber(contract, f"{number}@x.example")
    published()
    work(steps=1)
    waiting().delete()
    with clock.shifted(timedelta(minutes=59)):
        assert work() == 0
    with clock.shifted(timedelta(minutes=61)):
        work()
    assert len(told()) == len(set(told())) == 5


def test_withdrawing_stops_the_mails_and_restoring_goes_on(monkeypatch):
    monkeypatch.setattr(announcements, "PAGE", 2)
    contract = running()
    for number in range(4):
        subscriber(contract, f"{number}@x.example")
    release = published()
    work(steps=1)
    withdraw_release(ref=release.ref, reason="broken", by=people.SYSTEM)
    work()
    with clock.shifted(timedelta(hours=3)):
        work()
    assert len(mails()) == 2
    restore_release(ref=release.ref, reason="mended", by=people.SYSTEM)
    with clock.shifted(timedelta(hours=5)):
        work()
    assert len(told()) == len(set(told())) == 4


def test_whom_an_ended_announcement_reached_is_forgotten():
    subscriber(running())
    published()
    work()
    assert Announcement.objects.get().reached == AnnouncedTo.ALL
    assert AnnouncedMailbox.objects.count() == 1
    tidy_releases.call()
    assert not AnnouncedMailbox.objects.exists()
    assert work() == 0


def test_notes_hold_no_code_of_another_link():
    row = subscriber(running())
    published(notes={"en": f"x [[code:{row.ref}]] y"})
    work()
    [mail] = mails()
    assert mail.text.count(f"[[code:{row.ref}]]") == 1, "only that of the link"
