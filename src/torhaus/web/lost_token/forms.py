"""The form of those who lost their licence token."""

from django import forms
from django.utils.translation import gettext_lazy as _


class LostTokenForm(forms.Form):
    """Contract and mail address, which only somebody of the customer knows together."""

    number = forms.CharField(
        label=_("Contract number"),
        max_length=60,
        help_text=_("It stands on your invoices and in your order confirmation."),
        error_messages={"required": _("Enter your contract number.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    mail = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        help_text=_("The address of your company’s main or technical contact, as we know it."),
        error_messages={
            "required": _("Enter your email address."),
            "invalid": _("Enter an email address such as name@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
