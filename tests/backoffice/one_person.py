"""Mara, who is to be erased: everything that may be stored of her, people who are much like her, and ways to the pages."""

import json

from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.doors import staff_client
from tests.seats import seating
from tests.web.visitors import words
from torhaus.accounts.erasure_requests import open_request_of
from torhaus.accounts.models import LoginCode, PasswordReset, User
from torhaus.billing.models import BillingAccount
from torhaus.catalogue.models import EducationCategory
from torhaus.core import clock
from torhaus.core.storage import file_store
from torhaus.licensing.models import TokenReset
from torhaus.notices.delivery import deliver
from torhaus.notices.models import Mail
from torhaus.organisations.models import Contact, Membership
from torhaus.records.models import IdempotencyKey, Record
from torhaus.releases.models import ReleaseSubscription
from torhaus.seats.models import Seat
from torhaus.subscriptions.models import BookingRequest, EducationRequest
from torhaus.support.models import Attachment, Message, Ticket
from torhaus.usage.models import ReportRecipient
from torhaus.vendor.actions import create_signing_key
from torhaus.work.jobs import job

MARA, NAME = "mara.lindqvist@nordwind.example", "Mara Lindqvist"
# The same name at another customer, and an address that ends in hers.
TWIN, LONGER = "mara@suedwind.example", "tamara.lindqvist@nordwind.example"


@job(max_attempts=1)
def tell(mail: str) -> None:
    """A job about somebody."""


def world():
    """Mara, an administrator, in everything that Torhaus stores of people; beside her others who are much like her."""
    contract = seating.contract(full=4)
    create_signing_key(by=people.SYSTEM)
    customer = contract.customer
    other = people.contract(people.customer("20001", name="Südwind AG"), "V-2", product=contract.product)
    people.member(customer, "owner")
    member = people.member(customer, "administrator", person=people.person(MARA, name=NAME), invited_name=NAME)
    people.member(other.customer, "owner", person=people.person(TWIN, name=NAME))
    people.member(customer, "auditor", person=people.person(LONGER, name="Tamara Lindqvist"))
    seating.assign(contract, seating.Holder(NAME, MARA, "Nordwind"))
    seating.assign(contract, seating.Holder("Tamara Lindqvist", LONGER))
    everywhere(contract, member.person)
    mails(customer, other.customer)
    return contract


def everywhere(contract, user):
    now, customer = clock.now(), contract.customer
    with scopes_disabled():
        Contact.objects.create(customer=customer, name=NAME, mail=MARA.upper(), phone="+49 211 4711")
        Contact.objects.create(customer=customer, name="Tamara Lindqvist", mail=LONGER)
        BillingAccount.objects.create(customer=customer, mail=MARA)
        ReleaseSubscription.objects.create(contract=contract, mail=MARA, language="en", secret_hash="x", asked_at=now)
        ReportRecipient.objects.create(
            contract=contract, mail=MARA, language="en", weekday=0, next_on=now.date(), asked_at=now
        )
        TokenReset.objects.create(contract=contract, secret_hash="y", mail=MARA, asked_at=now, expires_at=now)
        BookingRequest.objects.create(
            contract=contract, item=people.item("full", "seat"), booked=4, total=6, country="DE", currency="EUR",
            asked_by=user, asked_at=now,
        )  # fmt: skip
        PasswordReset.objects.create(user=user, asked_at=now, expires_at=now)
        LoginCode.objects.create(user=user, asked_at=now, expires_at=now)
        reply = json.dumps({"seat": {"name": NAME, "mail": MARA}}, ensure_ascii=False)
        IdempotencyKey.objects.create(
            scope="s", key="k", request="r", claim="c", claimed_at=now, status=201, reply=reply
        )
        ticket = Ticket.objects.create(
            contract=contract, number="T-1", reason="other", subject="The import", mail=MARA, language="en",
            opened_at=now, changed_at=now, last_number=3,
        )  # fmt: skip
        wrote = {"ticket": ticket, "author_kind": "customer", "written_at": now}
        first = Message.objects.create(position=1, author=user, body="The import stops at 34 %", **wrote)
        Message.objects.create(
            position=2, author_name=NAME, author_mail=MARA, channel="mail", message_id=f"<7.{MARA}>",
            body="And now at 35 %", **wrote,
        )  # fmt: skip
        Message.objects.create(
            position=3, author_name="Tamara Lindqvist", author_mail=LONGER, channel="mail", body="Me, too", **wrote
        )
        Attachment.objects.create(message=first, name="log.txt", content_type="text/plain", size=1, key="0" * 64)
        EducationRequest.objects.create(
            contract=contract, category=EducationCategory.objects.create(key="school", name={"": "Schools"}),
            institution="Nordwind School", statement=f"I, {NAME}, teach there.", proof_name=f"{NAME}.pdf",
            proof_key=file_store().put([f"%PDF {NAME}, {MARA}".encode()]).key, proof_size=9, asked_by=user, asked_at=now,
        )  # fmt: skip
    tell.enqueue(MARA)
    tell.enqueue(LONGER)


