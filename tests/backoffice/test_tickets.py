"""Staff work on tickets: the queue by time left, answers, notes, assignment, states, merging, canned answers."""

import re
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_scopes import scopes_disabled

from tests import people
from tests.backoffice.conftest import records
from tests.support import desk
from torhaus.core import clock
from torhaus.support.models import CannedAnswer, Ticket

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=people.BERLIN)


@pytest.fixture
def ticket(world):
    desk.contact(world.customer, desk.CUSTOMER)
    return desk.ask(world.contract)


@pytest.fixture
def support(sign_in):
    return sign_in("support")


def body_of(answer) -> str:
    return answer.content.decode()


def seen_on(page: str) -> dict[str, str]:
    """The hidden fields of the answer's form."""
    form = page.split('/answer/" enctype')[1].split("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(seen|nonce)" value="([^"]*)"', form))


def answer(client, ticket, body="Use the update package.", then="wait", **values):
    url = f"/staff/tickets/{ticket.ref}/"
    hidden = seen_on(body_of(client.get(url)))
    return client.post(f"{url}answer/", hidden | {"body": body, "then": then} | values)


def test_the_queue_is_sorted_by_time_left_and_says_it_in_words(world, sign_in):
    with clock.at(MONDAY):
        support = sign_in("support")
        desk.ask(world.contract, subject="Four hours", hours=4)
        desk.ask(world.contract, subject="No promise", hours=None)
        desk.ask(world.contract, subject="Overdue", hours=1, at=MONDAY - timedelta(days=3))
        desk.ask(world.contract, subject="One hour", hours=1)
        page = body_of(support.get("/staff/tickets/"))
    order = [page.index(subject) for subject in ("Overdue", "One hour", "Four hours", "No promise")]
    assert order == sorted(order)
    assert "1 h left" in page
    assert "4 h left" in page
    assert "over by 7 h" in page, "Friday from 11:00 to 17:00, Monday from 9:00 to 10:00"
    assert "no time promised" in page
    assert "1 overdue" in page
    with clock.at(MONDAY):
        german = body_of(support.get("/staff/tickets/", headers={"accept-language": "de"}))
    assert "7 h überfällig" in german


def test_filters_find_what_is_wanted(world, ticket, support):
    other = desk.ask(people.contract(world.other, number="V-2"), subject="Licence", mail="x@suedwind.example")
    support.post(f"/staff/tickets/{other.ref}/assign/", {"worker": support.user.ref})
    for query, found in (
        ("q=Licen", {"Licence"}),
        (f"q={ticket.number.lower()}", {"Update"}),
        ("q=Südwind", {"Licence"}),
        ("q=mara@", {"Update"}),
        ("worker=nobody", {"Update"}),
        (f"worker={support.user.ref}", {"Licence"}),
        ("state=closed", set()),
        ("state=all", {"Update", "Licence"}),
        (f"state=all&customer={world.other.ref}", {"Licence"}),
        ("state=nonsense", {"Update", "Licence"}),
        ("q=" + "x" * 10_001, {"Update", "Licence"}),
    ):
        page = body_of(support.get(f"/staff/tickets/?{query}"))
        assert {one for one in ("Update", "Licence") if f'">{one}</a>' in page} == found, query


def test_an_answer_is_shown_mailed_recorded_and_stops_the_clock(ticket, support):
    done = answer(support, ticket, "Take **34.1**.")
    assert done.status_code == 302
    now = desk.fresh(ticket)
    assert (now.state, now.due_at, now.assigned_to) == ("waiting", None, support.user)
    assert now.answered_at is not None
    [mail] = desk.mails("ticket_answered")
    assert (mail.recipient, mail.language) == (desk.CUSTOMER, "de")
    assert "<strong>34.1</strong>" in mail.html
    assert mail.subject == f"[{ticket.number}] Update"
    [record] = records("answer_ticket")
    assert (record.before, record.after["state"]) == ({"state": "open"}, "waiting")
    page = body_of(support.get(f"/staff/tickets/{ticket.ref}/"))
    assert "<strong>34.1</strong>" in page
    assert "Support" in page


def test_answer_and_close(ticket, support):
    answer(support, ticket, then="close")
    now = desk.fresh(ticket)
    assert (now.state, now.due_at) == ("closed", None)
    assert now.closed_at is not None
    [mail] = desk.mails("ticket_answered")
    assert "innerhalb von 30 Tagen" in mail.text
    assert desk.mails("ticket_closed") == [], "one mail is enough"


