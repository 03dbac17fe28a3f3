"""The form that replaces a licence token."""

from django import forms
from django.utils.translation import gettext_lazy as _

OVERLAPS = {
    "0": _("At once (recommended)"),
    "1h": _("After 1 hour"),
    "24h": _("After 24 hours"),
    "7d": _("After 7 days"),
}


class ResetTokenForm(forms.Form):
    """When the older tokens end. ``newest_seen`` lets the same form replace only once."""

    overlap = forms.ChoiceField(
        label=_("When does the token used so far end?"),
        choices=OVERLAPS.items(),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose when the token used so far ends."),
            "invalid_choice": _("Choose when the token used so far ends."),
        },
    )
    newest_seen = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput)
