"""The form staff sign in with."""

from django import forms
from django.utils.translation import gettext_lazy as _

from torhaus.backoffice.forms import StaffForm


class SignInForm(StaffForm):
    """Mail address and password. The password is taken as it is, blanks and all (R2)."""

    mail = forms.EmailField(
        label=_("Email address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
