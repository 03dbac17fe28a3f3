"""The forms about wishes to be erased."""

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from torhaus.backoffice.forms import StaffForm


class FileForm(StaffForm):
    """Somebody wrote that they want to be erased."""

    mail = forms.EmailField(label=_("Email address"), max_length=254, help_text=_("By it everything is found."))
    asked_on = forms.DateField(
        label=_("Asked on"),
        help_text=_("When it reached you: the month begins then."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    note = forms.CharField(
        label=_("How it came"),
        max_length=500,
        help_text=_("How they asked, and how you made sure who asks. It is erased with the rest."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SeenForm(StaffForm):
    """What was shown when it was confirmed, and whether texts in tickets go at once."""

    seen = forms.CharField(max_length=32, widget=forms.HiddenInput)
    texts = forms.BooleanField(required=False)


class DeclineForm(StaffForm):
    """Why not; the person reads it."""

    reason = forms.CharField(
        label=pgettext_lazy("why", "Reason"),
        max_length=500,
        help_text=_("The person gets it by mail, in your words, and may complain to a supervisory authority."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
