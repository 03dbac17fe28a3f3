"""Ask support: what has to be said (B22, B23), what comes of it, and that nothing typed is lost."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.doors import staff_client
from tests.support.files import EICAR, GOOD, scanner
from tests.web.tickets import BODY, NEW, client_of, entries, file, support, supported, ticket
from tests.web.visitors import words
from torhaus.core import clock
from torhaus.frame.viewers import PREVIEW
from torhaus.notices.models import Mail
from torhaus.records.models import Record
from torhaus.support.messages import NewFile
from torhaus.support.models import Article, Attachment, Message, Ticket
from torhaus.support.rules import MAX_BODY

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=people.BERLIN)


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


def tickets() -> list[Ticket]:
    with scopes_disabled():
        return list(Ticket.objects.order_by("pk"))


def typed(answer) -> str:
    """What stands in the description of the form on a page."""
    return re.search(r"<textarea[^>]*>\r?\n?(.*?)</textarea>", answer.content.decode(), re.DOTALL)[1]


@pytest.mark.parametrize(
    ("language", "expect", "confirmation"),
    [
        ("en", "Your ticket number is T-2026-00001 Expect our answer by 2026-11-25 17:00", "[T-2026-00001] We have your question: "),
        ("de", "Ihre Ticketnummer ist T-2026-00001 Rechnen Sie mit unserer Antwort bis 25.11.2026 17:00", "[T-2026-00001] "),
    ],
)  # fmt: skip
def test_a_question_becomes_a_ticket_with_number_promise_and_mails(contract, language, expect, confirmation):
    client = client_of(contract, language)
    answer = client.post(
        NEW, entries(client, files=[file("server.log", b"Start\n"), file("photo.png", GOOD["photo.png"])])
    )
    one = tickets()[0]
    assert (answer.status_code, answer.url) == (302, f"/help/tickets/{one.ref}/received/")
    assert expect in words(client.get(answer.url))
    assert (one.state, one.reason, one.subject, one.language) == (
        "open",
        "malfunction",
        "The import stops at 34 %.",
        language,
    )
    assert (one.package, one.response_hours, one.product_version) == ("support-basic", 24, "34.1")
    assert one.due_at == datetime(2026, 11, 25, 17, 0, tzinfo=people.BERLIN)
    assert (one.opened_at, one.changed_at, one.answered_at) == (MONDAY, MONDAY, None)
    with scopes_disabled():
        message = Message.objects.get()
        assert (message.body, message.author_kind, message.author_mail) == (BODY, "customer", "eva@nordwind.example")
        assert list(Attachment.objects.order_by("pk").values_list("name", "size")) == [
            ("server.log", 6),
            ("photo.png", 28),
        ]
        mail = Mail.objects.get(template="ticket_received")
        assert (mail.recipient, mail.language) == ("eva@nordwind.example", language)
        assert mail.subject.startswith(confirmation)
        assert Mail.objects.filter(template="ticket_for_staff").count() == 1
        record = Record.objects.get(deed="create_ticket")
    assert record.after["number"] == "T-2026-00001"
    assert record.actor_kind == "token"
    assert "eva@nordwind.example" not in str(record.after)


@pytest.mark.parametrize("field", ["mail", "reason", "body"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_B22_mail_reason_and_description_are_mandatory(contract, field, language):
    client = client_of(contract, language)
    answer = client.post(NEW, entries(client, **{field: "  "}))
    assert answer.status_code == 422
    said = {
        "mail": ("Enter the email address", "Geben Sie die E-Mail-Adresse ein"),
        "reason": ("Choose what it is about", "Wählen Sie aus, worum es geht"),
        "body": ("Describe what you need", "Beschreiben Sie Ihr Anliegen"),
    }[field][language == "de"]
    page = answer.content.decode()
    assert words(answer).count(said) == 2  # in the summary, and at the field
    assert f'href="#id_{field}"' in page
    assert re.search(rf'id="id_{field}"[^>]*aria-invalid="true"|aria-invalid="true"[^>]*id="id_{field}"', page)
    assert tickets() == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("mail", "eva", "Enter an email address such as"),
        ("mail", "a@b.example\r\nBcc: x@y.example", "Enter an email address such as"),
        ("mail", "x" * 300 + "@b.example", "254"),
        ("reason", "nonsense", "Choose what it is about"),
        ("product_version", "9" * 41, "at most 40 characters"),
    ],
)
def test_nonsense_is_explained_and_nothing_typed_is_lost(client, field, value, said):
    answer = client.post(NEW, entries(client, **{field: value}))
    assert answer.status_code == 422
    assert said in words(answer)
    assert "Since the update to 34.1." in typed(answer)
    assert tickets() == []


@pytest.mark.parametrize(
    "text",
    ["x" * MAX_BODY, "😀" * (MAX_BODY // 2), "é" * MAX_BODY, ("x" * 99 + "\r\n") * 100, "e\u0301" * (MAX_BODY // 2)],
    ids=["letters", "emoji", "accents", "lines", "combining"],
)
def test_B23_ten_thousand_characters_are_taken_as_the_browser_counts_them(client, text):
    assert client.post(NEW, entries(client, body=text)).status_code == 302
    assert client.post(NEW, entries(client, body=text + "x")).status_code == 422
    assert len(tickets()) == 1


def test_B23_a_description_beyond_ten_thousand_characters_is_refused_and_kept(client):
    text = "x" * (MAX_BODY + 1)
    answer = client.post(NEW, entries(client, body=text))
    assert answer.status_code == 422
    assert "This has 10,001 characters, and 10,000 are possible." in words(answer)
    assert typed(answer) == text
    page = client.get(NEW).content.decode()
    assert 'maxlength="10000"' in page
    assert 'id="body_count"' in page
    assert tickets() == []


def test_the_same_form_sent_twice_is_one_ticket(client):
    values = entries(client)
    first, second = client.post(NEW, values), client.post(NEW, values)
    assert first.url == second.url
    assert len(tickets()) == 1
    assert client.post(NEW, entries(client)).url != first.url
    with scopes_disabled():
        assert Mail.objects.filter(template="ticket_received").count() == 2


def test_R31_a_form_resent_with_its_nonce_stores_no_files_again(client, tmp_path, settings):
    settings.DATA_DIR = tmp_path
    values = entries(client)
    first = client.post(NEW, values | {"files": [file("a.txt", b"first")]})
    second = client.post(NEW, values | {"files": [file("b.txt", b"another")]})
    assert (second.status_code, second.url) == (302, first.url)
    assert [path.read_bytes() for path in (tmp_path / "files").rglob("*") if path.is_file()] == [b"first"]


def test_a_nonce_of_somebody_else_tells_nothing(client):
    values = entries(client)
    client.post(NEW, values)
    other = people.contract(people.customer("2", "Südwind"), number="V2")
    support(other)
    assert client_of(other).post(NEW, values).status_code == 404
    assert len(tickets()) == 1


@pytest.mark.parametrize("nonce", ["", "x", "x" * 10_001, "<script>", "ä" * 22])
def test_a_form_without_a_proper_nonce_still_arrives(client, nonce):
    assert client.post(NEW, entries(client, nonce=nonce)).status_code == 302
    with scopes_disabled():
        assert re.fullmatch("[0-9A-Za-z]{22}", Message.objects.get().nonce)


def test_the_mail_address_is_remembered_within_the_session_only(contract, client):
    assert "eva@nordwind.example" not in client.get(NEW).content.decode()
    client.post(NEW, entries(client))
    assert 'value="eva@nordwind.example"' in client.get(NEW).content.decode()
    assert "eva@nordwind.example" not in client_of(contract).get(NEW).content.decode()


def test_R21_extra_fields_change_nothing(client):
    extra = {
        "number": "T-1",
        "state": "closed",
        "response_hours": "1",
        "contract": "2",
        "package": "x",
        "due_at": "2026-01-01",
        "subject": "x",
    }
    client.post(NEW, entries(client, **extra))
    one = tickets()[0]
    assert (one.number, one.state, one.response_hours, one.package) == ("T-2026-00001", "open", 24, "support-basic")


def test_R31_files_of_other_kinds_or_too_large_are_refused_with_their_names(client, settings):
    settings.OPTIONS = replace(settings.OPTIONS, attachment_max_mib=1)
    given = [
        file("run.exe", b"MZ"),
        file("empty.txt", b""),
        file("fake.png", b"<svg/>"),
        file("big.txt", b"x" * 1_100_000),
    ]
    answer = client.post(NEW, entries(client, files=given[:3]))
    assert answer.status_code == 422
    shown = words(answer)
    assert "run.exe is of a kind that is not taken" in shown
    assert "fake.png does not hold what its name says" in shown
    assert "Please choose your files again" in shown
    assert "Since the update" in typed(answer)
    answer = client.post(NEW, entries(client, files=given[3:]))
    assert "big.txt is larger than 1 MiB" in words(answer)
    answer = client.post(NEW, entries(client, files=[file(f"{n}.txt", b"x") for n in range(6)]))
    assert "5.txt is one file too many" in words(answer)
    answer = client.post(NEW, entries(client, files=[file(f"{n}.txt", b"x" * 1_048_576) for n in range(4)]))
    assert "larger than 3 MiB" in words(answer)
    assert tickets() == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "b.txt is beyond the 30 MiB that can be attached for one contract within 24 hours."),
        ("de", "b.txt geht über die 30 MiB hinaus, die für einen Vertrag in 24 Stunden angehängt werden können."),
    ],
)
def test_R31_attachments_of_a_contract_are_bounded_by_the_day(contract, settings, language, said):
    settings.OPTIONS = replace(settings.OPTIONS, attachment_max_mib=1)
    client = client_of(contract, language)
    for _ in range(10):
        one = ticket(contract, attachments=[NewFile("old.txt", "text/plain", 3 * 1024**2 - 1, "0" * 64)])
    assert client.post(NEW, entries(client, files=[file("a.txt", b"1" * 9)])).status_code == 302
    values = entries(client, files=[file("b.txt", b"22"), file("c.txt", b"3")])
    answer = client.post(NEW, values)
    assert answer.status_code == 422
    assert said in words(answer)
    assert "c.txt" not in words(answer), "it would find room"
    reply = client.post(f"/help/tickets/{one.ref}/reply/", {"body": "Look", "files": [file("b.txt", b"22")]})
    assert reply.status_code == 422
    assert said in words(reply)
    other = people.contract(people.customer("2", "Südwind"), number="V2")
    support(other)
    another = client_of(other)
    assert another.post(NEW, entries(another, files=[file("b.txt", b"22")])).status_code == 302
    with clock.shifted(timedelta(hours=24, seconds=1)):
        again = client_of(contract)
        assert again.post(NEW, entries(again, files=[file("b.txt", b"22")])).status_code == 302


def test_R31_a_request_far_beyond_the_limits_is_refused_unread(client, settings):
    settings.OPTIONS = replace(settings.OPTIONS, attachment_max_mib=1)
    answer = client.post(NEW, entries(client, files=[file("a.txt", b"x" * 8_000_000)]))
    assert answer.status_code == 413
    assert "3 MiB together" in words(answer)
    assert tickets() == []


def test_R31_files_in_other_fields_and_of_strangers_are_not_kept(contract, client, tmp_path, settings):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    assert client.post(NEW, entries(client, other=file("a.txt", b"x"), files=[file("b.txt", b"x")])).status_code == 302
    with scopes_disabled():
        assert list(Attachment.objects.values_list("name", flat=True)) == ["b.txt"]
    answer = Client().post(NEW, {"files": [file("c.txt", b"x" * 100_000)]})
    assert answer.status_code == 302
    assert "/login/" in answer.url
    assert list(tmp_path.iterdir()) == []


def test_R27_a_form_with_files_needs_its_token(contract):
    client = Client(enforce_csrf_checks=True)
    client.cookies = client_of(contract).cookies
    assert client.post(NEW, {"files": [file("c.txt", b"x")]}).status_code == 403


def test_an_infected_file_is_refused_with_the_reason_and_no_ticket_is_made(client, tmp_path, settings):
    settings.OPTIONS = replace(settings.OPTIONS, scan_command=scanner(tmp_path))
    answer = client.post(NEW, entries(client, files=[file("bad.txt", EICAR)]))
    assert answer.status_code == 422
    assert "bad.txt was refused, because the virus check objected: Eicar-Test-Signature FOUND" in words(answer)
    assert tickets() == []
    with scopes_disabled():
        assert Record.objects.filter(deed="refuse_attachment").count() == 1
    assert client.post(NEW, entries(client, files=[file("ok.txt", b"fine")])).status_code == 302


def test_what_cannot_be_checked_now_is_said_so_and_can_be_sent_without(client, settings):
    settings.OPTIONS = replace(settings.OPTIONS, scan_command="/nowhere/scanner")
    answer = client.post(NEW, entries(client, files=[file("ok.txt", b"fine")]))
    assert answer.status_code == 422
    assert "ok.txt cannot be checked for viruses right now" in words(answer)
    assert client.post(NEW, entries(client)).status_code == 302


def test_forms_are_throttled_by_contract_and_the_text_stays(contract, client):
    for _ in range(20):
        client.post(NEW, entries(client, mail=""))
    answer = client.post(NEW, entries(client))
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "600"
    assert "Wait 10 minutes" in words(answer)
    assert "Since the update" in typed(answer)
    other = people.contract(people.customer("2", "Südwind"), number="V2")
    support(other)
    another = client_of(other)
    assert another.post(NEW, entries(another)).status_code == 302


def test_the_article_that_did_not_help_goes_along(client):
    Article.objects.create(
        slug="install", title={"en": "Install"}, body={"en": "So."}, published=True, changed_at=MONDAY
    )
    page = client.get(NEW + "?article=install")
    assert "This article did not help, and we will know of it: Install" in words(page)
    client.post(NEW, entries(client, article="install"))
    assert tickets()[0].article.slug == "install"
    client.post(NEW, entries(client, article="<nonsense>"))
    assert tickets()[1].article is None


def test_known_versions_are_offered_and_any_other_can_be_typed(client):
    people.release("34.1")
    people.release("34.0", published_on=datetime(2026, 9, 1, tzinfo=UTC).date())
    page = client.get(NEW).content.decode()
    assert page.index('<option value="34.1">') < page.index('<option value="34.0">')
    client.post(NEW, entries(client, product_version=" 33 \r\n beta "))
    assert tickets()[0].product_version == "33 beta"


def test_the_vendors_own_reasons_are_offered(contract):
    people.vendor(support_reasons=[{"key": "ausfall", "name": {"de": "Ausfall", "en": "Outage"}}])
    client = client_of(contract, "de")
    page = client.get(NEW).content.decode()
    assert '<option value="ausfall">Ausfall</option>' in page
    assert "malfunction" not in page
    assert client.post(NEW, entries(client)).status_code == 422
    assert client.post(NEW, entries(client, reason="ausfall")).status_code == 302


@pytest.mark.parametrize(
    ("body", "subject"),
    [
        ("\n\n# Import **stops**\nmore", "Import stops"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("![](x.png)\n---\nAfter the update", "After the update"),
        ("word " * 100, "word " * 30 + "word…"),
        ("***", "T-2026-00001"),
    ],
)
def test_the_subject_is_the_first_line_in_plain_words(client, body, subject):
    client.post(NEW, entries(client, body=body))
    assert tickets()[0].subject == subject


def test_staff_who_look_on_see_the_form_and_send_nothing(contract):
    client = staff_client(people.staff("support"), **{PREVIEW: contract.ref})
    values = entries(client)
    assert client.post(NEW, values).status_code == 403
    assert tickets() == []
