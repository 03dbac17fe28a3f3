"""What stored kinds and states are called on every page, the customer's and staff's alike, and how a state looks."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from torhaus.billing.models import InvoiceFormat, PaymentMethod
from torhaus.billing.rules import Shown
from torhaus.catalogue.models import ItemKind
from torhaus.frame.formatting import day_text
from torhaus.organisations.models import MembershipState, Role
from torhaus.organisations.rules import CODE, PASSKEY, PASSWORD
from torhaus.releases.models import Channel, FileKind
from torhaus.releases.rules import Entitlement, Reason
from torhaus.subscriptions.models import ContractKind
from torhaus.subscriptions.rules import Status

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Look:
    """How a state is shown: tone, icon and word, never colour alone."""

    tone: str
    icon: str
    text: "_StrPromise | str"


ROLES = {
    Role.OWNER: _("Owner"),
    Role.ADMINISTRATOR: _("Administrator"),
    Role.BILLING: pgettext_lazy("role", "Billing"),
    Role.TECHNICAL: _("Technical staff"),
    Role.MEMBER: pgettext_lazy("role", "Member"),
    Role.AUDITOR: _("Auditor (reads only)"),
}
MEMBERSHIP_LOOKS = {
    MembershipState.INITIATED: Look("info", "mail", _("Invited")),
    MembershipState.ACTIVE: Look("ok", "check", pgettext_lazy("membership", "Active")),
    MembershipState.DEACTIVATED: Look("", "ban", _("Deactivated")),
}
CONTRACT_KINDS = {
    ContractKind.SUBSCRIPTION: _("Subscription"),
    ContractKind.EVALUATION: _("Evaluation"),
    ContractKind.PERPETUAL: _("Perpetual licence"),
    ContractKind.HOSTING: _("Hosting"),
}
ITEM_KINDS = {
    ItemKind.PLAN: _("Plan"),
    ItemKind.ADD_ON: _("Add-on"),
    ItemKind.SUPPORT: _("Support"),
    ItemKind.SEAT: _("Seats"),
    ItemKind.TENANT: _("Tenant"),
    ItemKind.SERVICE: _("Service"),
}
# What a product says its installation is for; the words are those of the API.
ENVIRONMENTS = {
    "production": _("Production"),
    "staging": _("Staging"),
    "test": pgettext_lazy("environment", "Test"),
    "development": _("Development"),
}
PAYMENT_METHODS = {
    PaymentMethod.BANK_TRANSFER: _("Bank transfer"),
    PaymentMethod.DIRECT_DEBIT: _("Direct debit"),
    PaymentMethod.CARD: _("Card"),
}
INVOICE_FORMATS = {
    InvoiceFormat.EMAIL: _("By email"),
    InvoiceFormat.PORTAL: _("In the portal"),
    InvoiceFormat.POST: _("By post"),
}
METHOD_WORDS = {
    PASSWORD: _("Email address and password"),
    PASSKEY: _("Passkey"),
    CODE: _("Code by email"),
}
CONTRACT_LOOKS = {
    Status.UPCOMING: Look("info", "calendar-clock", _("Starts later")),
    Status.ACTIVE: Look("ok", "check", _("Active")),
    Status.ENDING: Look("warn", "calendar-x", _("Cancelled")),
    Status.SUSPENDED: Look("bad", "ban", _("Suspended")),
    Status.EXPIRED: Look("bad", "circle-x", _("Ended")),
}
EDUCATION_LOOKS = {
    "none": Look("", "minus", pgettext_lazy("education terms", "None")),
    "requested": Look("info", "clock", pgettext_lazy("education terms", "Requested")),
    "granted": Look("ok", "check", pgettext_lazy("education terms", "Granted")),
    "refused": Look("bad", "circle-x", pgettext_lazy("education terms", "Refused")),
    "expired": Look("warn", "calendar-x", pgettext_lazy("education terms", "Ended")),
}
PRODUCT_LOOKS = {
    Status.ACTIVE: Look("ok", "check", _("Active")),
    Status.UPCOMING: Look("info", "calendar-clock", _("Starts later")),
    Status.EXPIRED: Look("", "circle-x", _("Ended")),
}
INVOICE_LOOKS = {
    Shown.OPEN: Look("warn", "clock", pgettext_lazy("invoice", "Open")),
    Shown.OVERDUE: Look("bad", "circle-alert", pgettext_lazy("invoice", "Overdue")),
    Shown.PAID: Look("ok", "check", pgettext_lazy("invoice", "Paid")),
    Shown.CANCELLED: Look("", "ban", pgettext_lazy("invoice", "Cancelled")),
    Shown.CREDITED: Look("info", "undo-2", pgettext_lazy("invoice", "Credited")),
}
FILE_KINDS = {
    FileKind.INSTALLATION: _("Installation package"),
    FileKind.UPDATE: _("Update package"),
    FileKind.WINDOWS_INSTALLER: _("Windows installer"),
    FileKind.VIRTUAL_APPLIANCE: _("Virtual appliance"),
    FileKind.ADD_ON: _("Add-on"),
    FileKind.SBOM: _("Bill of materials (SBOM)"),
}
CHANNEL_LOOKS = {
    Channel.STABLE: Look("ok", "check", pgettext_lazy("version", "Stable")),
    Channel.RC: Look("warn", "flask-conical", pgettext_lazy("version", "Release candidate")),
    Channel.BETA: Look("warn", "flask-conical", pgettext_lazy("version", "Beta")),
}
# Why something may be fetched or not; %(day)s is the day it has to do with.
ENTITLEMENTS = {
    Reason.ACTIVE: _("Included in your contract."),
    Reason.SECURITY: _("This is a security update: it is open to you at any time."),
    Reason.BOOKED: _("You have booked this add-on."),
    Reason.FREE: _("This add-on is free of charge."),
    Reason.EVALUATION: _("Included in your evaluation."),
    Reason.NOT_BEGUN: _("Your contract begins on %(day)s. From then on you can download it."),
    Reason.SUSPENDED: _("Your contract is suspended. Please talk to our sales team; we will help."),
    Reason.ENDED: _(
        "Your contract has ended. Security updates stay open to you; ask our sales team for anything else."
    ),
    Reason.MAINTENANCE_ENDED: _(
        "Your maintenance ended on %(day)s. You can download what was published until then, and security updates."
    ),
    Reason.NOT_BOOKED: _("You have not booked this add-on. Our sales team will gladly make you an offer."),
    Reason.BOOKING_NOT_BEGUN: _("Your booking of this add-on begins on %(day)s. From then on you can download it."),
    Reason.BOOKING_ENDED: _("Your booking of this add-on has ended. Ask our sales team to renew it."),
    Reason.OTHER_PRODUCT: _("This does not belong to the product of your contract."),
    Reason.WITHDRAWN: _("We have withdrawn this version."),
    Reason.NOT_PUBLISHED: _("This version is not published yet."),
}
ENTITLEMENT_LOOKS = {
    Reason.ACTIVE: Look("ok", "check", _("Included")),
    Reason.SECURITY: Look("ok", "shield-check", _("Security update")),
    Reason.BOOKED: Look("ok", "check", _("Booked")),
    Reason.FREE: Look("ok", "check", _("Free of charge")),
    Reason.EVALUATION: Look("info", "flask-conical", _("In your evaluation")),
    Reason.NOT_BEGUN: Look("info", "calendar-clock", _("Starts later")),
    Reason.SUSPENDED: Look("bad", "ban", _("Contract suspended")),
    Reason.ENDED: Look("bad", "circle-x", _("Contract ended")),
    Reason.MAINTENANCE_ENDED: Look("warn", "calendar-x", _("After your maintenance")),
    Reason.NOT_BOOKED: Look("", "lock", _("Not booked")),
    Reason.BOOKING_NOT_BEGUN: Look("info", "calendar-clock", _("Starts later")),
    Reason.BOOKING_ENDED: Look("", "circle-x", _("Booking ended")),
}


def method_words(methods: AbstractSet[str]) -> str:
    """Name ways of signing in, one after another."""
    return ", ".join(str(text) for method, text in METHOD_WORDS.items() if method in methods)


def entitlement_text(answer: Entitlement) -> str:
    """Say why something may be fetched, or why not and what to do, in the page's language."""
    text = str(ENTITLEMENTS[answer.reason])
    return text % {"day": day_text(answer.on)} if answer.on and "%(day)s" in text else text
