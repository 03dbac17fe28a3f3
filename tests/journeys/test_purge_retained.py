"""What the law makes the vendor keep is kept to the day, and then goes by itself (R65)."""

from datetime import date, datetime, timedelta

import pytest
from django_scopes import scopes_disabled

from tests import people
from tests.journeys.vendor_files import VENDOR, load, write
from tests.web import education as edu
from tests.web.visitors import signed_in, words
from torhaus.billing.models import Invoice, InvoiceLine
from torhaus.config.schedule import SCHEDULE
from torhaus.core import clock
from torhaus.core.storage import file_store, is_there
from torhaus.journeys.collect_files import collect_files
from torhaus.journeys.purge_retained import purge_retained
from torhaus.journeys.tasks import purge_retained as job
from torhaus.records.models import Record
from torhaus.subscriptions.models import EducationRequest
from torhaus.support.models import Attachment, Message, Ticket
from torhaus.vendor.models import Vendor

pytestmark = pytest.mark.django_db
# The year 2018 ends at midnight in Berlin, an hour before UTC; its eight years with 2026.
LAST_MOMENT = datetime(2026, 12, 31, 23, 59, 59, tzinfo=people.BERLIN)


@pytest.fixture
def customer(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    people.vendor()
    return people.contract(people.customer(language="en")).customer


def document(text: bytes) -> dict:
    stored = file_store().put([text])
    return {"document_key": stored.key, "document_bytes": len(text)}


def numbers() -> set[str]:
    with scopes_disabled():
        return set(Invoice.objects.values_list("number", flat=True))


def test_R65_invoices_are_kept_until_eight_years_after_their_year_and_then_go_with_lines_and_document(
    customer,
):
    paid = {"state": "paid", "lines": [("Licence", 1, "1656.00", 19, 165600)]}
    old, newer = document(b"%PDF old"), document(b"%PDF newer")
    people.invoice(customer, "R-2018", issued_on=date(2018, 1, 2), **paid, **old)
    people.invoice(customer, "R-2018-open", issued_on=date(2018, 12, 31))
    people.invoice(customer, "R-2018-credited", issued_on=date(2018, 12, 31), state="credited")
    people.invoice(customer, "R-2019", issued_on=date(2019, 1, 1), **paid, **newer)
    people.invoice(people.customer("20001", name="Südwind AG"), "S-2018", issued_on=date(2018, 6, 1), **paid)
    people.invoice(None, "U-2018", issued_on=date(2018, 6, 1), state="paid")
    visitor = signed_in(people.contract(customer, "V-9"))
    with clock.at(LAST_MOMENT):
        assert purge_retained() == 0
    assert len(numbers()) == 6
    assert "R-2018" in words(visitor.get("/invoices/?q=R-2018"))
    with clock.at(LAST_MOMENT + timedelta(seconds=1)):
        assert purge_retained() == 4
        assert purge_retained() == 0, "once"
    assert numbers() == {"R-2018-open", "R-2019"}, "what is not paid is still a claim"
    assert "R-2018-credited" not in words(visitor.get("/invoices/"))
    with scopes_disabled():
        assert InvoiceLine.objects.count() == 1
        told = {one.customer_ref: one.after for one in Record.objects.filter(deed="purge_invoices")}
    assert told[customer.ref] == {"invoices": 2, "issued_until": 2018}
    assert len(told) == 3
    assert told[""]["invoices"] == 1
    with clock.shifted(timedelta(days=3)):
        assert collect_files() == 1
    assert is_there(file_store(), newer["document_key"])
    assert not is_there(file_store(), old["document_key"])


def test_R65_texts_of_erased_people_go_after_six_years_and_nobody_elses(customer):
    contract = people.contract(customer, "V-2")
    written = datetime(2026, 12, 31, 23, 30, tzinfo=people.BERLIN)
    with scopes_disabled():
        ticket = Ticket.objects.create(
            contract=contract, number="T-1", reason="other", subject="About me", mail="", language="en",
            opened_at=written, changed_at=written,
        )  # fmt: skip
        fields = {"ticket": ticket, "author_kind": "customer", "body": "My words", "written_at": written}
        erased = Message.objects.create(position=1, author_erased_at=written, **fields)
        other = Message.objects.create(position=2, author_mail="eva@nordwind.example", **fields)
        later = fields | {"written_at": written + timedelta(hours=1)}
        Message.objects.create(position=3, author_erased_at=written, **later)
        for message in (erased, other):
            Attachment.objects.create(message=message, name="a.txt", content_type="text/plain", size=1, key="0" * 64)
    visitor = signed_in(contract)
    with clock.at(datetime(2032, 12, 31, 23, 59, tzinfo=people.BERLIN)):
        assert purge_retained() == 0
    assert words(visitor.get(f"/help/tickets/{ticket.ref}/")).count("My words") == 3
    with clock.at(datetime(2033, 1, 1, 0, 1, tzinfo=people.BERLIN)):
        assert purge_retained() == 1
        assert purge_retained() == 0
    page = words(visitor.get(f"/help/tickets/{ticket.ref}/"))
    assert "nobody has to keep it any more" in page
    assert page.count("My words") == 2
    assert "About me" not in page
    with scopes_disabled():
        assert [one.message_id for one in Attachment.objects.all()] == [other.pk]
        [record] = Record.objects.filter(deed="purge_ticket_texts")
    assert record.after == {"texts": 1, "written_until": 2026}


def test_R65_on_what_education_terms_were_agreed_goes_six_years_after_the_decisions_year(customer):
    of = people.contract(customer, "V-3")
    last = datetime(2026, 12, 31, 23, 30, tzinfo=people.BERLIN)
    decided = {"state": "refused", "reason": "Ask Mara Lindqvist."}
    old, newer = edu.request_of(of, "Mara Lindqvist", ""), edu.request_of(people.contract(customer, "V-4"), "THW", "")
    mark = edu.mark_of(people.contract(customer, "V-5"), date(2026, 12, 1), date(2027, 11, 30))
    with scopes_disabled():
        EducationRequest.objects.filter(pk=old.pk).update(decided_at=last, **decided)
        EducationRequest.objects.filter(pk=newer.pk).update(decided_at=last + timedelta(hours=1), **decided)
        waiting = edu.request_of(of, "Waits", "")

    def kept() -> list[tuple[str, str]]:
        with scopes_disabled():
            rows = {one.pk: (one.institution, one.reason) for one in EducationRequest.objects.all()}
        return [rows[one.pk] for one in (old, newer, mark, waiting)]

    whole = [("Mara Lindqvist", decided["reason"]), ("THW", decided["reason"]), ("Goethe-Schule", ""), ("Waits", "")]
    with clock.at(datetime(2032, 12, 31, 23, 59, 59, tzinfo=people.BERLIN)):
        assert purge_retained() == 0
    assert kept() == whole
    with clock.at(datetime(2033, 1, 1, tzinfo=people.BERLIN)):
        assert purge_retained() == 2
        assert purge_retained() == 0, "once"
    assert kept() == [("", ""), whole[1], ("", ""), ("Waits", "")]
    with scopes_disabled():
        terms = EducationRequest.objects.get(pk=mark.pk)
        [record] = Record.objects.filter(deed="purge_education_requests")
    assert (terms.percent, terms.ends_on) == (40, date(2027, 11, 30)), "the terms stay with the contract"
    assert record.after == {"requests": 2, "decided_until": 2026}


def test_R65_while_a_tax_audit_is_open_nothing_of_its_years_goes(customer, tmp_path):
    for year in (2015, 2016, 2017):
        people.invoice(customer, f"R-{year}", issued_on=date(year, 5, 1), state="paid")
    written = datetime(2017, 1, 1, 0, 30, tzinfo=people.BERLIN)
    with scopes_disabled():
        ticket = Ticket.objects.create(
            contract=people.contract(customer, "V-2"), number="T-1", reason="other", subject="x", mail="", language="en",
            opened_at=written, changed_at=written,
        )  # fmt: skip
        fields = {"ticket": ticket, "author_kind": "customer", "author_erased_at": written}
        Message.objects.create(position=1, body="Of 2017", written_at=written, **fields)
        Message.objects.create(position=2, body="Of 2016", written_at=written - timedelta(hours=1), **fields)
    during = VENDOR.replace('key = "acme"', 'key = "acme"\nkeep_from_year = 2017', 1)
    load(write(tmp_path / "a", {"vendor.toml": during}))
    with clock.at(datetime(2027, 2, 1, tzinfo=people.BERLIN)):
        assert purge_retained() == 3
    assert numbers() == {"R-2017"}
    with scopes_disabled():
        assert Message.objects.get(position=1).body == "Of 2017"
        told = {one.deed: one.after for one in Record.objects.filter(deed__startswith="purge_")}
    assert told["purge_invoices"] == {"invoices": 2, "issued_until": 2016}
    assert told["purge_ticket_texts"] == {"texts": 1, "written_until": 2016}
    load(write(tmp_path / "b", {"vendor.toml": VENDOR}))
    with clock.at(datetime(2027, 2, 1, tzinfo=people.BERLIN)):
        assert purge_retained() == 0, "left out, it stays as stored"
    load(write(tmp_path / "c", {"vendor.toml": during.replace("= 2017", '= ""')}))
    with clock.at(datetime(2027, 2, 1, tzinfo=people.BERLIN)):
        assert purge_retained() == 2, "the audit is over"
    assert numbers() == set()


def test_the_worker_does_it_daily_and_not_before_there_is_a_vendor():
    [entry] = [one for one in SCHEDULE if one.name == "purge_retained"]
    assert entry.every == timedelta(days=1)
    assert entry.job is job
    Vendor.objects.all().delete()
    assert purge_retained() == 0
