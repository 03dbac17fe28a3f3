"""The forms of one's own account. Passwords are taken as they are, blanks and all (R2)."""

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from torhaus.web.people.forms import mail_field, password_field


class OthersForm(forms.Form):
    """Whether to sign out everywhere else along with a change of factors (R17)."""

    end_others = forms.BooleanField(label=_("Also end all my other sessions"), required=False, initial=True)


class ConfirmForm(forms.Form):
    """The password, once more."""

    password = password_field(_("Password"), kind="current-password", required=_("Enter your password."))


class ChangePasswordForm(forms.Form):
    """The password up to now and the new one."""

    current = password_field(
        _("Current password"), kind="current-password", required=_("Enter the password you have now.")
    )
    password = password_field(
        _("New password"),
        kind="new-password",
        required=_("Enter a password."),
        hint=_("At least 15 characters. A few words that do not belong together are easy to remember."),
    )


class MailForm(forms.Form):
    """Another address to sign in with."""

    mail = mail_field(_("New email address"), kind="email")


class LanguageForm(forms.Form):
    """One of the portal's languages."""

    language = forms.ChoiceField(
        label=_("Language of pages and mails"),
        choices=settings.LANGUAGES,
        error_messages={"invalid_choice": _("Choose one of the languages."), "required": _("Choose a language.")},
    )


class AppForm(OthersForm):
    """The code that the authenticator app shows for the new key."""

    code = forms.CharField(
        label=_("Code from the app"),
        help_text=_("Six digits; they change every 30 seconds."),
        max_length=20,
        error_messages={"required": _("Enter the six digits that the app shows.")},
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    field_order = ("code", "end_others")


class PasskeyForm(OthersForm):
    """A name for the passkey, and what the browser made."""

    name = forms.CharField(
        label=_("Name"),
        help_text=_("By which you will know it, such as “Work laptop”."),
        max_length=60,
        error_messages={"required": _("Enter a name for the passkey.")},
    )
    credential = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20_000)
    field_order = ("name", "end_others")
