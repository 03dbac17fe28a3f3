"""What stored kinds and states are called on every page, the customer's and staff's alike, and how a state looks."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from torhaus.billing.models import InvoiceFormat, PaymentMethod
from torhaus.billing.rules import Shown
from torhaus.catalogue.models import ItemKind
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
CONTRACT_LOOKS = {
    Status.UPCOMING: Look("info", "calendar-clock", _("Starts later")),
    Status.ACTIVE: Look("ok", "check", _("Active")),
    Status.ENDING: Look("warn", "calendar-x", _("Cancelled")),
    Status.SUSPENDED: Look("bad", "ban", _("Suspended")),
    Status.EXPIRED: Look("bad", "circle-x", _("Ended")),
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
