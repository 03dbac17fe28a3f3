"""A contract's tickets: the list, the conversation, attachments, answers, closing; and that notes stay inside."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django_scopes import scopes_disabled

from tests import people
from tests.doors import staff_client
from tests.support.files import EICAR, scanner
from tests.web.tickets import NEW, client_of, entries, file, nonce_of, say, support, supported, ticket
from tests.web.visitors import card, words
from torhaus.core import clock
from torhaus.core.storage import file_store
from torhaus.frame.viewers import PREVIEW
from torhaus.notices.models import Mail
from torhaus.records.models import Record
from torhaus.subscriptions.models import Contract
from torhaus.support.messages import NewFile
from torhaus.support.models import Attachment, Message, Ticket

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=people.BERLIN)
SECRET = "Nur-intern-Zebra"


@pytest.fixture(autouse=True)
def stopped_clock():
    with clock.at(MONDAY):
        yield


@pytest.fixture
def contract():
    return supported()


@pytest.fixture
def client(contract):
    return client_of(contract)


@pytest.fixture
def agent():
    return people.staff("support", name="Sven Sommer")


def fresh(one: Ticket) -> Ticket:
    with scopes_disabled():
        return Ticket.objects.get(pk=one.pk)


def url(one: Ticket, act: str = "") -> str:
    return f"/help/tickets/{one.ref}/" + (f"{act}/" if act else "")


def stored(name="log.txt", content=b"Start\n") -> NewFile:
    kept = file_store().put([content])
    return NewFile(name, "text/plain", kept.size, kept.key)


def subjects(answer) -> list[str]:
    return re.findall(r'<th scope="row"[^>]*><a href="[^"]+">([^<]*)</a>', answer.content.decode())


# The list


@pytest.mark.parametrize(
    ("language", "row"),
    [
        ("en", "Where is it? T-2026-00001 Waiting for you 2026-11-23 09:00"),
        ("de", "Where is it? T-2026-00001 Wartet auf Sie 23.11.2026 09:00"),
    ],
)
def test_the_list_shows_number_subject_state_and_last_change(contract, agent, language, row):
    say(ticket(contract, body="Where is it?"), "There.", user=agent)
    assert row in words(client_of(contract, language).get("/help/tickets/"))


def test_the_list_is_filtered_by_state_and_the_last_changed_comes_first(contract, client, agent):
    first = ticket(contract, body="First")
    with clock.at(MONDAY + timedelta(hours=1)):
        ticket(contract, body="Second")
    with clock.at(MONDAY + timedelta(hours=2)):
        say(first, "Answer", user=agent)
    assert subjects(client.get("/help/tickets/")) == ["First", "Second"]
    assert subjects(client.get("/help/tickets/?state=open")) == ["Second"]
    assert subjects(client.get("/help/tickets/?state=waiting")) == ["First"]
    assert "No ticket is in this state" in words(client.get("/help/tickets/?state=closed"))
    assert subjects(client.get("/help/tickets/?state=evil")) == ["First", "Second"]


@pytest.mark.parametrize(
    "query", ["?page=0", "?page=99999", "?page=abc", "?page=" + "9" * 5000, "?state=%00", "?page=%00"]
)
def test_nonsense_in_the_address_is_ignored(contract, client, query):
    one = ticket(contract)
    assert client.get("/help/tickets/" + query).status_code == 200
    assert client.get(url(one) + query).status_code == 200


def test_a_list_without_tickets_says_how_to_begin(contract, client):
    shown = words(client.get("/help/tickets/"))
    assert "No tickets yet" in shown
    assert "Ask support" in shown


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_query_counts_do_not_grow(contract, client, agent):
    one = ticket(contract, attachments=[stored()])
    say(one, "Answer", user=agent)
    counts = queries(client, "/help/tickets/"), queries(client, url(one)), queries(client, "/help/")
    for n in range(30):
        ticket(contract, body=f"Question {n}")
        say(one, f"Message {n}", user=agent if n % 2 else None, attachments=[stored(f"{n}.txt")])
    assert (queries(client, "/help/tickets/"), queries(client, url(one)), queries(client, "/help/")) == counts
    print(counts)
    assert max(counts) <= 10


def test_lists_and_conversations_have_pages_and_open_at_the_newest(contract, client):
    one = ticket(contract, body="The very first")
    for n in range(40):
        say(one, f"Message-{n}-")
    shown = words(client.get(url(one)))
    assert "Message-39-" in shown
    assert "The very first" not in shown.split("All tickets", 1)[1].split("Ticket Number")[0]
    assert "Message-0-" in words(client.get(url(one) + "?page=1"))
    for n in range(30):
        ticket(contract, body=f"Question {n}")
    assert len(subjects(client.get("/help/tickets/"))) == 25
    assert len(subjects(client.get("/help/tickets/?page=2"))) == 6


# The conversation


@pytest.mark.parametrize(("language", "you"), [("en", "You"), ("de", "Sie")])
def test_the_conversation_says_who_when_and_what(contract, agent, language, you):
    one = ticket(contract, body="It **stops**.\n\n- here\n- there")
    with clock.at(MONDAY + timedelta(hours=1)):
        say(one, "Try `update`.", user=agent)
    page = client_of(contract, language).get(url(one))
    body = page.content.decode()
    shown = words(page)
    assert f"{you} eva@nordwind.example" in shown
    assert "Sven, Acme" in shown
    assert "Sommer" not in body
    assert "<strong>stops</strong>" in body
    assert "<li>here</li>" in body
    assert "<code>update</code>" in body
    assert body.index("stops") < body.index("update")


def test_a_ticket_of_another_contract_or_customer_is_not_there(contract, agent):
    theirs = ticket(contract, attachments=[stored()])
    with scopes_disabled():
        attachment = Attachment.objects.get()
    second = people.contract(contract.customer, number="V-2")
    stranger = people.contract(people.customer("2", "Südwind"), number="V-3")
    before = fresh(theirs)
    for other in (second, stranger):
        support(other)
        client = client_of(other)
        for path in (url(theirs), url(theirs, "received"), f"/help/attachments/{attachment.ref}/"):
            assert client.get(path).status_code == 404, path
        for act in ("reply", "close"):
            assert client.post(url(theirs, act), {"body": "x"}).status_code == 404, act
        for name in (str(theirs.pk), theirs.number, "%00", "..", "é"):
            assert client.get(f"/help/tickets/{name}/").status_code == 404, name
        assert subjects(client.get("/help/tickets/")) == []
    after = fresh(theirs)
    assert (after.state, after.last_number) == (before.state, before.last_number)


@pytest.mark.parametrize("act", ["reply", "close"])
def test_what_changes_something_is_not_done_by_get(contract, client, act):
    one = ticket(contract)
    assert client.get(url(one, act)).status_code == 405
    assert fresh(one).state == "open"


def test_internal_notes_never_reach_the_customer(contract, client, agent):
    one = ticket(contract)
    with scopes_disabled():
        mails, records = Mail.objects.count(), Record.objects.filter(customer_ref=contract.customer.ref).count()
    with clock.at(MONDAY + timedelta(hours=3)):
        say(one, SECRET, user=agent, internal=True, attachments=[stored(f"{SECRET}.txt", SECRET.encode())])
    with scopes_disabled():
        note = Message.objects.get(internal=True)
        attachment = Attachment.objects.get(message=note)
        assert Mail.objects.count() == mails
        assert Record.objects.filter(customer_ref=contract.customer.ref).count() == records
    pages = ["/dashboard/", "/help/", "/help/tickets/", "/help/tickets/?state=open", url(one), url(one, "received")]
    for path in pages:
        body = client.get(path).content.decode()
        assert SECRET not in body, path
        assert note.ref not in body, path
        assert "12:00" not in body, path  # not even when it was written
    assert client.get(f"/help/attachments/{attachment.ref}/").status_code == 404
    now = fresh(one)
    assert (now.state, now.changed_at, now.answered_at, now.due_at) == (one.state, MONDAY, None, one.due_at)
    client.post(url(one, "reply"), {"body": "And?"})
    say(one, "Visible", user=agent)
    assert SECRET not in client.get(url(one)).content.decode()
    with scopes_disabled():
        assert not [mail for mail in Mail.objects.all() if SECRET in mail.text + mail.html + mail.subject]


# Answers


def test_an_answer_with_files_is_written_and_staff_are_told(contract, agent):
    one = ticket(contract)
    say(one, "Which version?", user=agent)
    assert fresh(one).due_at is None
    with clock.at(MONDAY + timedelta(hours=2)):
        client = client_of(contract)
        page = client.get(url(one))
        answer = client.post(
            url(one, "reply"),
            {"body": "34.1\r\nas attached", "nonce": nonce_of(page), "files": [file("log.txt", b"x")]},
        )
    assert answer.status_code == 302
    with scopes_disabled():
        message = Message.objects.latest("pk")
        assert (message.body, message.position, message.author_kind) == ("34.1\nas attached", 3, "customer")
        assert Attachment.objects.get().message_id == message.pk
        assert Mail.objects.filter(template="ticket_for_staff").count() == 2
        assert Record.objects.get(deed="reply_to_ticket").after["attachments"] == 1
    now = fresh(one)
    assert (now.state, now.due_at) == ("open", datetime(2026, 11, 26, 11, 0, tzinfo=people.BERLIN))
    assert answer.url == f"{url(one)}#m{message.ref}"


def test_a_second_question_does_not_put_the_promise_off(contract, client):
    one = ticket(contract)
    with clock.at(MONDAY + timedelta(hours=5)):
        client.post(url(one, "reply"), {"body": "Still there?"})
    assert fresh(one).due_at == one.due_at


def test_the_same_answer_sent_twice_is_one_message(contract, client):
    one = ticket(contract)
    values = {"body": "Once", "nonce": nonce_of(client.get(url(one)))}
    assert client.post(url(one, "reply"), values).url == client.post(url(one, "reply"), values).url
    assert fresh(one).last_number == 2


def test_R31_an_answer_resent_with_its_nonce_stores_no_files_again(contract, client, tmp_path, settings):
    settings.DATA_DIR = tmp_path
    one = ticket(contract)
    values = {"body": "Once", "nonce": nonce_of(client.get(url(one)))}
    first = client.post(url(one, "reply"), values | {"files": [file("a.txt", b"first")]})
    second = client.post(url(one, "reply"), values | {"files": [file("b.txt", b"another")]})
    assert (second.status_code, second.url) == (302, first.url)
    assert [path.read_bytes() for path in (tmp_path / "files").rglob("*") if path.is_file()] == [b"first"]


@pytest.mark.parametrize(
    ("body", "said"),
    [("", "Write your message"), (" \n ", "Write your message"), ("x" * 10_001, "This has 10,001 characters")],
)
def test_an_answer_that_cannot_be_is_explained_and_kept(contract, client, body, said):
    one = ticket(contract)
    answer = client.post(url(one, "reply"), {"body": body})
    assert answer.status_code == 422
    assert said in words(answer)
    assert body.strip() in answer.content.decode()
    assert fresh(one).last_number == 1


def test_R31_files_of_an_answer_are_examined_too(contract, client, tmp_path, settings):
    one = ticket(contract)
    answer = client.post(url(one, "reply"), {"body": "Look", "files": [file("run.exe", b"MZ")]})
    assert answer.status_code == 422
    assert "run.exe is of a kind that is not taken" in words(answer)
    settings.OPTIONS = replace(settings.OPTIONS, scan_command=scanner(tmp_path))
    answer = client.post(url(one, "reply"), {"body": "Look", "files": [file("bad.txt", EICAR)]})
    assert answer.status_code == 422
    assert "Eicar-Test-Signature FOUND" in words(answer)
    assert "Look</textarea>" in answer.content.decode()
    assert fresh(one).last_number == 1


def test_R32_an_attachment_is_given_to_keep_and_runs_nothing(contract, client):
    content = b"<script>alert(1)</script>"
    ticket(contract, attachments=[stored('Bericht "März".xml', content)])
    with scopes_disabled():
        one = Attachment.objects.get()
    answer = client.get(f"/help/attachments/{one.ref}/")
    assert b"".join(answer.streaming_content) == content
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''Bericht%20-M%C3%A4rz-.xml" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in answer.headers["Cache-Control"]


def test_an_attachment_that_is_lost_is_not_found(contract, client):
    ticket(contract, attachments=[NewFile("a.txt", "text/plain", 1, "0" * 64)])
    with scopes_disabled():
        one = Attachment.objects.get()
    assert client.get(f"/help/attachments/{one.ref}/").status_code == 404


# Closing, and opening again


def test_a_solved_ticket_is_closed_by_the_customer_once(contract, client):
    one = ticket(contract)
    assert "Solved, close it" in words(client.get(url(one)))
    for _ in range(2):
        assert client.post(url(one, "close")).url == url(one)
    now = fresh(one)
    assert (now.state, now.closed_at, now.due_at) == ("closed", MONDAY, None)
    with scopes_disabled():
        assert Record.objects.filter(deed="close_ticket").count() == 1
    assert "Solved, close it" not in words(client.get(url(one)))


@pytest.mark.parametrize(("days", "state", "status"), [(30, "open", 302), (31, "closed", 409)])
def test_an_answer_opens_a_closed_ticket_again_within_thirty_days(contract, client, days, state, status):
    one = ticket(contract)
    client.post(url(one, "close"))
    with clock.at(MONDAY + timedelta(days=days)):
        later = client_of(contract)
        assert ("Open the ticket again" in words(later.get(url(one)))) is (status == 302)
        answer = later.post(url(one, "reply"), {"body": "It is back"})
    assert answer.status_code == status
    now = fresh(one)
    assert (now.state, now.closed_at is None) == (state, status == 302)
    assert (now.due_at is not None) is (status == 302)
    if status == 409:
        assert "It is back</textarea>" in answer.content.decode()
        assert "Ask something new" in words(answer)


def test_what_was_begun_goes_on_without_the_package_but_is_not_opened_again(contract, client):
    one = ticket(contract)
    with scopes_disabled():
        Contract.objects.filter(pk=contract.pk).update(suspended=True)
    assert client.post(url(one, "reply"), {"body": "And?"}).status_code == 302
    client.post(url(one, "close"))
    assert client.post(url(one, "reply"), {"body": "Once more"}).status_code == 409
    assert client.post(NEW, {"body": "New"}).status_code == 409


def test_a_merged_ticket_leads_to_the_other_and_takes_nothing(contract, client):
    one, other = ticket(contract), ticket(contract, body="The other")
    with scopes_disabled():
        Ticket.objects.filter(pk=one.pk).update(state="merged", merged_into=other)
    page = client.get(url(one))
    assert f'href="{url(other)}"' in page.content.decode()
    assert "<textarea" not in page.content.decode()
    assert client.post(url(one, "reply"), {"body": "x"}).status_code == 409
    assert client.post(url(one, "close")).status_code == 302
    assert fresh(one).state == "merged"


def test_staff_who_look_on_read_and_change_nothing(contract, agent):
    one = ticket(contract)
    client = staff_client(agent, **{PREVIEW: contract.ref})
    assert client.get(url(one)).status_code == 200
    assert client.post(url(one, "close")).status_code == 403
    assert client.post(url(one, "reply"), {"body": "x"}).status_code == 403
    assert fresh(one).last_number == 1


def test_answers_are_throttled_with_the_forms(contract, client):
    one = ticket(contract)
    for _ in range(20):
        client.post(NEW, entries(client, mail=""))
    answer = client.post(url(one, "reply"), {"body": "Patience"})
    assert answer.status_code == 429
    assert "Patience</textarea>" in answer.content.decode()


def test_facts_of_the_ticket_stand_beside_it(contract, client):
    one = ticket(contract, product_version="34.1", reason="licence", response_hours=4)
    shown = card(client.get(url(one)), "facts")
    assert "Number T-2026-00001 About Licence Product Acme 34.1 Answers to eva@nordwind.example" in shown
    assert "Answer by 2026-11-23 13:00" in shown
