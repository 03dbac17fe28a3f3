"""The deed ``add_report_recipient``: somebody is to get the usage report; a stranger's mailbox is asked first."""

from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from torhaus.core.link_codes import mark_of
from torhaus.journeys.vendor_mail import mail_from_vendor
from torhaus.notices.queries import mails_to_across_customers
from torhaus.records.deeds import Actor, deed
from torhaus.subscriptions.actions import lock_contract
from torhaus.usage.models import ReportRecipient
from torhaus.usage.report_recipients import CONFIRM_WITHIN, RecipientKnown, put_recipient, said_of, write_about
from torhaus.usage.report_rules import Rhythm

TEMPLATE = "report_confirmation"
# However many customers enter an address, and however often, it is asked so often within this time.
MOST_ASKED, SPAN = 3, timedelta(hours=1)


@deed("add_report_recipient")
def add_report_recipient(
    *, contract_ref: str, mail: str, language: str, rhythm: Rhythm, by: Actor
) -> tuple[ReportRecipient, bool]:
    """Enter a mailbox; give it, and whether a mail asks its owner first, as it is nobody's of the customer.

    Raises:
        MailRefused: ``mail`` is no mail address.
        RecipientKnown: it gets the report already, or was asked often just now.
        TooManyRecipients: the contract has as many as it may.
        UnknownContract: no such contract.
    """
    contract = lock_contract(ref=contract_ref)
    row, asked = put_recipient(contract=contract, mail=mail, language=language, rhythm=rhythm)
    if asked:
        # Taken off the list and put on it again, a stranger would be asked each time.
        if mails_to_across_customers(mail, template=TEMPLATE, since=row.asked_at - SPAN) >= MOST_ASKED:
            raise RecipientKnown(row.ref)
        path = reverse("web:open_report_mail", args=[row.ref, "-code-"]).replace("-code-", mark_of(row.ref))
        mail_from_vendor(
            template=TEMPLATE,
            recipient=mail,
            language=language,
            customer_ref=contract.customer.ref,
            context={
                "customer": contract.customer.name,
                "contract": contract.number,
                "link": settings.OPTIONS.public_url.rstrip("/") + path,
                "until": row.asked_at + CONFIRM_WITHIN,
            },
        )
    write_about(row, by, after=said_of(row))
    return row, asked
