"""Mails become messages of their tickets: once each, never from a program, never with what a form would refuse."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings
from django_scopes import scopes_disabled

from tests import people, processes
from tests.journeys.mails import mail
from tests.notices.smtp import mail_server
from tests.notices.test_deliver_mail import smtp
from tests.support import desk
from torhaus.core import clock
from torhaus.core.received_mail import MOST_BYTES, UnreadableMail
from torhaus.journeys.answer_ticket import answer_ticket
from torhaus.journeys.change_ticket_state import change_ticket_state
from torhaus.journeys.merge_tickets import merge_tickets
from torhaus.journeys.receive_mail import MAILS_AN_HOUR, Outcome, TryLater, receive_mail
from torhaus.records.models import Record
from torhaus.support.models import Attachment
from torhaus.support.reply_addresses import reply_address, ticket_numbers
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


def test_a_reply_becomes_a_message_and_the_staff_hears_of_it(ticket):
    raw = mail(ticket, "It works now.\n\nOn Monday Acme wrote:\n> -- Please answer above this line --\n> Hello")
    assert receive_mail(raw=raw) is Outcome.TAKEN
    said = desk.messages(ticket)[-1]
    assert (said.body, said.channel, said.author_kind) == ("It works now.", "mail", "customer")
    assert (said.author_name, said.author_mail) == ("Mara Lindqvist", desk.CUSTOMER)
    told = desk.mails("ticket_for_staff")[-1]
    assert told.recipient == "support@acme.example"
    assert "It works now." in told.text
    assert "Reply-To" not in told.headers, "an answer of the staff's must not arrive as the customer's"
    with scopes_disabled():
        record = Record.objects.latest("pk")
    assert (record.deed, record.after["channel"], record.actor_ref) == ("reply_to_ticket", "mail", "mail")


def test_the_same_mail_twice_is_one_message(ticket):
    raw = mail(ticket)
    assert [receive_mail(raw=raw) for _ in range(3)] == [Outcome.TAKEN, Outcome.REPEATED, Outcome.REPEATED]
    assert len(desk.messages(ticket)) == 2


def test_two_mails_of_a_program_that_reuses_its_message_id_are_both_taken(contract, ticket):
    other = desk.ask(contract, subject="Other")
    assert receive_mail(raw=mail(ticket, Message_ID="<same@x.example>")) is Outcome.TAKEN
    assert receive_mail(raw=mail(other, Message_ID="<same@x.example>")) is Outcome.TAKEN
    assert len(desk.messages(other)) == 2


def test_nobody_writes_into_a_ticket_by_guessing(ticket):
    real = reply_address(ticket.number)
    local, code = real.split("@")[0].rsplit(".", 1)
    for address in (
        f"{local}@acme.example",
        f"{local}.{'a' * 16}@acme.example",
        f"{local}.{code[:-1]}{'a' if code[-1] != 'a' else 'b'}@acme.example",
        f"help+t-2026-00002.{code}@acme.example",
        "help@acme.example",
    ):
        assert receive_mail(raw=mail(ticket, To=address)) is Outcome.NOT_TAKEN, address
    assert len(desk.messages(ticket)) == 1
    assert ticket_numbers([real.upper()]) == [ticket.number], "some mail servers change the case"


@pytest.mark.parametrize("header", ["To", "Cc", "Delivered_To", "X_Original_To"])
def test_the_address_may_stand_in_several_headers(ticket, header):
    headers = {"To": "list@nordwind.example", header: f'"Help" <{reply_address(ticket.number)}>'}
    assert receive_mail(raw=mail(ticket, **headers)) is Outcome.TAKEN


def test_who_is_refused_is_told_once_a_day_and_a_program_never(ticket):
    raw = mail(ticket, To="help@acme.example")
    assert receive_mail(raw=raw) is Outcome.NOT_TAKEN
    for number in range(3):
        again = mail(ticket, To="help@acme.example", Message_ID=f"<{number}@x.example>", From=desk.CUSTOMER.upper())
        assert receive_mail(raw=again) is Outcome.NOT_TAKEN
    [told] = desk.mails("mail_not_taken")
    assert told.recipient == desk.CUSTOMER
    assert told.headers["Auto-Submitted"] == "auto-replied"
    with clock.shifted(timedelta(days=1, minutes=1)):
        receive_mail(raw=raw)
    assert len(desk.mails("mail_not_taken")) == 2
    for headers in (
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"List_Id": "<x>"},
    ):
        sender = "robot@x.example"
        assert receive_mail(raw=mail(ticket, sender=sender, **headers)) is Outcome.AUTOMATIC
        assert receive_mail(raw=mail(ticket, sender=sender, To="help@acme.example", **headers)) is Outcome.AUTOMATIC
    assert len(desk.mails("mail_not_taken")) == 2
    assert len(desk.messages(ticket)) == 1


def test_two_portals_that_answer_each_other_stop_at_once(ticket):
    """What we send comes back: to the address of the ticket, with our own header."""
    with mail_server() as box, smtp(box.port):
        Worker().run_once()
        assert box.mails
        for sent in box.mails:
            del sent["To"]
            sent["To"] = reply_address(ticket.number)
            assert receive_mail(raw=sent.as_bytes()) is Outcome.AUTOMATIC
            del sent["Auto-Submitted"]
            assert receive_mail(raw=sent.as_bytes()) is Outcome.AUTOMATIC
    assert len(desk.messages(ticket)) == 1


def test_a_ticket_takes_only_so_many_mails_an_hour(ticket):
    for number in range(MAILS_AN_HOUR):
        receive_mail(raw=mail(ticket, "x" * (number + 1)))
    with pytest.raises(TryLater):
        receive_mail(raw=mail(ticket, "too many"))
    with clock.shifted(timedelta(hours=1, minutes=1)):
        assert receive_mail(raw=mail(ticket, "too many")) is Outcome.TAKEN


def test_files_are_taken_by_the_rules_of_the_form_and_the_others_named(ticket):
    files = [
        ("shot.png", b"\x89PNG\r\n\x1a\n data"),
        ("run.exe", b"MZ"),
        ("fake.png", b"no picture"),
        ("a/../b.txt", b"log"),
    ]
    assert receive_mail(raw=mail(ticket, files=files)) is Outcome.TAKEN
    said = desk.messages(ticket)[-1]
    with scopes_disabled():
        assert sorted(Attachment.objects.filter(message=said).values_list("name", flat=True)) == ["b.txt", "shot.png"]
    assert "run.exe" in said.body
    assert "fake.png" in said.body
    assert "Art" in said.body, "in the language of the ticket"
    six = [(f"{number}.txt", b"x") for number in range(6)]
    assert receive_mail(raw=mail(ticket, "six", files=six)) is Outcome.TAKEN
    with scopes_disabled():
        assert Attachment.objects.filter(message=desk.messages(ticket)[-1]).count() == 5


def test_a_good_file_stays_beside_refused_ones(ticket):
    """Phones call every picture image.png."""
    picture = b"\x89PNG\r\n\x1a\n data"
    files = [("image.png", b"no picture"), ("image.png", picture), ("run.exe", b"MZ")]
    assert receive_mail(raw=mail(ticket, files=[*files, *[(f"{number}.txt", b"x") for number in range(4)]]))
    said = desk.messages(ticket)[-1]
    with scopes_disabled():
        kept = Attachment.objects.filter(message=said).order_by("pk").values_list("name", "size")
    assert list(kept) == [("image.png", len(picture)), *[(f"{number}.txt", 1) for number in range(4)]]
    assert (said.body.count("image.png"), said.body.count("run.exe"), said.body.count("3.txt")) == (1, 1, 0)


def test_files_beyond_the_amount_of_a_day_are_named_and_the_text_arrives(ticket, settings, monkeypatch):
    settings.OPTIONS = replace(settings.OPTIONS, attachment_max_mib=1)
    monkeypatch.setattr("torhaus.support.attachments.MESSAGES_A_DAY", 1)
    large = [(f"{number}.txt", b"x" * 1024**2) for number in range(3)]
    assert receive_mail(raw=mail(ticket, "all of it", files=large)) is Outcome.TAKEN
    assert receive_mail(raw=mail(ticket, "more", files=[("4.txt", b"x")])) is Outcome.TAKEN
    said = desk.messages(ticket)[-1]
    assert said.body.startswith("more\n")
    assert "4.txt geht über die 3 MiB hinaus" in said.body
    with scopes_disabled():
        assert not Attachment.objects.filter(message=said).exists()


def test_a_mail_for_nobody_is_not_read_beyond_its_header(ticket, monkeypatch):
    def parsed(*_args, **_more):
        raise ZeroDivisionError

    with monkeypatch.context() as watched:
        watched.setattr("torhaus.core.received_mail.message_from_bytes", parsed)
        large = mail(ticket, To="help@acme.example", files=[("a.bin", b"\n" * 1_000_000)])
        assert receive_mail(raw=large) is Outcome.NOT_TAKEN
        with pytest.raises(ZeroDivisionError):
            receive_mail(raw=mail(ticket))
    [told] = desk.mails("mail_not_taken")
    assert (told.recipient, told.headers["In-Reply-To"].count("@nordwind.example>")) == (desk.CUSTOMER, 1)


def test_a_scanner_that_is_away_lets_the_mail_wait(ticket, settings):
    settings.OPTIONS = replace(settings.OPTIONS, scan_command="/nonexistent-scanner")
    with pytest.raises(TryLater):
        receive_mail(raw=mail(ticket, files=[("a.txt", b"x")]))
    assert len(desk.messages(ticket)) == 1


def test_a_long_mail_goes_on_in_a_file(ticket):
    assert receive_mail(raw=mail(ticket, "é" * 30_000)) is Outcome.TAKEN
    said = desk.messages(ticket)[-1]
    assert len(said.body) <= 10_000
    assert "mail.txt" in said.body
    with scopes_disabled():
        assert Attachment.objects.get(message=said).size == 60_000


def test_a_mail_without_anything_is_refused(ticket):
    assert receive_mail(raw=mail(ticket, " \n")) is Outcome.NOT_TAKEN
    assert len(desk.messages(ticket)) == 1
    assert "keinen Text" in desk.mails("mail_not_taken")[0].text


def test_a_mail_too_large_is_refused_unread(ticket):
    with pytest.raises(UnreadableMail):
        receive_mail(raw=mail(ticket) + b"x" * MOST_BYTES)


def test_an_unknown_address_is_taken_but_shown_to_be_so_and_never_written_to(ticket, client):
    assert receive_mail(raw=mail(ticket, "Send me the token", sender="boss@evil.example")) is Outcome.TAKEN
    staff = people.staff("support")
    client.post("/staff/sign-in/", {"mail": staff.mail, "password": people.PASSWORD})
    page = client.get(f"/staff/tickets/{ticket.ref}/", headers={"accept-language": "en"}).content.decode()
    assert "From another address" in page
    assert "boss@evil.example is neither" in page
    fresh = desk.fresh(ticket)
    answer_ticket(ticket_ref=ticket.ref, body="No.", seen=fresh.last_number, author=staff, by=people.SYSTEM)
    assert {one.recipient for one in desk.mails("ticket_answered")} == {desk.CUSTOMER}


def test_a_contact_who_joins_in_gets_the_answers_too(contract, ticket):
    desk.contact(contract.customer, "ole@nordwind.example", "Ole")
    receive_mail(raw=mail(ticket, sender="Ole <OLE@nordwind.example>"))
    staff = people.staff("support")
    answer_ticket(ticket_ref=ticket.ref, body="Yes.", seen=2, author=staff, by=people.SYSTEM)
    assert {one.recipient for one in desk.mails("ticket_answered")} == {desk.CUSTOMER, "ole@nordwind.example"}


def test_mails_to_closed_and_merged_tickets(contract, ticket):
    into = desk.ask(contract, subject="Other")
    merge_tickets(ticket_ref=ticket.ref, into_number=into.number, author=people.staff("support"), by=people.SYSTEM)
    assert receive_mail(raw=mail(ticket, "To the old one")) is Outcome.TAKEN
    assert desk.messages(into)[-1].body == "To the old one"
    change_ticket_state(ticket_ref=into.ref, state="closed", by=people.SYSTEM)
    assert receive_mail(raw=mail(into, "once more, please")) is Outcome.NOT_TAKEN, "the contract has no support now"
    assert "geschlossen" in desk.mails("mail_not_taken")[0].text


def test_whoever_opened_a_merged_ticket_gets_the_answers_of_the_other(contract, ticket):
    """And whoever wrote in it, however many merges there were."""
    desk.contact(contract.customer, "ole@nordwind.example", "Ole")
    first = desk.ask(contract, mail="eva@nordwind.example")
    desk.reply(first, mail="ole@nordwind.example")
    staff = people.staff("support")
    for one, into in ((first, ticket), (ticket, last := desk.ask(contract, mail="jan@nordwind.example"))):
        merge_tickets(ticket_ref=one.ref, into_number=into.number, author=staff, by=people.SYSTEM)
    seen = desk.fresh(last).last_number
    answer_ticket(ticket_ref=last.ref, body="Yes.", seen=seen, author=staff, by=people.SYSTEM)
    told = [one.recipient for one in desk.mails("ticket_answered")]
    asked = ["eva@nordwind.example", "jan@nordwind.example", desk.CUSTOMER, "ole@nordwind.example"]
    assert sorted(told) == sorted(asked)
    assert next(one.recipient_name for one in desk.mails("ticket_answered") if one.recipient == desk.CUSTOMER)


def test_the_pipe_speaks_the_exit_codes_of_mail_servers(ticket):
    env = processes.environment(TORHAUS_REPLY_MAIL="help@acme.example", TORHAUS_SECRET_KEY=settings.SECRET_KEY)

    def pipe(raw: bytes, **more) -> int:
        process = processes.start("-m", "torhaus.console.main", "receive-mail", env=env | more, stdin=-1)
        process.communicate(raw.decode("utf-8", "surrogateescape"), timeout=60)
        return process.returncode

    assert pipe(mail(ticket, "by pipe")) == 0
    assert pipe(mail(ticket, "by pipe")) == 0, "delivered twice"
    assert [one.body for one in desk.messages(ticket)][1:] == ["by pipe"]
    assert pipe(b"From: a@b.example\nX: " + b"y" * 100_000) == 65
    assert pipe(mail(ticket, "later"), TORHAUS_SMTP_PORT="none") == 75, (
        "settings that cannot be are no fault of the mail"
    )
