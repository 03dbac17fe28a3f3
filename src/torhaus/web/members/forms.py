"""The forms of members and roles. Nobody becomes owner here."""

from django import forms
from django.utils.translation import gettext_lazy as _

from torhaus.frame.words import ROLES
from torhaus.organisations.models import Role
from torhaus.web.names import ON_ONE_LINE

CHOICES = [(role, text) for role, text in ROLES.items() if role != Role.OWNER]


class RoleForm(forms.Form):
    """One of the roles that can be given."""

    role = forms.ChoiceField(
        label=_("Role"),
        choices=CHOICES,
        initial=Role.MEMBER,
        error_messages={"required": _("Choose a role."), "invalid_choice": _("Choose one of the roles.")},
    )


class InviteForm(RoleForm):
    """Whom to invite, and into which role."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        validators=[ON_ONE_LINE],
        error_messages={"required": _("Enter a name.")},
    )
    mail = forms.EmailField(
        label=_("Email address"),
        max_length=254,
        error_messages={
            "required": _("Enter an email address."),
            "invalid": _("Enter an email address such as name@example.com."),
        },
    )
    field_order = ("name", "mail", "role")
