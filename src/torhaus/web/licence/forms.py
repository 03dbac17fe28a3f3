"""The forms that say for which machine an offline licence is, and replace a licence token."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torhaus.licensing.installation_names import LONGEST_NAME
from torhaus.licensing.issue_offline_licence import Machine
from torhaus.licensing.machines import LONGEST_CODE, NoMachineCode, read_code
from torhaus.licensing.models import Installation

OVERLAPS = {
    "0": _("At once (recommended)"),
    "1h": _("After 1 hour"),
    "24h": _("After 24 hours"),
    "7d": _("After 7 days"),
}


class MachineForm(forms.Form):
    """For which machine an offline licence is: an installation that is registered, or one by its code."""

    installation = forms.ChoiceField(
        label=_("For which machine?"),
        required=False,
        error_messages={"invalid_choice": _("This installation is not among yours any more. Choose another one.")},
    )
    code = forms.CharField(
        label=_("Code of the other machine"),
        required=False,
        max_length=LONGEST_CODE,
        help_text=_("On that machine, “torhaus-licence machine” or your product’s licence settings show it."),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
        error_messages={"max_length": _("This is no code of a machine. Copy it whole, and nothing besides.")},
    )
    name = forms.CharField(
        label=_("Name of the other machine"),
        required=False,
        max_length=LONGEST_NAME,
        help_text=_("Such as the server it is. Only you and we see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": _("This name is too long: at most %(limit_value)d characters.")},
    )

    def __init__(self, *args: Any, installations: Sequence[Installation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["installation"]
        field.choices = [("", _("Another machine")), *((one.ref, one.name or one.ref) for one in installations)]

    def clean(self) -> dict[str, Any]:
        """Read the code of the other machine, where none of the registered ones was chosen."""
        said = super().clean() or {}
        if self.errors or said["installation"]:
            return said
        try:
            said["parts"] = read_code(said["code"])
        except NoMachineCode:
            wrong = _("This is no code of a machine. Copy it whole, and nothing besides.")
            self.add_error("code", wrong if said["code"] else _("Choose a machine, or paste the other one’s code."))
        return said

    def machine(self) -> Machine:
        """Give what a valid form says."""
        said = self.cleaned_data
        return Machine(said["installation"], said.get("parts", {}), said["name"])


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
