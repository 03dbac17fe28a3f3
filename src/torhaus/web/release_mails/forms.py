"""The form of a mailbox that is to hear of new versions."""

from django import forms
from django.utils.translation import gettext_lazy as _


class SubscribeForm(forms.Form):
    """One address."""

    mail = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        help_text=_("It gets a mail with a link. Mails about versions come only after somebody has followed it."),
        error_messages={
            "required": _("Enter your email address."),
            "invalid": _("Enter an email address such as name@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