def test_a_preview_sends_nothing(ticket, support):
    page = body_of(answer(support, ticket, "**bold** <script>alert(1)</script>", then="preview"))
    assert "<strong>bold</strong>" in page
    assert "<script>alert" not in page
    assert len(desk.messages(ticket)) == 1
    assert records("answer_ticket") == []


def test_the_second_of_two_who_answer_at_once_is_warned_and_loses_nothing(ticket, support, sign_in):
    second = sign_in("administrator")
    url = f"/staff/tickets/{ticket.ref}/"
    hidden = seen_on(body_of(second.get(url)))
    answer(support, ticket, "First!")
    late = second.post(f"{url}answer/", hidden | {"body": "My long answer", "then": "wait"})
    assert late.status_code == 409
    page = body_of(late)
    assert "Somebody wrote while you were writing" in page
    assert "My long answer</textarea>" in page
    assert "First!" in page
    assert len(desk.messages(ticket)) == 2
    again = second.post(f"{url}answer/", seen_on(page) | {"body": "My long answer", "then": "wait"})
    assert again.status_code == 302, body_of(again).split("<main")[1][:3000]
    assert [one.body for one in desk.messages(ticket)][1:] == ["First!", "My long answer"]


def test_an_internal_note_also_warns_and_a_form_sent_twice_is_one_answer(ticket, support):
    url = f"/staff/tickets/{ticket.ref}/"
    hidden = seen_on(body_of(support.get(url)))
    for _ in range(3):
        assert support.post(f"{url}answer/", hidden | {"body": "Once", "then": "wait"}).status_code == 302
    assert len(desk.messages(ticket)) == 2
    assert len(desk.mails("ticket_answered")) == 1
    hidden = seen_on(body_of(support.get(url)))
    support.post(f"{url}note/", {"note": "Careful: they are angry"})
    assert support.post(f"{url}answer/", hidden | {"body": "Hi", "then": "wait"}).status_code == 409


def test_R31_an_answer_resent_with_its_nonce_stores_no_files_again(ticket, support, tmp_path, settings):
    settings.DATA_DIR = tmp_path
    url = f"/staff/tickets/{ticket.ref}/"
    hidden = seen_on(body_of(support.get(url)))
    for content in (b"first", b"another"):
        values = hidden | {"body": "Once", "then": "wait", "files": SimpleUploadedFile("a.txt", content)}
        assert support.post(f"{url}answer/", values).status_code == 302
    assert [path.read_bytes() for path in (tmp_path / "files").rglob("*") if path.is_file()] == [b"first"]


@pytest.mark.parametrize(
    ("body", "said"),
    [("", "Write something first"), ("  \n ", "Write something first"), ("x" * 10_001, "longer than 10000 characters")],
)
def test_an_empty_or_endless_answer_is_refused_and_kept(ticket, support, body, said):
    refused = answer(support, ticket, body)
    assert refused.status_code == 422
    assert said in body_of(refused)
    assert len(desk.messages(ticket)) == 1
    note = support.post(f"/staff/tickets/{ticket.ref}/note/", {"note": body})
    assert note.status_code == 422


def test_a_licence_token_never_leaves_by_mail(world, ticket, support):
    token = people.token(world.contract)
    refused = answer(support, ticket, f"Your token is {token}")
    assert refused.status_code == 422
    assert "Mails must not hold one" in body_of(refused)
    assert len(desk.messages(ticket)) == 1


def test_files_go_along_under_the_same_rules(ticket, support):
    good = SimpleUploadedFile("guide.pdf", b"%PDF-1.4 guide")
    assert answer(support, ticket, files=good).status_code == 302
    page = body_of(support.get(f"/staff/tickets/{ticket.ref}/"))
    [link] = re.findall(r'href="(/staff/tickets/attachments/[^"]+)"', page)
    got = support.get(link)
    assert b"".join(got.streaming_content) == b"%PDF-1.4 guide"
    assert "attachment" in got["Content-Disposition"]
    [mail] = desk.mails("ticket_answered")
    assert "- guide.pdf" in mail.text
    bad = answer(support, ticket, "See", files=SimpleUploadedFile("run.exe", b"MZ"))
    assert bad.status_code == 422
    assert "run.exe" in body_of(bad)
    assert len(desk.messages(ticket)) == 2


