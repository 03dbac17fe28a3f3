"""The filter over the installations, and the form that names one."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from torhaus.frame.words import ENVIRONMENTS
from torhaus.licensing.installation_list import InstallationFilter, Shown
from torhaus.licensing.installation_names import LONGEST_NAME
from torhaus.web.installations.words import STATES


class InstallationFilterForm(forms.Form):
    """Text, state and environment. What is invalid is explained at its field and left out of the filter."""

    text = forms.CharField(
        label=_("Name or version"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "class": "grow"}),
    )
    state = forms.ChoiceField(label=_("State"), required=False)
    environment = forms.ChoiceField(label=_("Environment"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        state: Any = self.fields["state"]
        state.choices = [("", _("All but removed ones")), *((str(one), STATES[one]) for one in Shown)]
        state.error_messages["invalid_choice"] = _("There is no such state. All but removed ones are shown.")
        environment: Any = self.fields["environment"]
        environment.choices = [("", _("All")), *ENVIRONMENTS.items()]
        environment.error_messages["invalid_choice"] = _("There is no such environment. All are shown.")

    def wanted(self) -> InstallationFilter:
        """Give the filter of what is valid."""
        self.is_valid()
        given = self.cleaned_data
        return InstallationFilter(
            text=given.get("text", "").strip(),
            state=given.get("state", ""),
            environment=given.get("environment", ""),
        )


class NameInstallationForm(forms.Form):
    """What people call an installation; empty takes the name away."""

    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        required=False,
        help_text=_("Such as the server it runs on. Only you and we see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": _("This name is too long: at most %(limit_value)d characters.")},
    )
