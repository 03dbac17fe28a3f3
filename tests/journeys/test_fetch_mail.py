"""The mailbox is read, and whatever happens every mail stays in it: read, waiting or flagged."""

from dataclasses import replace
from email.message import EmailMessage

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.journeys.imap import PASSWORD, USER, imap_server
from tests.journeys.mails import mail
from tests.notices.smtp import mail_server
from tests.notices.test_deliver_mail import smtp
from tests.support import desk
from torhaus.core.imap import MailboxUnavailable
from torhaus.journeys.fetch_mail import fetch_mail
from torhaus.journeys.receive_mail import TryLater, receive_mail
from torhaus.support.models import Message
from torhaus.work.runner import Worker

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def reply_mail(settings):
    settings.OPTIONS = replace(settings.OPTIONS, reply_mail="help@acme.example")


@pytest.fixture
def contract():
    people.vendor(support_mail="support@acme.example")
    customer = people.customer()
    desk.contact(customer, desk.CUSTOMER)
    return people.contract(customer)


@pytest.fixture
def ticket(contract):
    return desk.ask(contract)


@pytest.fixture(scope="module")
def box():
    with imap_server() as box:
        yield box


@pytest.fixture
def mailbox(box, settings):
    box.empty()
    settings.OPTIONS = replace(
        settings.OPTIONS,
        imap_host="127.0.0.1",
        imap_port=box.port,
        imap_tls=False,
        imap_user=USER,
        imap_password=PASSWORD,
        reply_mail="help@acme.example",
    )
    return box


@pytest.mark.servers
def test_the_mailbox_is_read_and_every_mail_stays_in_it(mailbox, ticket):
    mailbox.put(mail(ticket, "by IMAP"))
    mailbox.put(mail(ticket, "to nobody", To="help@acme.example"))
    mailbox.put(b"From: a@b.example\r\nX: " + b"y" * 100_000 + b"\r\n\r\nhello")
    mailbox.put(mail(ticket, "absent", Auto_Submitted="auto-replied"))
    assert fetch_mail() == 1
    assert [one.body for one in desk.messages(ticket)][1:] == ["by IMAP"]
    assert (mailbox.count(), mailbox.count("UNSEEN"), mailbox.count("FLAGGED")) == (4, 0, 2)
    assert fetch_mail() == 0


@pytest.mark.servers
def test_a_mail_is_marked_only_after_it_is_committed(mailbox, ticket, monkeypatch):
    mailbox.put(mail(ticket, "precious"))
    with monkeypatch.context() as broken:
        broken.setattr(
            "torhaus.core.imap.Mailbox.mark", lambda *_a, **_b: (_ for _ in ()).throw(MailboxUnavailable("gone"))
        )
        with pytest.raises(MailboxUnavailable):
            fetch_mail()
    assert mailbox.count("UNSEEN") == 1
    assert fetch_mail() == 0, "it came before"
    assert [one.body for one in desk.messages(ticket)][1:] == ["precious"]
    assert mailbox.count("UNSEEN") == 0


@pytest.mark.servers
def test_a_fault_of_ours_neither_loses_nor_repeats_a_mail(mailbox, ticket, monkeypatch):
    mailbox.put(mail(ticket, "first"))
    mailbox.put(mail(ticket, "second!"))
    taken = receive_mail

    def faulty(*, raw):
        if b"first" in raw:
            raise ZeroDivisionError
        return taken(raw=raw)

    with monkeypatch.context() as broken:
        broken.setattr("torhaus.journeys.fetch_mail.receive_mail", faulty)
        assert fetch_mail() == 1, "what stands behind it is taken all the same"
    assert (mailbox.count("UNSEEN"), mailbox.count("FLAGGED")) == (0, 1)


