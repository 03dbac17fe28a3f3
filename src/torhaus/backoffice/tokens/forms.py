"""The form that issues a licence token."""

from django import forms
from django.utils.translation import gettext_lazy as _

from torhaus.backoffice.choices import OVERLAPS
from torhaus.backoffice.forms import StaffForm


class IssueTokenForm(StaffForm):
    """When the older tokens end. ``newest_seen`` lets the same form issue only once."""

    overlap = forms.ChoiceField(
        label=_("When do the contract’s older tokens end?"), choices=OVERLAPS.items(), widget=forms.RadioSelect
    )
    newest_seen = forms.CharField(max_length=12, required=False, widget=forms.HiddenInput)
