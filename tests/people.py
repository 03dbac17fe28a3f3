"""The fixed cast of the tests: one vendor, two customers, their contracts and tokens, and the staff.

Plain factory functions; every one gives committed rows in the current database.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.billing.models import BillingAccount, Invoice, InvoiceLine
from torhaus.catalogue.models import AddOn, Allowance, Item, Meter, Price, Product
from torhaus.core.link_codes import code_of
from torhaus.core.random import new_ref
from torhaus.core.storage import file_store
from torhaus.journeys.issue_token import issue_token
from torhaus.licensing.secrets import hash_secret
from torhaus.organisations.models import Address, Contact, Customer, Membership
from torhaus.records.deeds import Actor
from torhaus.records.models import ActorKind
from torhaus.releases.models import AddOnRelease, Release, ReleaseFile, ReleaseSubscription
from torhaus.subscriptions.models import Booking, Contract
from torhaus.usage.models import Reading, ReportRecipient
from torhaus.vendor.models import Vendor

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=BERLIN)
SYSTEM = Actor(ActorKind.SYSTEM, "tests")
PASSWORD = "correct-horse-battery-staple"


def vendor(**fields) -> Vendor:
    """The vendor, Acme Software."""
    values = {
        "key": "acme",
        "name": "Acme",
        "portal_title": {"en": "Customer Portal", "de": "Kundenportal"},
        "legal_name": "Acme Software GmbH",
        "street": "Werkstraße 1",
        "postal_code": "40210",
        "city": "Düsseldorf",
        "country": "DE",
        "mail": "hello@acme.example",
        "sales_name": "Sales team",
        "sales_mail": "sales@acme.example",
        "sales_phone": "+49 211 123450",
        "token_prefix": "acme",
    }
    return Vendor.objects.update_or_create(single=1, defaults=values | fields)[0]


def product(key="acme", **fields) -> Product:
    """The vendor's product."""
    return Product.objects.get_or_create(key=key, defaults={"name": {"": "Acme"}} | fields)[0]


def item(key="medium", kind="plan", **fields) -> Item:
    """Something to book."""
    defaults = {"kind": kind, "product": product(), "name": {"": key.title()}} | fields
    return Item.objects.get_or_create(key=key, defaults=defaults)[0]


def customer(number="10482", name="Nordwind Logistik GmbH", **fields) -> Customer:
    """A customer."""
    with scopes_disabled():
        return Customer.objects.create(number=number, name=name, **{"language": "de"} | fields)


def contract(of: Customer, number="V-2026-001", **fields) -> Contract:
    """A yearly subscription that began on 1 April 2026 and renews by itself."""
    values = {
        "product": product(),
        "kind": "subscription",
        "term_months": 12,
        "starts_on": date(2026, 4, 1),
        "ends_on": date(2027, 3, 31),
        "auto_renews": True,
    }
    with scopes_disabled():
        return Contract.objects.create(customer=of, number=number, **values | fields)


def booking(of: Contract, line="plan", **fields) -> Booking:
    """A line of a contract."""
    values = {"kind": "plan", "item": item(), "quantity": 5000, "booked_at": NOON}
    with scopes_disabled():
        return Booking.objects.create(contract=of, line=line, **values | fields)


def token(of: Contract, **fields) -> str:
    """A fresh licence token of the contract, whole."""
    return issue_token(contract_ref=of.ref, prefix="acme", by=SYSTEM, **fields).token.text


def staff(role="administrator", mail=None, **fields) -> User:
    """A member of the vendor's staff with the password PASSWORD."""
    mail = mail or f"{role}@acme.example"
    return User.objects.create_user(mail, PASSWORD, **{"name": role.title(), "staff_role": role} | fields)


def person(mail="jo@nordwind.example", **fields) -> User:
    """Somebody of a customer's, with the password PASSWORD."""
    return User.objects.create_user(mail, PASSWORD, **{"name": "Jo Sommer"} | fields)


def member(of: Customer, role="owner", mail=None, state="active", **fields) -> Membership:
    """Somebody in a role at a customer, with the password PASSWORD."""
    who = fields.pop("person", None) or person(mail or f"{role}@nordwind.example", name=f"Jo {role.title()}")
    with scopes_disabled():
        return Membership.objects.create(
            customer=of, person=who, role=role, state=state, **{"invited_at": NOON} | fields
        )


def invoice(of: Customer, number="RG-2026-0412", lines=(), **fields) -> Invoice:
    """An unpaid invoice of 1,970.64 EUR, due on 28 November 2026; ``lines`` are (text, quantity, price, rate, cents)."""
    values = {
        "issued_on": date(2026, 11, 14),
        "due_on": date(2026, 11, 28),
        "state": "open",
        "currency": "EUR",
        "net_cents": 165600,
        "vat_cents": 31464,
        "gross_cents": 197064,
    }
    with scopes_disabled():
        made = Invoice.objects.create(customer=of, number=number, **values | fields)
        InvoiceLine.objects.bulk_create(
            InvoiceLine(
                invoice=made, position=n, text=text, quantity=quantity, unit_price=price, vat_rate=rate, net_cents=cents
            )
            for n, (text, quantity, price, rate, cents) in enumerate(lines, 1)
        )
    return made