@pytest.mark.servers
def test_mails_that_wait_keep_none_behind_them_from_being_taken(mailbox, ticket, monkeypatch):
    monkeypatch.setattr("torhaus.journeys.fetch_mail.AT_ONCE", 2)
    for text in ("waits", "waits, too", "waits still", "is taken"):
        mailbox.put(mail(ticket, text))
    taken = receive_mail

    def busy(*, raw):
        if b"waits" in raw:
            raise TryLater("more than enough within an hour")
        return taken(raw=raw)

    with monkeypatch.context() as full:
        full.setattr("torhaus.journeys.fetch_mail.receive_mail", busy)
        assert fetch_mail() == 1
        assert mailbox.count("UNSEEN") == 3
        mailbox.put(mail(ticket, "comes later"))
        full.setattr("torhaus.journeys.fetch_mail.SECONDS", 0)
        assert fetch_mail() == 0, "it does not keep the worker for longer than that"


@pytest.mark.servers
def test_a_mailbox_that_is_away_or_closed_says_why(mailbox, settings):
    for changed, why in (
        ({"imap_port": 1}, "Refused"),
        ({"imap_password": "wrong"}, "error"),
        ({"imap_folder": 'No "such" folder'}, "no folder"),
        ({"imap_tls": True}, "SSL"),
    ):
        settings.OPTIONS = replace(
            settings.OPTIONS,
            **(
                {"imap_port": mailbox.port, "imap_tls": False, "imap_password": PASSWORD, "imap_folder": "INBOX"}
                | changed
            ),
        )
        with pytest.raises(MailboxUnavailable, match=why):
            fetch_mail()


@pytest.mark.servers
def test_the_whole_way_by_mail(mailbox, contract, client):
    """A ticket by page, a mail to the customer, the answer by mail, the staff's answer, and all of it one thread."""
    staff = people.staff("support")
    ticket = desk.ask(contract)
    with mail_server() as outbox, smtp(outbox.port):
        Worker().run_once()
        confirmed = next(one for one in outbox.mails if one["To"].endswith(f"<{desk.CUSTOMER}>"))
        answer = EmailMessage()
        answer["From"], answer["To"] = confirmed["To"], confirmed["Reply-To"]
        answer["Subject"], answer["Message-ID"] = f"Re: {confirmed['Subject']}", "<reply-1@nordwind.example>"
        answer["In-Reply-To"] = confirmed["Message-ID"]
        quoted = "\n".join(f"> {line}" for line in confirmed.get_body(("plain",)).get_content().splitlines())
        answer.set_content(f"One more thing: Größe?\n\nAm Montag schrieb Acme:\n{quoted}")
        mailbox.put(answer.as_bytes())
        assert fetch_mail() == 1
        client.post("/staff/sign-in/", {"mail": staff.mail, "password": people.PASSWORD})
        page = client.get(f"/staff/tickets/{ticket.ref}/").content.decode()
        assert "One more thing: Größe?" in page
        assert "Bitte antworten" not in page
        assert ticket.number in client.get("/staff/tickets/").content.decode()
        client.post(f"/staff/tickets/{ticket.ref}/answer/", {"body": "42 **cm**", "seen": "2", "then": "close"})
        client.post(f"/staff/contracts/{contract.ref}/view/")
        shown = client.get(f"/help/tickets/{ticket.ref}/").content.decode()
        assert shown.index("How do I update?") < shown.index("One more thing") < shown.index("42 <strong>cm</strong>")
        outbox.mails.clear()
        Worker().run_once()
    [last] = [one for one in outbox.mails if one["To"].endswith(f"<{desk.CUSTOMER}>")]
    assert last["In-Reply-To"] == "<reply-1@nordwind.example>"
    assert last["References"].split()[0] == confirmed["References"].split()[0]
    assert last["References"].split()[-1] == "<reply-1@nordwind.example>"
    assert last["Reply-To"] == confirmed["Reply-To"]
    assert last["Auto-Submitted"] == "no"
    assert confirmed["Auto-Submitted"] == "auto-generated"
    assert f"[{ticket.number}]" in last["Subject"]
    assert "42 **cm**" in last.get_body(("plain",)).get_content()
    with scopes_disabled():
        assert Message.objects.filter(ticket=ticket).count() == 3
