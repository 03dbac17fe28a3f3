"""The form that looks mails up."""

from django import forms
from django.utils.translation import gettext_lazy as _

from torhaus.backoffice.forms import StaffForm, text_field
from torhaus.notices.models import MailState

STATES = {
    MailState.WAITING: _("Waiting"),
    MailState.SENT: _("Sent"),
    MailState.FAILED: _("Failed"),
}


class MailSearchForm(StaffForm):
    """Recipient and state."""

    says_optional = False

    q = text_field(_("Recipient begins with"), 254, required=False, widget=forms.TextInput(attrs={"type": "search"}))
    state = forms.ChoiceField(label=_("State"), choices=[("", _("All")), *STATES.items()], required=False)
