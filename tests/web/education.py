"""What the tests of education terms share: the groups, a form as it is sent, and short ways to what came of it."""

from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile
from django_scopes import scopes_disabled

from tests import people
from tests.seats import seating
from torhaus.catalogue.models import EducationCategory
from torhaus.notices.models import Mail
from torhaus.records.models import Record
from torhaus.subscriptions.models import Contract, EducationRequest

PAGE = "/settings/account/education/"
ASK = PAGE + "ask/"
STAFF = "/staff/education/"
PDF = b"%PDF-1.7\nthis proves it\n"


def offered(**fields) -> None:
    """The vendor offers education terms to schools, who prove it, and to volunteers, who need not."""
    people.vendor(education_terms=True, **fields)
    EducationCategory.objects.create(
        key="schools",
        name={"en": "Schools", "de": "Schulen"},
        description={"en": "Public schools", "de": "Öffentliche Schulen"},
        proof={"en": "A letter of the school board", "de": "Ein Schreiben des Schulamts"},
        percent=40,
    )
    EducationCategory.objects.create(key="volunteers", name={"en": "Volunteers"}, needs_proof=False, position=1)


def contract(number="V-2026-001") -> Contract:
    """A contract of a customer whose vendor offers education terms, with four full seats and their list price."""
    made = seating.contract(number, full=4)
    if not EducationCategory.objects.exists():
        people.price(people.item("full", "seat"), 36500, per_unit=True)
        offered()
    return made


def file(name="proof.pdf", content=PDF, kind="application/pdf") -> SimpleUploadedFile:
    """A file as a form sends it."""
    return SimpleUploadedFile(name, content, kind)


def entered(*files, **fields) -> dict:
    """The form, filled in; with a proof unless others are given."""
    values = {"category": "schools", "institution": "Goethe-Schule", "statement": "Lessons on ships"}
    return values | {"files": list(files) or [file()]} | fields


def requests() -> list[EducationRequest]:
    with scopes_disabled():
        return list(EducationRequest.objects.select_related("category", "asked_by").order_by("pk"))


def ask(client, *files, **fields) -> EducationRequest:
    """Ask, and give what is stored of it."""
    answer = client.post(ASK, entered(*files, **fields))
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return requests()[-1]


def grant(sales, row: EducationRequest, ends_on: date | str, percent=40):
    """Grant a request on the staff's page."""
    return sales.post(f"{STAFF}{row.ref}/grant/", {"ends_on": str(ends_on), "percent": percent})


def request_of(of: Contract, institution: str, key: str) -> EducationRequest:
    """A request of a contract that waits, with a proof in the store, as the database holds it."""
    group = EducationCategory.objects.get_or_create(key="schools", defaults={"name": {"en": "Schools"}})[0]
    with scopes_disabled():
        return EducationRequest.objects.create(
            contract=of,
            category=group,
            institution=institution,
            proof_key=key,
            proof_name="proof.pdf",
            proof_size=9,
            asked_at=people.NOON,
        )


def mark_of(of: Contract, starts_on: date, ends_on: date) -> EducationRequest:
    """Education terms of a contract, as the database holds them."""
    row = request_of(of, "Goethe-Schule", "")
    with scopes_disabled():
        values = {"state": "granted", "decided_at": people.NOON, "percent": 40}
        EducationRequest.objects.filter(pk=row.pk).update(starts_on=starts_on, ends_on=ends_on, **values)
    return row


def mails(template: str) -> list[Mail]:
    with scopes_disabled():
        return list(Mail.objects.filter(template=template).order_by("pk"))


def records(deed: str) -> int:
    with scopes_disabled():
        return Record.objects.filter(deed=deed).count()
