"""The forms of those who come in by name. Passwords are taken as they are, blanks and all (R2)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torhaus.web.names import YOURS_ON_ONE_LINE


def password_field(label: Any, *, kind: str, required: Any, hint: Any = "") -> forms.CharField:
    """Make a field for a password; ``kind`` tells password managers which."""
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=1024,
        strip=False,
        error_messages={"required": required},
        widget=forms.PasswordInput(attrs={"autocomplete": kind}),
    )


def mail_field(label: Any, *, kind: str) -> forms.EmailField:
    """Make a field for a mail address; ``kind`` tells browsers what to fill in."""
    return forms.EmailField(
        label=label,
        max_length=254,
        error_messages={
            "required": _("Enter your email address."),
            "invalid": _("Enter an email address such as name@example.com."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": kind}),
    )


class PersonForm(forms.Form):
    """Mail address and password."""

    mail = mail_field(_("Email address"), kind="username")
    password = password_field(_("Password"), kind="current-password", required=_("Enter your password."))


class LostPasswordForm(forms.Form):
    """The mail address to which a link goes."""

    mail = mail_field(_("Email address"), kind="username")


class MailedCodeForm(forms.Form):
    """The code from the mail."""

    code = forms.CharField(
        label=_("Code"),
        help_text=_("Eight digits; blanks do not matter."),
        max_length=40,
        error_messages={"required": _("Enter the code from the mail.")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}),
    )


class NewPasswordForm(forms.Form):
    """A new password. It is typed once: the page can show it, and a link by mail replaces a mistyped one."""

    password = password_field(
        _("New password"),
        kind="new-password",
        required=_("Enter a password."),
        hint=_("At least 15 characters. A few words that do not belong together are easy to remember."),
    )


class AcceptForm(NewPasswordForm):
    """Name and password of somebody new."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        validators=[YOURS_ON_ONE_LINE],
        error_messages={"required": _("Enter your name.")},
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ("name", "password")
