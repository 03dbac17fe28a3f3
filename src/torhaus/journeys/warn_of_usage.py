"""The deed ``warn_of_usage``: a customer's contacts hear that usage has come near to an allowance, or gone beyond it."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django_scopes import scope

from torhaus.core.texts import text_in
from torhaus.journeys.vendor_mail import mail_contacts
from torhaus.licensing.grants import Policy, read_grants
from torhaus.licensing.kept import kept_licence
from torhaus.notices.models import Mail
from torhaus.records.deeds import Actor, deed, nothing_done, write_record
from torhaus.records.models import ActorKind
from torhaus.subscriptions.models import Contract
from torhaus.usage.models import AllowanceWarning
from torhaus.usage.rules import Threshold, percent
from torhaus.usage.warnings import begin_telling
from torhaus.vendor.queries import the_vendor
from torhaus_sdk.answers import Enforcement

BY = Actor(ActorKind.SYSTEM, "usage")


@deed("warn_of_usage")
def warn_of_usage(*, warning_id: int) -> list[Mail]:
    """Write the mails about a threshold that was passed, unless somebody was told of it already."""
    row = begin_telling(warning_id=warning_id)
    if row is None:
        nothing_done()
        return []
    contract = row.contract
    policy = _policy_of(contract)
    mails = mail_contacts(
        template="allowance_reached",
        customer=contract.customer,
        context=lambda language: _said(row, policy, language),
    )
    if not mails:
        nothing_done()
        return []
    write_record(
        by=BY,
        customer_ref=contract.customer.ref,
        subject=("contract", contract.ref),
        after={
            "contract": contract.number,
            "meter": row.meter.key,
            "percent": int(row.reached),
            "mails": len(mails),
        },
    )
    return mails


def _policy_of(contract: Contract) -> Policy:
    with scope(customer=contract.customer_id, customer_ref=contract.customer.ref):
        return read_grants(kept_licence(contract, contract.product).grants).policy


def _said(row: AllowanceWarning, policy: Policy, language: str) -> dict[str, Any]:
    ceiling = policy.ceiling(row.total)
    vendor = the_vendor()
    return {
        "contract": row.contract.number,
        "meter": text_in(row.meter.name, language),
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
        "link": settings.OPTIONS.public_url.rstrip("/") + reverse("web:usage"),
    }
