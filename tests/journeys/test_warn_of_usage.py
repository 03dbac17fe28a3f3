"""Contacts hear once of each threshold, in their language, with what it means; falling and rising anew tells again."""

from datetime import UTC, datetime, timedelta

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.backoffice.conftest import records
from tests.usage.readings import days, metered, report, said
from torhaus.core import clock
from torhaus.journeys import warn_of_usage as warning
from torhaus.journeys.tasks import warn_of_usage
from torhaus.licensing.models import ContractPolicy
from torhaus.notices.models import Mail
from torhaus.organisations.models import Contact
from torhaus.usage.models import AllowanceWarning
from torhaus.usage.warnings import untold_warnings_across_customers

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]


@pytest.fixture
def contract(db):
    return with_contact(metered())


def with_contact(contract, mail="it@nordwind.example", **fields):
    with scopes_disabled():
        values = {"role": "technical", "name": "Ida Tech", "language": "en"}
        Contact.objects.create(customer=contract.customer, mail=mail, **values | fields)
    return contract


def mails():
    with scopes_disabled():
        return list(Mail.objects.filter(template="allowance_reached").order_by("pk"))


def told(contract, used) -> list[str]:
    """Report usage, let the worker do its minute, and give the subjects of the mails that came of it."""
    before = len(mails())
    report(contract, said(used))
    warn_of_usage.call()
    return [mail.subject for mail in mails()[before:]]


def test_each_threshold_is_told_of_once(contract):
    assert told(contract, 3999) == []
    assert told(contract, 4000) == ["Objects: 80 % of the allowance of contract V-2026-001 used"]
    assert told(contract, 4001) == []
    assert told(contract, 4500) == ["Objects: 90 % of the allowance of contract V-2026-001 used"]
    assert told(contract, 4999) == []
    assert told(contract, 5000) == ["Objects: the allowance of contract V-2026-001 is used up"]
    assert told(contract, 5120) == ["Objects: more used than contract V-2026-001 allows"]
    assert told(contract, 6000) == []


def test_a_leap_over_several_is_one_mail(contract):
    assert told(contract, 9000) == ["Objects: more used than contract V-2026-001 allows"]


def test_what_swings_about_a_threshold_is_told_of_once_and_anew_after_it_fell(contract):
    assert len(told(contract, 4000)) == 1
    assert told(contract, 3950) == []
    assert told(contract, 4000) == []
    assert told(contract, 3899) == []
    assert len(told(contract, 4000)) == 1
    assert len(told(contract, 5001)) == 1
    assert told(contract, 5000) == []
    assert told(contract, 5001) == []


def test_more_booked_lets_it_begin_anew(contract):
    assert len(told(contract, 5000)) == 1
    people.booking(contract, quantity=10_000)
    assert told(contract, 5001) == []
    assert len(told(contract, 8000)) == 1


def test_a_counter_is_told_of_once_a_month(contract):
    calls = people.meter("calls", kind="counter", name={"en": "Calls", "de": "Abrufe"})
    people.allowance(people.item(), 100, meter=calls, per_unit=False)
    report(contract, said(80, "calls"))
    report(contract, said(1, "calls"))
    warn_of_usage.call()
    assert len(mails()) == 1
    with clock.at(datetime(2026, 12, 1, 12, 0, tzinfo=UTC)):
        report(contract, said(80, "calls"))
        warn_of_usage.call()
    assert len(mails()) == 2
    assert list(days(contract, "calls").values()) == [81, 80]


def test_the_mail_says_what_it_means_in_the_readers_language(contract):
    with_contact(contract, "de@nordwind.example", role="main", name="Dirk", language="de")
    told(contract, 5120)
    english, german = mails()
    assert (english.recipient, german.recipient) == ("it@nordwind.example", "de@nordwind.example")
    assert "Objects: 5,120 are in use, 5,000 are booked. That is 120 more" in english.text
    assert "may only allow reading until less is used or more is booked" in english.text
    assert "/usage/" in english.text
    assert "Objekte: 5.120 sind in Nutzung, 5.000 sind gebucht. Das sind 120 mehr" in german.text
    assert german.subject == "Objekte: mehr genutzt, als Vertrag V-2026-001 erlaubt"
    assert "<b>" in german.html
    [record] = records("warn_of_usage")
    assert record.after == {"contract": contract.number, "meter": "objects", "percent": 101, "mails": 2}


@pytest.mark.parametrize(
    ("policy", "used", "expected"),
    [
        ({"overage": "report"}, 5120, "only reported to us"),
        ({"overage": "percent", "overage_percent": 10}, 5120, "Up to 5,500 are tolerated."),
        ({"overage": "percent", "overage_percent": 10}, 5501, "may only allow reading until"),
        ({"enforcement": "advise"}, 5120, "only reported to us"),
        ({}, 4000, "If more is used than booked"),
    ],
)
def test_the_mail_follows_the_policy(contract, policy, used, expected):
    with scopes_disabled():
        ContractPolicy.objects.create(contract=contract, **policy)
    told(contract, used)
    [mail] = mails()
    assert expected in mail.text


def test_one_that_is_told_by_two_workers_is_told_of_once(contract):
    report(contract, said(4000))
    [warning_id] = untold_warnings_across_customers()
    assert len(warning.warn_of_usage(warning_id=warning_id)) == 1
    assert warning.warn_of_usage(warning_id=warning_id) == []
    assert len(mails()) == 1


def test_one_that_fails_keeps_no_other_waiting(contract, monkeypatch):
    other = with_contact(metered(number="V-2"), "it@sued.example")
    report(contract, said(4000))
    report(other, said(4000))
    first = untold_warnings_across_customers()[0]
    original = warning.begin_telling

    def breaks(*, warning_id):
        if warning_id == first:
            raise RuntimeError("broken")
        return original(warning_id=warning_id)

    monkeypatch.setattr(warning, "begin_telling", breaks)
    with pytest.raises(RuntimeError):
        warn_of_usage.call()
    assert [mail.recipient for mail in mails()] == ["it@sued.example"]
    monkeypatch.undo()
    warn_of_usage.call()
    assert len(mails()) == 2


def test_what_fell_before_anybody_could_be_told_is_not_told_of(contract):
    report(contract, said(4000))
    report(contract, said(10))
    warn_of_usage.call()
    assert mails() == []


def test_a_reading_that_is_refused_warns_nobody(contract):
    with pytest.raises(Exception, match="late"):
        report(contract, said(9000), said(1, ago=timedelta(days=40), id="late"))
    with scopes_disabled():
        assert not AllowanceWarning.objects.exists()
    warn_of_usage.call()
    assert mails() == []


def test_without_an_allowance_or_a_contact_there_is_no_mail(contract):
    people.meter("storage")
    report(contract, said(10**9, "storage"))
    lonely = metered(number="V-3")
    report(lonely, said(9000))
    warn_of_usage.call()
    assert mails() == []
    assert untold_warnings_across_customers() == []