def mails(customer, other):
    def write(recipient, text, **more):
        fields = {
            "template": "invitation",
            "language": "en",
            "subject": "Hello",
            "written_at": clock.now(),
            "state": "sent",
        }
        html = f"<p>{text}</p><a href='https://portal.example/?mail={MARA.replace('@', '%40')}'>"
        Mail.objects.create(**fields | {"recipient": recipient, "text": text, "html": html} | more)

    with scopes_disabled():
        write(MARA.upper(), f"Dear {NAME}", customer_ref=customer.ref, recipient_name=NAME)
        write(MARA, "waits", headers={"References": "<x>"}, state="waiting")
        write("owner@nordwind.example", f"{NAME} ({MARA}) asks.", customer_ref=customer.ref, subject=f"From {NAME}",
              attachments=[{"name": "a.csv", "text": f"{NAME};{MARA}"}])  # fmt: skip
        write(TWIN, f"Dear {NAME}", customer_ref=other.ref, html=f"<p>Dear {NAME}</p>")
        write(LONGER, f"Dear Tamara Lindqvist, {LONGER}", customer_ref=customer.ref, html=f"<p>{LONGER}</p>")


def signed_in(mail, **headers) -> Client:
    client = Client(headers={"accept-language": "en", "user-agent": f"Browser of {mail}", **headers})
    assert client.post("/login/person/", {"mail": mail, "password": people.PASSWORD}).status_code == 302
    return client


def at_the_desk(role="administrator", mail=None) -> Client:
    user = User.objects.filter(mail=mail or f"{role}@acme.example").first() or people.staff(role, mail)
    client = staff_client(user, confirmed_at=clock.now().timestamp())
    client.cookies["torhaus_language"] = "en"
    return client


def asked(client=None, mail=MARA) -> str:
    """Let somebody, Mara, ask on the portal; give the reference of the request."""
    client = client or signed_in(mail)
    assert "You hear from us by" in words(client.post("/account/erasure/", follow=True))
    return open_request_of(mail).ref


def seen_on(page) -> str:
    return page.content.decode().split('name="seen" value="')[1][:32]


def erase(desk, ref, **more):
    seen = seen_on(desk.get(f"/staff/personal-data/{ref}/"))
    return desk.post(f"/staff/personal-data/{ref}/erase/", {"seen": seen}, follow=True, **more)


def records(deed):
    with scopes_disabled():
        return list(Record.objects.filter(deed=deed).order_by("pk"))


def deliver_all():
    with scopes_disabled():
        waiting = list(Mail.objects.filter(state="waiting").values_list("pk", flat=True))
    for pk in waiting:
        deliver(pk)


def rows_of_others(found):
    return {table: [row for row in rows if TWIN in row or LONGER in row] for table, rows in found.items()}


def row_of(mail) -> Membership:
    with scopes_disabled():
        return Membership.objects.get(person__mail=mail)


def seat_of(contract, mail):
    return Seat.objects.filter(contract=contract, mail=mail, kind__key="full").get()


def changed(before, after):
    return {table for table in after if before[table] != after[table]}
