"""Tickets in tests of the web door: a contract with support, its form, and files to send along."""

import re

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django_scopes import scopes_disabled

from tests import people
from tests.web.visitors import signed_in
from torhaus.catalogue.models import SupportPackage
from torhaus.journeys.create_ticket import create_ticket
from torhaus.records.deeds import deed, write_record
from torhaus.support.messages import Author, add_message
from torhaus.support.models import AuthorKind, Message, Ticket
from torhaus.support.tickets import NewTicket

NEW = "/help/tickets/new/"
BODY = "The import stops at 34 %.\n\nSince the update to 34.1."


def support(contract, key="support-basic", hours=24, **fields):
    """Book a support package for a contract."""
    item = people.item(key, "support", name={"en": "Basic support", "de": "Basis-Support"})
    SupportPackage.objects.get_or_create(item=item, defaults={"response_hours": hours})
    return people.booking(contract, line=key, kind="support", item=item, **fields)


def supported():
    """A contract with support that answers within 24 business hours."""
    people.vendor()
    contract = people.contract(people.customer())
    support(contract)
    return contract


def nonce_of(answer) -> str:
    """The nonce of the form on a page."""
    return re.search(r'name="nonce" value="([^"]+)"', answer.content.decode())[1]


def entries(client: Client, **changed) -> dict:
    """What somebody fills in, with a fresh form's nonce."""
    values = {
        "mail": "eva@nordwind.example",
        "reason": "malfunction",
        "product_version": "34.1",
        "body": BODY,
        "nonce": nonce_of(client.get(NEW)),
    }
    return values | changed


def file(name: str, content: bytes) -> SimpleUploadedFile:
    """A file to send along."""
    return SimpleUploadedFile(name, content)


def ticket(contract, body=BODY, attachments=(), nonce=None, **fields) -> Ticket:
    """A ticket of the contract."""
    values = {
        "reason": "question",
        "subject": body.split("\n", maxsplit=1)[0],
        "mail": "eva@nordwind.example",
        "language": "en",
        "response_hours": 24,
    }
    with scopes_disabled():
        contract = type(contract).objects.select_related("customer", "product").get(pk=contract.pk)
    wanted = NewTicket(**values | fields)
    return create_ticket(
        contract=contract, wanted=wanted, body=body, attachments=attachments, nonce=nonce, by=people.SYSTEM
    )


@deed("say_something")
def say(to: Ticket, body: str, *, user=None, internal=False, attachments=(), mail="") -> Message:
    """A message of the staff (with ``user``), or of the customer."""
    author = Author(AuthorKind.STAFF, user=user, name=user.name) if user else Author(AuthorKind.CUSTOMER, mail=mail)
    message = add_message(ticket_id=to.pk, author=author, body=body, internal=internal, attachments=attachments)
    write_record(by=people.SYSTEM)
    return message


def client_of(contract, language="en") -> Client:
    """A browser signed in for the contract."""
    return signed_in(contract, language)
