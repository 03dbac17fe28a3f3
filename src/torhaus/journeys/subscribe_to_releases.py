"""The deed ``subscribe_to_releases``: a mailbox is asked whether it wants to hear of new versions (double opt-in)."""

from django.conf import settings
from django.urls import reverse

from torhaus.core.link_codes import mark_of
from torhaus.journeys.vendor_mail import mail_from_vendor
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.releases.release_mails import CONFIRM_WITHIN, put_subscription
from torhaus.subscriptions.actions import lock_contract


@deed("subscribe_to_releases")
def subscribe_to_releases(*, contract_ref: str, mail: str, language: str, by: Actor) -> bool:
    """Ask a mailbox by mail; it hears once its owner has followed the link. False if it hears already.

    Raises:
        MailRefused: ``mail`` is no mail address.
        TooManySubscriptions: the contract has as many mailboxes as it may.
        UnknownContract: no such contract.
    """
    contract = lock_contract(ref=contract_ref)
    row = put_subscription(contract=contract, mail=mail, language=language)
    if row is None:
        nothing_done()
        return False
    # The address is built around a mark; the code takes its place only when the mail is sent.
    path = reverse("web:open_release_mail", args=[row.ref, "-code-"]).replace("-code-", mark_of(row.ref))
    mail_from_vendor(
        template="release_subscription",
        recipient=mail,
        language=language,
        customer_ref=contract.customer.ref,
        context={
            "customer": contract.customer.name,
            "link": settings.OPTIONS.public_url.rstrip("/") + path,
            "until": row.asked_at + CONFIRM_WITHIN,
        },
    )
    write_record(
        by=by,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={"contract": contract.number, "subscription": row.ref},
        personal={"mail": mail},
    )
    return True
