"""Usage reports by mail: whom the customer names, when the day has come, once, and no more of them at a click."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.core import mail as outbox
from django.test import Client
from django_scopes import scope, scopes_disabled

from tests import people, processes
from tests.backoffice.conftest import records
from tests.doors import staff_client
from tests.seats import seating
from tests.usage.readings import report, said
from tests.web.visitors import words
from torhaus.core import clock
from torhaus.journeys.send_usage_report import BY, send_usage_report
from torhaus.journeys.tasks import send_usage_reports
from torhaus.notices.delivery import deliver
from torhaus.notices.models import Mail
from torhaus.usage.models import ReportRecipient
from torhaus.usage.report_recipients import due_now, due_recipients_across_customers, recipients_of
from torhaus.usage.tasks import forget_unconfirmed_recipients

pytestmark = pytest.mark.django_db
PLAN, PAGE = "/settings/account/price-plan/", "/settings/account/reports/"
ADD = PAGE + "add/"
MONDAY = datetime(2026, 11, 23, 6, 0, tzinfo=people.BERLIN)
RITA = "rita@extern.example"


@pytest.fixture
def contract():
    with clock.at(people.NOON):  # a Sunday
        made = seating.contract(full=10)
        people.allowance(people.item())
        for name in "abcdefgh":
            seating.assign(made, name)
        report(made, said(4000))
        yield made


@pytest.fixture
def owner(contract):
    return staff_client(people.member(contract.customer).person)


def add(client, mail=RITA, when="w0", language="en"):
    return client.post(ADD, {"mail": mail, "when": when, "language": language}, follow=True)


def rows():
    with scopes_disabled():
        return list(ReportRecipient.objects.order_by("pk"))


def mails(template="usage_report"):
    with scopes_disabled():
        return list(Mail.objects.filter(template=template).order_by("pk"))


def sent_at(moment):
    """Let the worker do its round at a moment; give how many reports it wrote."""
    before = len(mails())
    with clock.at(moment):
        send_usage_reports.call()
    return len(mails()) - before


def delivered(settings, mail):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    deliver(mail.pk)
    return outbox.outbox[-1]


def path_in(text):
    return re.search(r"http://localhost:8000(/report-mail/\S+?/)(?:end/)?>?(?:\s|$)", text)[1]


def test_one_of_the_own_people_gets_the_report_on_the_planned_day(owner, contract, settings):
    assert f'href="{PAGE}"' in owner.get(PLAN).content.decode()
    assert "Nobody gets a report" in words(owner.get(PAGE))
    answer = add(owner, "OWNER@nordwind.example")
    assert "OWNER@nordwind.example gets the report from now on." in words(answer)
    assert "Every Monday" in words(answer)
    assert mails("report_confirmation") == []
    assert [row.next_on for row in rows()] == [date(2026, 11, 23)]
    assert sent_at(MONDAY - timedelta(minutes=1)) == 0
    assert sent_at(MONDAY) == 1
    [mail] = mails()
    assert mail.subject == "Usage report of contract V-2026-001, 2026-11-22"
    assert "from 2026-11-16 to 2026-11-22" in mail.text
    assert "- Full seat: 10 booked, 8 used (80 %), 2 available, at most 8 at once" in mail.text
    assert "- Objects" in mail.text
    assert "5,000 booked, 4,000 used (80 %), 1,000 available" in mail.text
    assert PLAN in mail.text
    message = delivered(settings, mail)
    [(name, text, kind)] = message.attachments
    assert (name, kind) == ("usage-report-V-2026-001-2026-11-22.csv", "text/csv")
    assert text.splitlines()[0].endswith(
        "Contract,From,Until,What,Name,Unit,Booked,Used,Available,Used (%),Invited,Peak"
    )
    assert "V-2026-001,2026-11-16,2026-11-22,Licence,Full seat,,10,8,2,80,8,8" in text.splitlines()
    path = path_in(message.extra_headers["List-Unsubscribe"])
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert path in message.body
    [record] = records("send_usage_report")
    assert (record.actor_kind, record.customer_ref) == ("system", contract.customer.ref)
    assert "nordwind" not in str(record.after)


def test_it_is_sent_once_whatever_the_clock_does_and_made_up_for_once(owner, contract):
    add(owner, "owner@nordwind.example")
    assert [sent_at(MONDAY), sent_at(MONDAY), sent_at(MONDAY + timedelta(days=6))] == [1, 0, 0]
    assert sent_at(MONDAY - timedelta(days=3)) == 0, "the clock was set back"
    assert sent_at(MONDAY + timedelta(hours=1)) == 0
    assert sent_at(MONDAY + timedelta(days=36)) == 1, "five were missed"
    assert "from 2026-11-23 to 2026-12-28" in mails()[-1].text
    assert sent_at(MONDAY + timedelta(days=36, hours=3)) == 0
    assert [(row.reported_on, row.next_on) for row in rows()] == [(date(2026, 12, 29), date(2027, 1, 4))]
    with scopes_disabled():
        ReportRecipient.objects.update(next_on=date(2031, 1, 6), reported_on=date(2030, 12, 30))
    assert sent_at(MONDAY) == 0
    assert [row.next_on for row in rows()] == [date(2026, 11, 30)], "a clock that was years ahead keeps nobody waiting"


def test_a_stranger_gets_it_only_after_following_the_link_in_their_language(owner, contract, settings):
    assert f"A mail with a link is on its way to {RITA}." in words(add(owner, when="m1", language="de"))
    assert "Not confirmed yet" in words(owner.get(PAGE))
    assert sent_at(datetime(2026, 12, 1, 9, tzinfo=people.BERLIN)) == 0
    [asks] = mails("report_confirmation")
    assert asks.subject == "Nutzungsberichte zum Vertrag V-2026-001: bitte bestätigen"
    path = path_in(delivered(settings, asks).body)
    rita = Client(headers={"accept-language": "en"})
    assert rita.get(path).url == "/report-mails/confirm/", "the code leaves the address at once"
    page = words(rita.get("/report-mails/confirm/"))
    assert "Is r•••@extern.example to get reports about how Nordwind Logistik GmbH uses Acme?" in page
    assert rows()[0].confirmed_at is None, "looking confirms nothing: scanners follow links"
    for _again in range(2):
        assert "r•••@extern.example gets the reports" in words(rita.post("/report-mails/confirm/", follow=True))
    assert len(records("confirm_report_recipient")) == 1
    assert sent_at(datetime(2027, 1, 1, 9, tzinfo=people.BERLIN)) == 1
    [mail] = mails()
    assert "vom 01.12.2026 bis zum 31.12.2026" in mail.text
    assert "- Platz full: 10 gebucht, 8 genutzt (80 %), 2 verfügbar" in mail.text
    assert PLAN not in mail.text, "who has no account gets no way into it"
    assert ";Platz full;;10;8;2;80;8;8" in mail.attachments[0]["text"]


def test_links_end_and_wrong_ones_look_alike(owner, contract, settings):
    add(owner)
    path = path_in(delivered(settings, mails("report_confirmation")[0]).body)
    ref, code = path.strip("/").split("/")[1:]
    for wrong in (f"/report-mail/{ref}/{'0' * 40}/", f"/report-mail/{'x' * 12}/{code}/", "/report-mail/é/é/"):
        client = Client()
        assert client.get(wrong, follow=True).status_code == 410, wrong
        assert client.post("/report-mails/confirm/").status_code == 410
        assert client.post(f"{wrong}end/").status_code == 404
    assert len(rows()) == 1
    with clock.shifted(timedelta(hours=49)):
        assert Client().get(path, follow=True).status_code == 410
        with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
            assert recipients_of(contract) == []
        people.report_recipient(contract, "owner@nordwind.example", confirmed_at=None)
        forget_unconfirmed_recipients.call()
        assert [row.mail for row in rows()] == ["owner@nordwind.example"], "their own people need not confirm"


def test_no_more_of_them_by_the_link_and_by_one_click(owner, contract, settings):
    people.report_recipient(contract, RITA)
    people.report_recipient(contract, "sam@extern.example")
    sent_at(MONDAY)
    by_page, by_click = (path_in(delivered(settings, mail).extra_headers["List-Unsubscribe"]) for mail in mails())
    rita = Client(headers={"accept-language": "en"})
    assert rita.get(by_page + "end/").url == "/report-mails/stop/"
    assert "r•••@extern.example then gets no more reports" in words(rita.get("/report-mails/stop/"))
    assert len(rows()) == 2
    assert "gets no more of them" in words(rita.post("/report-mails/stop/"))
    assert rita.post("/report-mails/stop/").status_code == 410
    program = Client(enforce_csrf_checks=True)
    assert program.post(by_click + "end/", {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert program.post(by_click + "end/").status_code == 404
    assert rows() == []
    assert len(records("remove_report_recipient")) == 2
    assert sent_at(MONDAY + timedelta(days=7)) == 0


def test_who_opened_too_many_wrong_links_is_told_to_wait_and_not_that_the_link_is_over(owner, contract, settings):
    people.report_recipient(contract, RITA)
    sent_at(MONDAY)
    path = path_in(delivered(settings, mails()[0]).extra_headers["List-Unsubscribe"])
    visitor = Client(headers={"accept-language": "de"})
    for _ in range(settings.OPTIONS.login_attempts):
        assert visitor.get(f"/report-mail/{'x' * 12}/{'0' * 40}/end/", follow=True).status_code == 410
    answer = visitor.get(path + "end/")
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (429, True)
    assert "Ihrer ist nicht verbraucht" in words(answer)
    with clock.shifted(timedelta(hours=1)):
        assert visitor.get(path + "end/", follow=True).status_code == 200
    assert len(rows()) == 1


def test_a_former_member_gets_no_more_reports(owner, contract):
    left = people.member(contract.customer, "auditor")
    add(owner, left.person.mail)
    with scopes_disabled():
        left.state = "deactivated"
        left.save()
    assert sent_at(MONDAY) == 0
    assert [row.next_on for row in rows()] == [date(2026, 11, 30)]


def test_who_confirmed_as_a_stranger_and_became_a_member_gets_it_as_long_as_a_member(owner, contract):
    people.report_recipient(contract, RITA)
    joined = people.member(contract.customer, "auditor", mail=RITA)
    assert sent_at(MONDAY) == 1
    with scopes_disabled():
        joined.state = "deactivated"
        joined.save()
    with clock.at(MONDAY + timedelta(days=1)):
        forget_unconfirmed_recipients.call()
    assert sent_at(MONDAY + timedelta(days=7)) == 0
    with scopes_disabled():
        joined.state = "active"
        joined.save()
    assert sent_at(MONDAY + timedelta(days=14)) == 1, "back again, and nobody had to enter it anew"


def test_a_stranger_is_asked_three_times_an_hour_however_often_entered(owner, contract):
    for _again in range(5):
        add(owner)
        for row in rows():
            owner.post(f"{PAGE}{row.ref}/remove/")
    assert len(mails("report_confirmation")) == 3
    assert rows() == []


def test_another_language_passes_over_no_day_that_is_due(owner, contract):
    row = people.report_recipient(contract)
    with clock.at(MONDAY):
        owner = staff_client(people.member(contract.customer, "administrator").person)
        owner.post(f"{PAGE}{row.ref}/", {"when": "w0", "language": "de"})
    assert sent_at(MONDAY) == 1


def test_one_is_sent_now_and_the_plan_stays(owner, contract):
    row = people.report_recipient(contract)
    send = f"/settings/account/reports/{row.ref}/send/"
    assert f"A report is on its way to {row.mail}." in words(owner.post(send, follow=True))
    assert "within the last hour" in words(owner.post(send, follow=True))
    assert len(mails()) == 1
    assert "to 2026-11-22" in mails()[0].text
    assert rows()[0].next_on == date(2026, 11, 23)
    with clock.at(people.NOON + timedelta(hours=1)):
        send_usage_report(recipient_id=row.pk, by=people.SYSTEM, at_once=True)
    assert len(mails()) == 2
    [first, _second] = records("send_usage_report")
    assert (first.actor_kind, first.after["at_once"]) == ("person", True)
    waiting = people.report_recipient(contract, RITA, confirmed_at=None)
    assert "has to be confirmed first" in words(owner.post(send.replace(row.ref, waiting.ref), follow=True))


def test_without_a_current_contract_nothing_is_sent_and_the_page_says_why(owner, contract):
    row = people.report_recipient(contract)
    with scopes_disabled():
        contract.auto_renews, contract.ends_on = False, date(2026, 11, 1)
        contract.save()
    assert "No reports are sent: the contract has ended" in words(owner.get(PAGE))
    assert sent_at(MONDAY) == 0
    answer = owner.post(f"/settings/account/reports/{row.ref}/send/", follow=True)
    assert "Nothing was sent: the contract does not run now" in words(answer)
    with scopes_disabled():
        contract.ends_on, contract.starts_on = date(2027, 12, 31), date(2027, 1, 1)
        contract.save()
    assert "No reports are sent before the contract begins on" in words(owner.get(PAGE))
    assert sent_at(MONDAY + timedelta(days=7)) == 0
    assert sent_at(datetime(2027, 1, 4, 6, tzinfo=people.BERLIN)) == 1


def test_language_and_days_are_changed_and_the_next_day_with_them(owner, contract):
    row = people.report_recipient(contract)
    page = f"/settings/account/reports/{row.ref}/"
    assert 'value="w0" selected' in owner.get(page).content.decode()
    for _again in range(2):
        answer = owner.post(page, {"when": "m31", "language": "de"}, follow=True)
        assert "On day 31 of each month, or its last" in words(answer)
    [found] = rows()
    assert (found.language, found.weekday, found.month_day) == ("de", None, 31)
    assert found.next_on == date(2026, 11, 30)
    [record] = records("change_report_recipient")
    assert record.before == {"language": "en", "weekday": 0, "month_day": None}
    assert owner.post(page, {"when": "w9", "language": "xx"}).status_code == 422
    for _again in range(2):
        answer = owner.post(page + "remove/", follow=True)
    assert answer.status_code == 404
    assert rows() == []


@pytest.mark.parametrize(
    ("mail", "when"),
    [("", "w0"), ("jo", "w0"), ("jo@a.example\nBcc: x@b.example", "w0"), (RITA, "m32"), (RITA, ""), (RITA, "w7")],
)
def test_nonsense_is_said_at_its_field(owner, mail, when):
    answer = add(owner, mail, when)
    assert answer.status_code == 422
    assert "_error" in answer.content.decode()
    assert rows() == []


def test_an_address_stands_once_and_a_contract_has_twenty(owner, contract):
    add(owner)
    answer = add(owner, RITA.upper())
    assert answer.status_code == 422
    assert "in the list already" in words(answer)
    assert len(mails("report_confirmation")) == 1
    for n in range(19):
        people.report_recipient(contract, f"r{n}@extern.example")
    assert "as many recipients as it may" in words(add(owner, "more@extern.example"))


def test_auditors_see_who_gets_it_and_strangers_nothing(owner, contract, client):
    row = people.report_recipient(contract)
    paths = [ADD, *(f"/settings/account/reports/{row.ref}/{end}" for end in ("", "remove/", "send/"))]
    auditor = staff_client(people.member(contract.customer, "auditor").person)
    page = words(auditor.get(PAGE))
    assert row.mail in page
    assert "Add a recipient" not in page
    other = seating.contract("V-2026-002")
    stranger = staff_client(people.member(other.customer, mail="o@other.example").person)
    second = people.contract(contract.customer, "V-2026-000")  # the one shown first after signing in
    for path in paths:
        assert auditor.post(path).status_code == 403
        assert client.post(path).status_code == 302
        if path != ADD:
            assert stranger.post(path, {"when": "w1", "language": "de"}).status_code == 404
    assert row.mail not in words(stranger.get(PAGE))
    fresh = staff_client(people.member(second.customer, "administrator").person)
    assert fresh.post(paths[2]).status_code == 404, "another contract of the same customer, too"
    assert [one.pk for one in rows()] == [row.pk]
    assert mails() == []


def test_what_a_seat_is_called_is_no_formula(owner, contract):
    item = people.item("full", "seat")
    item.name = {"": "=HYPERLINK(1)"}
    item.save()
    people.report_recipient(contract)
    sent_at(MONDAY)
    assert "'=HYPERLINK(1)" in mails()[0].attachments[0]["text"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_one_and_a_killed_one_loses_none(monkeypatch):
    contract = seating.contract(full=5)
    row = people.report_recipient(contract, next_on=date(2026, 11, 23))
    monkeypatch.setattr("torhaus.journeys.send_usage_report.write_about", _die)
    with clock.at(MONDAY), pytest.raises(KeyboardInterrupt):
        send_usage_report(recipient_id=row.pk, by=BY)
    monkeypatch.undo()
    assert mails() == [], "mail and plan are one transaction"
    code = f"""
from datetime import datetime, UTC
from django.db import OperationalError
from torhaus.core import clock
from torhaus.journeys.send_usage_report import BY, send_usage_report
with clock.at(datetime(2026, 11, 23, 5, 0, tzinfo=UTC)):
    for _ in range(20):
        while True:
            try:
                send_usage_report(recipient_id={row.pk}, by=BY)
                break
            except OperationalError:  # SQLite has one writer
                continue
"""
    with clock.at(MONDAY):
        assert due_recipients_across_customers(due_now()) == [row.pk]
    workers = [processes.start_code(code) for _ in range(2)]
    for worker in workers:
        processes.finish(worker, timeout=60)
    assert [mail.recipient for mail in mails()] == [row.mail]
    assert [one.next_on for one in rows()] == [date(2026, 11, 30)]


def _die(*_args, **_values):
    raise KeyboardInterrupt
