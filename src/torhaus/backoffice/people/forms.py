"""The forms about a customer's owner: the first one is invited, one who is gone is followed by another."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from torhaus.backoffice.forms import StaffForm, offer, text_field
from torhaus.journeys.recover_owner import Successor
from torhaus.organisations.models import Membership


class InviteOwnerForm(StaffForm):
    """Whom the invitation goes to."""

    name = text_field(_("Name"), 120)
    mail = forms.EmailField(label=_("Email address"), max_length=254)


class OwnerRecoveryForm(StaffForm):
    """Who is to become the owner of an account whose owner is gone, and why."""

    member = forms.ChoiceField(label=_("Who becomes the owner"), required=False)
    name = text_field(_("Name"), 120, required=False, help_text=_("Only for somebody else, by invitation."))
    mail = forms.EmailField(
        label=_("Email address"), max_length=254, required=False, help_text=_("Only for somebody else, by invitation.")
    )
    reason = forms.CharField(
        label=pgettext_lazy("why", "Reason"),
        max_length=500,
        help_text=_("Why the owner is gone, who asks, and how you made sure who that is. The second person reads it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, members: Sequence[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(one.ref, f"{one.person.name} ({one.person.mail})") for one in members]
        offer(self, "member", [("", _("Somebody else, by invitation")), *people])

    def clean(self) -> dict[str, Any]:
        """Ask for one successor: somebody of the customer's, or name and address."""
        said = super().clean() or {}
        if said.get("member") and (said.get("mail") or said.get("name")):
            self.add_error("member", _("Choose a person or invite somebody, not both."))
        elif not said.get("member"):
            for field in ("name", "mail"):
                if not said.get(field) and field not in self.errors:
                    self.add_error(field, _("Choose a person above, or fill this in."))
        return said

    def successor(self) -> Successor:
        """Give whom a valid form names."""
        said = self.cleaned_data
        return Successor(member_ref=said["member"], name=said["name"], mail=said["mail"])
