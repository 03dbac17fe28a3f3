"""Forms of invoices that wait for a customer."""

from django import forms
from django.utils.translation import gettext_lazy as _

from torhaus.backoffice.forms import StaffForm, text_field


class UnmatchedForm(StaffForm):
    """What to look unmatched invoices up by."""

    says_optional = False

    q = text_field(
        _("Begins with"),
        160,
        required=False,
        help_text=_("Invoice number, contract number, or what the invoice says about the customer."),
        widget=forms.TextInput(attrs={"type": "search"}),
    )


class MatchForm(StaffForm):
    """The customer an invoice goes to."""

    customer = forms.CharField(
        max_length=12,
        widget=forms.HiddenInput,
        error_messages={"required": _("Choose the customer this invoice belongs to.")},
    )