def test_notes_stay_inside(world, ticket, support):
    support.post(f"/staff/tickets/{ticket.ref}/note/", {"note": "They owe us money"})
    now = desk.fresh(ticket)
    assert (now.state, now.changed_at, now.due_at) == (ticket.state, ticket.changed_at, ticket.due_at)
    assert "They owe us money" in body_of(support.get(f"/staff/tickets/{ticket.ref}/"))
    answer(support, ticket)
    assert not [mail for mail in desk.mails() if "owe us money" in mail.text + mail.html]
    support.post(f"/staff/contracts/{world.contract.ref}/view/")
    shown = body_of(support.get(f"/help/tickets/{ticket.ref}/"))
    assert "Use the update package" in shown
    assert "owe us money" not in shown


def test_assigning_and_taking_the_next(world, ticket, support, sign_in):
    late = desk.ask(world.contract, subject="Late", hours=1, at=MONDAY - timedelta(days=30))
    taken = support.post("/staff/tickets/next/")
    assert taken.url == f"/staff/tickets/{late.ref}/", "the most urgent one"
    support.post("/staff/tickets/next/")
    assert desk.fresh(ticket).assigned_to == support.user
    assert "has somebody who works on it" in body_of(support.post("/staff/tickets/next/", follow=True))
    other = sign_in("administrator").user
    support.post(f"/staff/tickets/{ticket.ref}/assign/", {"worker": other.ref})
    assert desk.fresh(ticket).assigned_to == other
    support.post(f"/staff/tickets/{ticket.ref}/assign/", {"worker": ""})
    assert desk.fresh(ticket).assigned_to is None
    assert [record.deed for record in records() if record.deed.startswith(("take", "assign"))] == [
        "take_next_ticket", "take_next_ticket", "assign_ticket", "assign_ticket"
    ]  # fmt: skip
    sales = people.staff("sales")
    refused = support.post(f"/staff/tickets/{ticket.ref}/assign/", {"worker": sales.ref}, follow=True)
    assert "does not answer tickets" in body_of(refused)


def test_states_and_the_customer_hears_of_closing(ticket, support):
    url = f"/staff/tickets/{ticket.ref}/state/"
    support.post(url, {"state": "waiting"})
    assert (desk.fresh(ticket).state, desk.fresh(ticket).due_at) == ("waiting", None)
    support.post(url, {"state": "closed"})
    assert desk.fresh(ticket).closed_at is not None
    [mail] = desk.mails("ticket_closed")
    assert mail.recipient == desk.CUSTOMER
    support.post(url, {"state": "open"})
    now = desk.fresh(ticket)
    assert (now.state, now.closed_at) == ("open", None)
    assert now.due_at is not None, "the clock runs again"
    for nonsense in ("merged", "", "x" * 10_001):
        support.post(url, {"state": nonsense})
        assert desk.fresh(ticket).state == "open"
    assert len(records("change_ticket_state")) == 3


def test_merging_leads_the_customer_on(world, ticket, support):
    into = desk.ask(world.contract, subject="The same again", hours=8)
    support.post(f"/staff/tickets/{into.ref}/state/", {"state": "waiting"})
    done = support.post(f"/staff/tickets/{ticket.ref}/merge/", {"into": into.number})
    assert done.url == f"/staff/tickets/{into.ref}/"
    old, new = desk.fresh(ticket), desk.fresh(into)
    assert (old.state, old.merged_into, old.due_at) == ("merged", new, None)
    assert (new.state, new.due_at) == ("open", ticket.due_at), "nobody waits longer because of a merge"
    [mail] = desk.mails("ticket_merged")
    assert into.ref in mail.text
    page = body_of(support.get(done.url))
    assert ticket.number in page
    old_page = body_of(support.get(f"/staff/tickets/{ticket.ref}/"))
    assert "How do I update?" in old_page
    assert f'href="/staff/tickets/{into.ref}/"' in old_page
    assert "Answer and wait" not in old_page
    support.post(f"/staff/contracts/{world.contract.ref}/view/")
    shown = body_of(support.get(f"/help/tickets/{ticket.ref}/"))
    assert f"/help/tickets/{into.ref}/" in shown
    assert "How do I update?" in shown
    [record] = records("merge_tickets")
    assert record.after["into"] == into.number


