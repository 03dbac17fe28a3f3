"""The deed ``send_token_reset``: who lost the licence token gets a single-use link, if contract and mail fit."""

from django.conf import settings
from django.urls import reverse
from django_scopes import scopes_disabled

from torhaus.core.link_codes import mark_of
from torhaus.journeys.vendor_mail import TECHNICAL_FIRST, mail_from_vendor
from torhaus.licensing.reset_links import add_reset_link
from torhaus.organisations.models import Contact
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.subscriptions.actions import lock_contract
from torhaus.subscriptions.models import Contract
from torhaus.subscriptions.queries import contract_numbered_across_customers


@deed("send_token_reset")
def send_token_reset(*, number: str, mail: str, by: Actor) -> bool:
    """Send a link to a contact of the contract; False if nothing fits or the mailbox had enough links.

    Main and technical contacts count: they are told of every new token, too. How the contract stands does not
    matter: a token licenses nothing by itself, and who pays or renews needs a way in.
    """
    found = _contact(number, mail)
    if found is None:
        nothing_done()
        return False
    contract, contact = found
    lock_contract(ref=contract.ref)
    reset = add_reset_link(contract=contract, mail=contact.mail)
    if reset is None:
        nothing_done()
        return False
    # The address is built around a mark; the code takes its place only when the mail is sent.
    path = reverse("web:open_token_reset", args=[reset.ref, "-code-"]).replace("-code-", mark_of(reset.ref))
    mail_from_vendor(
        template="token_reset",
        recipient=contact.mail,
        recipient_name=contact.name,
        language=contact.language or contract.customer.language,
        customer_ref=contract.customer.ref,
        context={
            "contract": contract.number,
            "link": settings.OPTIONS.public_url.rstrip("/") + path,
            "until": reset.expires_at,
        },
    )
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={"contract": contract.number, "reset": reset.ref},
        personal={"mail": contact.mail},
    )
    return True


def _contact(number: str, mail: str) -> tuple[Contract, Contact] | None:
    """Find the contract of that number, capital letters or not, and its contact with that mail."""
    contract = contract_numbered_across_customers(number) or contract_numbered_across_customers(number.upper())
    if contract is None:
        return None
    with scopes_disabled():
        people = Contact.objects.filter(customer=contract.customer, role__in=TECHNICAL_FIRST, mail__iexact=mail)
        contact = people.order_by("pk").first()
    return None if contact is None else (contract, contact)
