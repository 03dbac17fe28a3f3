"""The deed ``warn_of_usage``: a customer hears that usage has come near to what is booked, or gone beyond it (B99).

The owner hears, and whoever turned these notices on. As long as a customer has no owner who came in, its contacts do.
"""

from functools import partial
from typing import Any

from django.conf import settings
from django.urls import reverse
from django_scopes import scope

from torhaus.core.texts import text_in
from torhaus.journeys.vendor_mail import mail_contacts, mail_members
from torhaus.licensing.grants import Policy, read_grants
from torhaus.licensing.kept import kept_licence
from torhaus.notices.models import Mail
from torhaus.organisations.models import Role
from torhaus.organisations.usage_notices import account_readers_across_customers
from torhaus.records.deeds import Actor, deed, nothing_done, part, write_record
from torhaus.records.models import ActorKind
from torhaus.subscriptions.models import Contract
from torhaus.usage.models import AllowanceWarning
from torhaus.usage.rules import Threshold, percent
from torhaus.usage.warnings import begin_telling
from torhaus.vendor.queries import the_vendor
from torhaus_sdk.answers import Enforcement

BY = Actor(ActorKind.SYSTEM, "usage")
TEMPLATE = "allowance_reached"


@deed("warn_of_usage")
def warn_of_usage(*, warning_id: int) -> list[Mail]:
    """Write the mails about a threshold that was passed, unless somebody was told of it already."""
    row = begin_telling(warning_id=warning_id)
    mails = _tell(row) if row is not None else []
    if row is None or not mails:
        nothing_done()
        return []
    about = {"kind": row.seat_kind.key} if row.seat_kind else {"meter": row.meter.key if row.meter else ""}
    write_record(
        by=BY,
        customer_ref=row.contract.customer.ref,
        subject=("contract", row.contract.ref),
        after={"contract": row.contract.number, **about, "percent": int(row.reached), "mails": len(mails)},
    )
    return mails


@part
def _tell(row: AllowanceWarning) -> list[Mail]:
    customer = row.contract.customer
    policy = _policy_of(row.contract)
    readers = account_readers_across_customers(customer.pk)
    members = [one for one in readers if one.gets_usage_notices]
    mails = mail_members(
        template=TEMPLATE, customer=customer, members=members, context=partial(_said, row, policy, by_name=True)
    )
    if not any(one.role == Role.OWNER for one in readers):
        mails += mail_contacts(
            template=TEMPLATE,
            customer=customer,
            context=partial(_said, row, policy, by_name=False),
            without=[one.person.mail for one in readers],
        )
    return mails


def _policy_of(contract: Contract) -> Policy:
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        return read_grants(kept_licence(contract, contract.product).grants).policy


def _said(row: AllowanceWarning, policy: Policy, language: str, *, by_name: bool) -> dict[str, Any]:
    ceiling = policy.ceiling(row.total)
    vendor = the_vendor()
    thing = row.seat_kind or row.meter
    # The price plan opens for people by name only; contacts may have no more than a token, which opens the usage.
    page = "web:price_plan" if by_name or row.seat_kind else "web:usage"
    return {
        "contract": row.contract.number,
        "meter": text_in(thing.name, language) if thing else "",
        "seats": row.seat_kind is not None,
        "by_name": by_name,
        "used": row.used,
        "total": row.total,
        "percent": percent(row.used, row.total),
        "over": max(0, row.used - row.total),
        "is_over": row.reached == Threshold.OVER,
        "is_full": row.reached == Threshold.FULL,
        # What happens beyond the allowance: it is only told of, or tolerated up to the ceiling, or not at all.
        "told_only": ceiling is None or policy.enforcement == Enforcement.ADVISE,
        "ceiling": ceiling if ceiling is not None and ceiling > row.total else None,
        "beyond": ceiling is not None and row.used > ceiling,
        "sales_mail": vendor.sales_mail or vendor.mail,
        "link": settings.OPTIONS.public_url.rstrip("/") + reverse(page),
    }
