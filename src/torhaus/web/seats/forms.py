"""The filter over the seats. It is a GET form: every state of the list is a URL, and other pages link to it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torhaus.seats.holders import Holder
from torhaus.web.names import ON_ONE_LINE

MOST_DAYS = 3650
# As programs give addresses by the API. The database's indexes bound how long one is, too, in bytes.
NOT_ASCII = _(
    "The email address has letters such as “ü”. Write its domain as computers do, such as xn--bcher-kva.example."
)


class HolderForm(forms.Form):
    """Who or what holds a seat: a person with a mail address, or a thing with a name."""

    mail = forms.EmailField(
        label=_("Email address"),
        max_length=190,
        error_messages={
            "required": _("Enter an email address."),
            "invalid": _("Enter an email address such as name@example.com."),
        },
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        required=False,
        validators=[ON_ONE_LINE],
        error_messages={"required": _("Enter a name.")},
    )
    organisation = forms.CharField(label=_("Organisation"), max_length=120, required=False)

    def __init__(self, *args: Any, personal: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not personal:
            del self.fields["mail"], self.fields["organisation"]
            self.fields["name"].required = True

    def clean_mail(self) -> str:
        """Take the addresses that programs may give, too: letters of ASCII."""
        mail: str = self.cleaned_data["mail"]
        if not mail.isascii():
            raise forms.ValidationError(NOT_ASCII, code="letters")
        return mail

    def holder(self) -> Holder:
        """Give the holder of what was entered."""
        given = self.cleaned_data
        return Holder(given["name"], given.get("mail", ""), given.get("organisation", ""))


class EndForm(forms.Form):
    """Until when a seat is held; empty for good."""

    ends_on = forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Leave it empty if the seat is to stay."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
        error_messages={"invalid": _("Enter a day such as 2026-12-31.")},
    )


class AssignForm(HolderForm, EndForm):
    """A holder, and the last day of a temporary seat."""

    field_order = ("mail", "name", "organisation", "ends_on")
