"""Firn, the second vendor, and people of its customers: CHF, editors who bring readers and lockers, terabytes."""

from pathlib import Path
from shutil import copytree

from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.doors import staff_client
from tests.journeys.vendor_files import FIRN, load
from torhaus.subscriptions.models import Contract


def contracts(folder: Path = FIRN) -> dict[str, Contract]:
    """Load Firn's files; give its contracts by number: 2026/77 (a year), 2026/78 (three months), 2019/03 (no end)."""
    load(folder)
    with scopes_disabled():
        return {one.number: one for one in Contract.objects.select_related("customer", "product")}


def changed(folder: Path, *changes: tuple[str, str]) -> Path:
    """Give a copy of Firn's files in which texts of the vendor's own file stand for others, each found once."""
    copied = copytree(FIRN, folder / "firn")
    file = copied / "firn.yaml"
    text = file.read_text("utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file.write_text(text, "utf-8")
    return copied


def mail_of(contract: Contract, role: str) -> str:
    """Where somebody in a role at the contract's customer is written to."""
    return f"{role}@{contract.customer.number.lower()}.example"


def inside(contract: Contract, role="owner", language="de") -> Client:
    """A browser of somebody in a role at the contract's customer, who reads this language, also in mails."""
    person = people.member(contract.customer, role, mail_of(contract, role)).person
    person.language = language
    person.save()
    client = staff_client(person)
    client.cookies["torhaus_language"] = language
    return client