def billing_data(of: Customer) -> None:
    """Billing account, address and contact of a customer."""
    with scopes_disabled():
        BillingAccount.objects.create(customer=of, payment_method="bank_transfer", invoice_format="email")
        Address.objects.create(
            customer=of,
            recipient="Nordwind Logistik GmbH",
            extra="Buchhaltung",
            street="Hafenstraße 7",
            postal_code="20457",
            city="Hamburg",
            country="DE",
        )
        Contact.objects.create(customer=of, role="billing", name="Mara Lindqvist", mail="billing@nordwind.example")


def meter(key="objects", **fields) -> Meter:
    """Something that is counted."""
    defaults = {"name": {"en": "Objects", "de": "Objekte"}} | fields
    return Meter.objects.get_or_create(key=key, defaults=defaults)[0]


def allowance(of: Item, quantity=1, **fields) -> Allowance:
    """What an item brings of a meter; by default one object for each booked unit."""
    return Allowance.objects.create(item=of, quantity=quantity, **{"meter": meter(), "per_unit": True} | fields)


def reading(of: Contract, on: date, quantity: int, **fields) -> Reading:
    """What the product said it uses."""
    with scopes_disabled():
        return Reading.objects.create(contract=of, on=on, quantity=quantity, **{"meter": meter()} | fields)


def price(of: Item, cents=125400, **fields) -> Price:
    """A yearly list price."""
    values = {
        "currency": "EUR",
        "months": 12,
        "first_cents": cents,
        "recurring_cents": cents,
        "valid_from": date(2026, 1, 1),
    }
    return Price.objects.create(item=of, **values | fields)


def release(version="34.1", **fields) -> Release:
    """A published version with an installation and an update package."""
    packages = [
        {"kind": kind, "url": f"https://files.acme.example/{kind}-{version}.zip", "bytes": size, "sha256": digit * 64}
        for kind, size, digit in (("update", 61_000_000, "b"), ("installation", 184_000_000, "a"))
    ]
    values = {"product": product(), "published_on": date(2026, 11, 10), "packages": packages}
    return Release.objects.create(version=version, **values | fields)


def add_on(key="flows", vendor_name="Acme", **fields) -> Item:
    """An add-on that can be booked; ``free`` makes it free of charge."""
    free = fields.pop("free", False)
    made = item(key, "add_on", **fields)
    AddOn.objects.get_or_create(item=made, defaults={"vendor_name": vendor_name, "free": free})
    return made


def add_on_release(of: Item, version="1.4", **fields) -> AddOnRelease:
    """A published version of an add-on that needs the product from 33 on."""
    values = {
        "published_on": date(2026, 11, 10),
        "published_at": datetime(2026, 11, 10, 9, 0, tzinfo=BERLIN),
        "minimum_version": "33",
        "manifest": {"title": of.key.title(), "identifier": of.key, "type": "addon", "author": "Acme"},
    }
    return AddOnRelease.objects.create(add_on=of, version=version, **values | fields)


def release_file(of: Release | AddOnRelease, content=b"", name="", kind="", **fields) -> ReleaseFile:
    """A stored file of a version, with its bytes in the store of this test."""
    is_add_on = isinstance(of, AddOnRelease)
    content = content or f"{name or of.version} {of.pk}".encode()
    stored = file_store().put([content])
    kind = kind or ("add-on" if is_add_on else "installation")
    owner = {"add_on_release": of} if is_add_on else {"release": of}
    return ReleaseFile.objects.create(
        kind=kind,
        name=name or f"acme-{kind}-{of.version}.zip",
        size=stored.size,
        key=stored.key,
        stored_at=NOON,
        **owner | {"signature": ""} | fields,
    )


def release_subscription(of: Contract, mail="jo.doe@nordwind.example", **fields) -> ReleaseSubscription:
    """A mailbox that hears of new versions."""
    ref = new_ref()
    values = {
        "ref": ref,
        "language": "en",
        "asked_at": NOON,
        "confirmed_at": NOON,
        "secret_hash": hash_secret(code_of(ref)),
    }
    with scopes_disabled():
        return ReleaseSubscription.objects.create(contract=of, mail=mail, **values | fields)


def report_recipient(of: Contract, mail="rita@nordwind.example", **fields) -> ReportRecipient:
    """A mailbox that gets the usage report each Monday; its owner confirmed."""
    values = {"language": "en", "weekday": 0, "next_on": date(2026, 11, 23), "asked_at": NOON, "confirmed_at": NOON}
    with scopes_disabled():
        return ReportRecipient.objects.create(contract=of, mail=mail, **values | fields)