def test_merges_that_must_not_be(world, ticket, support):
    foreign = desk.ask(people.contract(world.other, number="V-2"), subject="Foreign")
    sister = desk.ask(people.contract(world.customer, number="V-3"), subject="Sister")
    closed = desk.ask(world.contract, subject="Closed")
    support.post(f"/staff/tickets/{closed.ref}/state/", {"state": "closed"})
    for number, said in (
        (ticket.number, "the ticket itself"),
        (foreign.number, "another customer"),
        (sister.number, "another contract"),
        (closed.number, "is closed"),
        ("T-1999-1", "no ticket with this number"),
        ("", "Choose a ticket"),
        ("x" * 10_001, ""),
    ):
        refused = support.post(f"/staff/tickets/{ticket.ref}/merge/", {"into": number})
        assert refused.status_code == 422, number
        assert said in body_of(refused)
    assert desk.fresh(ticket).state == "open"
    assert records("merge_tickets") == []
    assert desk.mails("ticket_merged") == []


def test_a_chain_of_merges_is_one_step(world, ticket, support):
    second, third = (desk.ask(world.contract, subject=name) for name in ("second", "third"))
    support.post(f"/staff/tickets/{ticket.ref}/merge/", {"into": second.number})
    support.post(f"/staff/tickets/{second.ref}/merge/", {"into": third.number})
    assert desk.fresh(ticket).merged_into.ref == third.ref
    circle = support.post(f"/staff/tickets/{third.ref}/merge/", {"into": ticket.number})
    assert circle.status_code == 422
    with scopes_disabled():
        assert Ticket.objects.filter(state="merged").count() == 2


def test_canned_answers_are_filled_in_the_customers_language(ticket, support):
    made = support.post(
        "/staff/canned-answers/new/",
        {"title": "Update", "body_en": "Dear {customer}", "body_de": "Guten Tag {customer}, zu {number}: {staff}"},
    )
    assert made.status_code == 302
    canned = CannedAnswer.objects.get()
    page = body_of(support.get(f"/staff/tickets/{ticket.ref}/?canned={canned.ref}"))
    assert f"Guten Tag Nordwind Logistik GmbH, zu {ticket.number}: Support</textarea>" in page
    assert body_of(support.get(f"/staff/tickets/{ticket.ref}/?canned=nonsense")).count("Guten Tag") == 0
    url = f"/staff/canned-answers/{canned.ref}/"
    assert "There is no {name}" in body_of(support.post(url, {"title": "Update", "body_de": "{name}"}))
    assert support.post(url, {"title": "", "body_de": ""}).status_code == 422
    support.post(url, {"title": "Updates", "body_de": "Neu"})
    support.post("/staff/canned-answers/new/", {"title": "Other", "body_en": "x"})
    assert support.post(url, {"title": "Other", "body_de": "x"}).status_code == 422
    canned.refresh_from_db()
    assert (canned.title, canned.body) == ("Updates", {"de": "Neu"})
    support.post(f"{url}delete/")
    assert support.get(url).status_code == 404
    assert [record.deed for record in records() if "canned" in record.deed] == [
        "create_canned_answer", "edit_canned_answer", "create_canned_answer", "delete_canned_answer"
    ]  # fmt: skip


def test_who_may_not_and_what_is_not_there(ticket, sign_in, support):
    for role in ("sales", "billing", "release_manager"):
        client = sign_in(role)
        assert client.get("/staff/tickets/").status_code == 403
        assert client.post(f"/staff/tickets/{ticket.ref}/answer/", {"body": "x"}).status_code == 403
    for path in ("tickets/nothing/", "tickets/attachments/nothing/", "canned-answers/nothing/"):
        assert support.get(f"/staff/{path}").status_code == 404
    for path in ("answer", "note", "assign", "state"):
        assert support.post(f"/staff/tickets/nothing/{path}/", {"body": "x"}).status_code == 404
        status = 302 if path in ("answer", "note") else 405
        assert support.get(f"/staff/tickets/{ticket.ref}/{path}/").status_code == status


def test_R34_nothing_customers_write_runs_on_the_staffs_page(world, support):
    evil = "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1)) ![y](http://evil.example/)"
    ticket = desk.ask(world.contract, body=evil, subject="<script>alert(2)</script>")
    page = body_of(support.get(f"/staff/tickets/{ticket.ref}/"))
    main = page.split("<main")[1]
    assert "<script" not in main
    assert "<img" not in main
    assert "javascript:" not in re.findall(r'href="([^"]*)"', main)
    assert "alert(2)" in body_of(support.get("/staff/tickets/"))
    assert "<script>alert" not in body_of(support.get("/staff/tickets/"))
