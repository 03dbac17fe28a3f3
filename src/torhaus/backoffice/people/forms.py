"""The form that invites a customer's first owner."""

from django import forms
from django.utils.translation import gettext_lazy as _

from torhaus.backoffice.forms import StaffForm, text_field


class InviteOwnerForm(StaffForm):
    """Whom the invitation goes to."""

    name = text_field(_("Name"), 120)
    mail = forms.EmailField(label=_("Email address"), max_length=254)
