"""The fixed cast of the tests: one vendor, two customers, their contracts and tokens, and the staff.

Plain factory functions; every one gives committed rows in the current database.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django_scopes import scopes_disabled

from torhaus.accounts.models import User
from torhaus.catalogue.models import Item, Product
from torhaus.journeys.issue_licence_token import issue_token
from torhaus.organisations.models import Customer
from torhaus.records.deeds import Actor
from torhaus.records.models import ActorKind
from torhaus.subscriptions.models import Booking, Contract
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
